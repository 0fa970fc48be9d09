package mail

func italian() Words {
	return Words{
		Greeting: "Buongiorno,", GreetingNamed: "Buongiorno {name},", GreetingTitled: "Buongiorno {title} {name},",

		SourceDated:   "{source}, il {date}",
		SourceUnknown: "un’origine che i nostri archivi non indicano",
		Relationships: map[string]string{
			"customer": " come cliente", "former_customer": " come ex cliente", "prospect": " come contatto",
			"lead": " come contatto", "partner": " come contatto professionale", "employee": " come dipendente",
		},

		AskLead:  "{organisation} può inviarle messaggi commerciali? Glielo chiediamo una sola volta, per:",
		AskItem:  "«{purpose}» {channel}. {description}",
		Channels: map[string]string{"email": "per e-mail", "sms": "per SMS", "phone": "per telefono", "post": "per posta"},
		Choose:   "Scegliere: sì o no",
		Free:     "La sua risposta è facoltativa e non è tenuto a rispondere. Per il resto non cambia nulla, né per i suoi ordini né per il suo account.",
		Silence:  "Se non risponde entro il {deadline}, smetteremo di scriverle e cancelleremo i suoi dati di marketing.",
		Withdraw: "Dopo un sì può cambiare idea in qualsiasi momento: con il link in ogni messaggio o scrivendo a {email}.",

		Object:     "Può rifiutare ogni messaggio commerciale, senza dare alcuna ragione.",
		ObjectLink: "Nessun altro messaggio",

		WhoTitle: "Chi le scrive", Who: "{identity}, {address}. Contatto: {contact}. Questa è una comunicazione commerciale.",
		DPO:      "Responsabile della protezione dei dati: {dpo}.",
		WhyTitle: "Perché Lei", Why: "Il suo indirizzo è nei nostri archivi{{relationship}}. Il suo indirizzo proviene da: {{source}}.",
		BasisTitle: "Base giuridica", Basis: "Questo messaggio: il nostro legittimo interesse a verificare il suo consenso. I messaggi successivi: il suo consenso e nient’altro.",
		KeepTitle: "Per quanto tempo", KeepYes: "Dopo un sì conserviamo i suoi dati fino alla revoca, al massimo {retention} dopo il suo ultimo contatto.",
		KeepNo:   "Se dice no o non risponde, li cancelliamo entro 30 giorni; resta solo un’impronta, per non scriverle mai più.",
		KeepFor:  "«{purpose}»: {retention}",
		UseTitle: "Uso", Use: "I suoi dati servono solo a questo e nessun altro li riceve. Nessuna profilazione, nessun tracciamento di aperture o clic.",
		UseShared:   "I suoi dati servono solo a questo. Oltre a noi li ricevono: {recipients}. Nessuna profilazione, nessun tracciamento di aperture o clic.",
		RightsTitle: "I suoi diritti", Rights: "Accesso, rettifica, cancellazione, limitazione, portabilità e opposizione: scriva a {email}.",
		Complain: "Può anche proporre reclamo all’autorità di controllo: {authority}.",
		Notice:   "La nostra informativa sulla privacy",

		Months: [12]string{"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"},
		Units:  map[string][2]string{"mo": {"mese", "mesi"}, "m": {"mese", "mesi"}, "y": {"anno", "anni"}, "d": {"giorno", "giorni"}},
	}
}
