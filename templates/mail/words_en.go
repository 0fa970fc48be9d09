package mail

func english() Words {
	return Words{
		Greeting: "Hello,", GreetingNamed: "Hello {name},", GreetingTitled: "Hello {title} {name},",

		SourceDated:   "{source}, on {date}",
		SourceUnknown: "a source that our records do not name",
		Relationships: map[string]string{
			"customer": " as a customer", "former_customer": " as a former customer", "prospect": " as a contact",
			"lead": " as a contact", "partner": " as a business contact", "employee": " as an employee",
		},

		AskLead:  "May {organisation} send you marketing messages? We ask you this once only, for:",
		AskItem:  "“{purpose}” {channel}. {description}",
		Channels: map[string]string{"email": "by e-mail", "sms": "by text message", "phone": "by phone", "post": "by post"},
		Choose:   "Choose: yes or no",
		Free:     "You are free to say no, and you do not have to answer. Nothing else changes, neither for your orders nor for your account.",
		Silence:  "If you do not answer by {deadline}, we stop writing to you and delete your marketing data.",
		Withdraw: "After a yes you can change your mind at any time: with the link in each message, or by writing to {email}.",

		Object:     "You can refuse all marketing messages, without giving a reason.",
		ObjectLink: "No more messages",

		WhoTitle: "Who writes to you", Who: "{identity}, {address}. Contact: {contact}. This is a commercial message.",
		DPO:      "Data protection officer: {dpo}.",
		WhyTitle: "Why you", Why: "Your address is in our records{{relationship}}. We have your address with this origin: {{source}}.",
		BasisTitle: "Legal basis", Basis: "This message: our legitimate interest in checking your consent. Later messages: your consent and nothing else.",
		KeepTitle: "How long", KeepYes: "After a yes we keep your data until you withdraw, at most {retention} after your last contact.",
		KeepNo:   "After a no or without an answer we delete them within 30 days; only a fingerprint stays, so that we never write to you again.",
		KeepFor:  "“{purpose}”: {retention}",
		UseTitle: "Use", Use: "Your data serve this only, and nobody else receives them. No profiling, and no tracking of opens or clicks.",
		UseShared:   "Your data serve this only. Besides us, these receive them: {recipients}. No profiling, and no tracking of opens or clicks.",
		RightsTitle: "Your rights", Rights: "Access, rectification, erasure, restriction, portability and objection: write to {email}.",
		Complain: "You can also complain to the supervisory authority: {authority}.",
		Notice:   "Our privacy notice",

		Months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		Units:  map[string][2]string{"mo": {"month", "months"}, "m": {"month", "months"}, "y": {"year", "years"}, "d": {"day", "days"}},
	}
}
