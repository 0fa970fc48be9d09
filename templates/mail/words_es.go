package mail

func spanish() Words {
	return Words{
		Greeting: "Buenos días:", GreetingNamed: "Buenos días, {name}:", GreetingTitled: "Buenos días, {title} {name}:",

		SourceDated:   "{source}, el {date}",
		SourceUnknown: "un origen que nuestros registros no indican",
		Relationships: map[string]string{
			"customer": " como cliente", "former_customer": " como antiguo cliente", "prospect": " como contacto",
			"lead": " como contacto", "partner": " como contacto profesional", "employee": " como empleado",
		},

		AskLead:  "¿Puede {organisation} enviarle mensajes comerciales? Se lo preguntamos una sola vez, para:",
		AskItem:  "«{purpose}» {channel}. {description}",
		Channels: map[string]string{"email": "por correo electrónico", "sms": "por SMS", "phone": "por teléfono", "post": "por correo postal"},
		Choose:   "Elegir: sí o no",
		Free:     "Su respuesta es voluntaria y no tiene que responder. No cambia nada más, ni en sus pedidos ni en su cuenta.",
		Silence:  "Si no responde a más tardar el {deadline}, dejaremos de escribirle y suprimiremos sus datos de marketing.",
		Withdraw: "Después de un sí puede cambiar de opinión en cualquier momento: con el enlace de cada mensaje o escribiendo a {email}.",

		Object:     "Puede rechazar todo mensaje comercial, sin dar ninguna razón.",
		ObjectLink: "No más mensajes",

		WhoTitle: "Quién le escribe", Who: "{identity}, {address}. Contacto: {contact}. Esta es una comunicación comercial.",
		DPO:      "Delegado de protección de datos: {dpo}.",
		WhyTitle: "Por qué usted", Why: "Su dirección figura en nuestros registros{{relationship}}. Su dirección procede de: {{source}}.",
		BasisTitle: "Base jurídica", Basis: "Este mensaje: nuestro interés legítimo en comprobar su consentimiento. Los mensajes posteriores: su consentimiento y nada más.",
		KeepTitle: "Cuánto tiempo", KeepYes: "Después de un sí conservamos sus datos hasta que lo retire, como máximo {retention} después de su último contacto.",
		KeepNo:   "Si dice no o no responde, los suprimimos en 30 días; solo queda una huella, para no volver a escribirle.",
		KeepFor:  "«{purpose}»: {retention}",
		UseTitle: "Uso", Use: "Sus datos solo sirven para esto y nadie más los recibe. Sin perfiles y sin seguimiento de aperturas ni de clics.",
		UseShared:   "Sus datos solo sirven para esto. Además de nosotros los reciben: {recipients}. Sin perfiles y sin seguimiento de aperturas ni de clics.",
		RightsTitle: "Sus derechos", Rights: "Acceso, rectificación, supresión, limitación, portabilidad y oposición: escriba a {email}.",
		Complain: "También puede reclamar ante la autoridad de control: {authority}.",
		Notice:   "Nuestro aviso de privacidad",

		Months: [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
		Day:    "{day} de {month} de {year}",
		Units:  map[string][2]string{"mo": {"mes", "meses"}, "m": {"mes", "meses"}, "y": {"año", "años"}, "d": {"día", "días"}},
	}
}
