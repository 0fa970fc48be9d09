package mail

func french() Words {
	return Words{
		Greeting: "Bonjour,", GreetingNamed: "Bonjour {name},", GreetingTitled: "Bonjour {title} {name},",

		SourceDated:   "{source}, le {date}",
		SourceUnknown: "une source que notre fichier ne précise pas",
		Relationships: map[string]string{
			"customer": " comme client", "former_customer": " comme ancien client", "prospect": " comme contact",
			"lead": " comme contact", "partner": " comme contact professionnel", "employee": " comme salarié",
		},

		AskLead:  "Voulez-vous recevoir des messages commerciaux\u00a0? {organisation} vous le demande une seule fois, pour\u00a0:",
		AskItem:  "«\u00a0{purpose}\u00a0» {channel}. {description}",
		Channels: map[string]string{"email": "par e-mail", "sms": "par SMS", "phone": "par téléphone", "post": "par courrier"},
		Choose:   "Choisir : oui ou non",
		Free:     "Votre réponse est libre et non obligatoire. Elle ne change rien d'autre, ni pour vos commandes ni pour votre compte.",
		Silence:  "Sans réponse au plus tard le {deadline}, nous cesserons de vous écrire et nous effacerons vos données de prospection.",
		Withdraw: "Après un oui, vous pouvez changer d'avis à tout moment\u00a0: par le lien présent dans chaque message ou en écrivant à {email}.",

		Object:     "Vous pouvez refuser tout message de prospection, sans donner de raison.",
		ObjectLink: "Plus aucun message",

		WhoTitle: "Qui vous écrit", Who: "{identity}, {address}. Contact\u00a0: {contact}. Ceci est une communication commerciale.",
		DPO:      "Délégué à la protection des données\u00a0: {dpo}.",
		WhyTitle: "Pourquoi vous", Why: "Votre adresse figure dans notre fichier{{relationship}}. Nous la tenons de\u00a0: {{source}}.",
		BasisTitle: "Base légale", Basis: "Ce message\u00a0: notre intérêt légitime à vérifier votre accord. Les messages à venir\u00a0: votre accord et lui seul.",
		KeepTitle: "Durée", KeepYes: "Après un oui, nous gardons vos données jusqu'à votre retrait, au plus {retention} après votre dernier contact.",
		KeepNo:   "Après un non ou sans réponse, nous les effaçons sous 30 jours\u00a0; il ne reste qu'une empreinte, pour ne plus vous écrire.",
		KeepFor:  "«\u00a0{purpose}\u00a0»\u00a0: {retention}",
		UseTitle: "Usage", Use: "Vos données ne servent qu'à cela et personne d'autre ne les reçoit. Aucun profilage, aucun suivi des ouvertures ni des clics.",
		UseShared:   "Vos données ne servent qu'à cela. Outre nous, les reçoivent : {recipients}. Aucun profilage, aucun suivi des ouvertures ni des clics.",
		RightsTitle: "Vos droits", Rights: "Accès, rectification, effacement, limitation, portabilité et opposition\u00a0: écrivez à {email}.",
		Complain: "Vous pouvez aussi saisir l'autorité de contrôle\u00a0: {authority}.",
		Notice:   "Notre politique de confidentialité",

		Months: [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
		First:  "1er",
		Units:  map[string][2]string{"mo": {"mois", "mois"}, "m": {"mois", "mois"}, "y": {"an", "ans"}, "d": {"jour", "jours"}},
	}
}
