package mail

func german() Words {
	return Words{
		Greeting: "Guten Tag,", GreetingNamed: "Guten Tag {name},", GreetingTitled: "Guten Tag {title} {name},",

		SourceDated:   "{source}, am {date}",
		SourceUnknown: "eine Herkunft, die unsere Unterlagen nicht nennen",
		Relationships: map[string]string{
			"customer": " als Kunde", "former_customer": " als früherer Kunde", "prospect": " als Kontakt",
			"lead": " als Kontakt", "partner": " als geschäftlicher Kontakt", "employee": " als Mitarbeiter",
		},

		AskLead:  "Darf {organisation} Ihnen Werbung schicken? Wir fragen Sie nur dieses eine Mal, und zwar für:",
		AskItem:  "„{purpose}“ {channel}. {description}",
		Channels: map[string]string{"email": "per E-Mail", "sms": "per SMS", "phone": "per Telefon", "post": "per Briefpost"},
		Choose:   "Wählen: ja oder nein",
		Free:     "Ihre Antwort ist freiwillig, und Sie müssen nicht antworten. Sonst ändert sich nichts, weder bei Ihren Bestellungen noch bei Ihrem Konto.",
		Silence:  "Wenn Sie bis zum {deadline} nicht antworten, schreiben wir Ihnen nicht mehr und löschen Ihre Werbedaten.",
		Withdraw: "Nach einem Ja können Sie Ihre Einwilligung jederzeit widerrufen: mit dem Link in jeder Nachricht oder mit einer E-Mail an {email}.",

		Object:     "Sie können jede Werbung ablehnen, ohne einen Grund zu nennen.",
		ObjectLink: "Keine Nachrichten mehr",

		WhoTitle: "Wer Ihnen schreibt", Who: "{identity}, {address}. Kontakt: {contact}. Dies ist eine kommerzielle Nachricht.",
		DPO:      "Datenschutzbeauftragter: {dpo}.",
		WhyTitle: "Warum Sie", Why: "Ihre Adresse steht in unseren Unterlagen{{relationship}}. Wir haben Ihre Adresse mit dieser Herkunft: {{source}}.",
		BasisTitle: "Rechtsgrundlage", Basis: "Diese Nachricht: unser berechtigtes Interesse, Ihre Einwilligung zu prüfen. Spätere Nachrichten: allein Ihre Einwilligung.",
		KeepTitle: "Wie lange", KeepYes: "Nach einem Ja speichern wir Ihre Daten, bis Sie widerrufen, höchstens {retention} nach Ihrem letzten Kontakt.",
		KeepNo:   "Bei Nein oder ohne Antwort löschen wir sie innerhalb von 30 Tagen; nur ein Fingerabdruck bleibt, damit wir Ihnen nie wieder schreiben.",
		KeepFor:  "„{purpose}“: {retention}",
		UseTitle: "Verwendung", Use: "Ihre Daten dienen nur dazu, und niemand sonst erhält sie. Keine Profile, kein Verfolgen von Öffnungen oder Klicks.",
		UseShared:   "Ihre Daten dienen nur dazu. Außer uns erhalten sie: {recipients}. Keine Profile, kein Verfolgen von Öffnungen oder Klicks.",
		RightsTitle: "Ihre Rechte", Rights: "Auskunft, Berichtigung, Löschung, Einschränkung, Datenübertragbarkeit und Widerspruch: schreiben Sie an {email}.",
		Complain: "Sie können sich auch bei der Aufsichtsbehörde beschweren: {authority}.",
		Notice:   "Unsere Datenschutzhinweise",

		Months: [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
		Day:    "{day}. {month} {year}",
		Units:  map[string][2]string{"mo": {"Monat", "Monate"}, "m": {"Monat", "Monate"}, "y": {"Jahr", "Jahre"}, "d": {"Tag", "Tage"}},
	}
}
