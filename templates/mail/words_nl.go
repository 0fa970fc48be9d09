package mail

func dutch() Words {
	return Words{
		Greeting: "Goedendag,", GreetingNamed: "Goedendag {name},", GreetingTitled: "Goedendag {title} {name},",

		SourceDated:   "{source}, op {date}",
		SourceUnknown: "een herkomst die onze administratie niet noemt",
		Relationships: map[string]string{
			"customer": " als klant", "former_customer": " als vroegere klant", "prospect": " als contact",
			"lead": " als contact", "partner": " als zakelijk contact", "employee": " als medewerker",
		},

		AskLead:  "Mag {organisation} u commerciële berichten sturen? Wij vragen het u maar één keer, voor:",
		AskItem:  "“{purpose}” {channel}. {description}",
		Channels: map[string]string{"email": "per e-mail", "sms": "per sms", "phone": "per telefoon", "post": "per post"},
		Choose:   "Kiezen: ja of nee",
		Free:     "U mag weigeren, en u hoeft niet te antwoorden. Verder verandert er niets, niet voor uw bestellingen en niet voor uw account.",
		Silence:  "Als u uiterlijk op {deadline} niet antwoordt, schrijven wij u niet meer en wissen wij uw marketinggegevens.",
		Withdraw: "Na een ja kunt u uw toestemming altijd intrekken: met de link in elk bericht of door te schrijven naar {email}.",

		Object:     "U kunt alle commerciële berichten weigeren, zonder een reden te geven.",
		ObjectLink: "Geen berichten meer",

		WhoTitle: "Wie u schrijft", Who: "{identity}, {address}. Contact: {contact}. Dit is een commercieel bericht.",
		DPO:      "Functionaris gegevensbescherming: {dpo}.",
		WhyTitle: "Waarom u", Why: "Uw adres staat in onze administratie{{relationship}}. Uw adres komt van: {{source}}.",
		BasisTitle: "Grondslag", Basis: "Dit bericht: ons gerechtvaardigd belang om uw toestemming na te gaan. Latere berichten: uw toestemming en niets anders.",
		KeepTitle: "Hoe lang", KeepYes: "Na een ja bewaren wij uw gegevens tot u intrekt, ten hoogste {retention} na uw laatste contact.",
		KeepNo:   "Bij nee of zonder antwoord wissen wij ze binnen 30 dagen; alleen een vingerafdruk blijft, om u nooit meer te schrijven.",
		KeepFor:  "“{purpose}”: {retention}",
		UseTitle: "Gebruik", Use: "Uw gegevens dienen alleen hiervoor en niemand anders krijgt ze. Geen profielen, en wij volgen niet of u opent of klikt.",
		UseShared:   "Uw gegevens dienen alleen hiervoor. Behalve wij krijgen ze: {recipients}. Geen profielen, en wij volgen niet of u opent of klikt.",
		RightsTitle: "Uw rechten", Rights: "Inzage, rectificatie, wissing, beperking, overdraagbaarheid en bezwaar: schrijf naar {email}.",
		Complain: "U kunt ook een klacht indienen bij de toezichthouder: {authority}.",
		Notice:   "Onze privacyverklaring",

		Months: [12]string{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"},
		Units:  map[string][2]string{"mo": {"maand", "maanden"}, "m": {"maand", "maanden"}, "y": {"jaar", "jaar"}, "d": {"dag", "dagen"}},
	}
}
