package mail

func portuguese() Words {
	return Words{
		Greeting: "Bom dia,", GreetingNamed: "Bom dia, {name},", GreetingTitled: "Bom dia, {title} {name},",

		SourceDated:   "{source}, em {date}",
		SourceUnknown: "uma origem que os nossos registos não indicam",
		Relationships: map[string]string{
			"customer": " como cliente", "former_customer": " como antigo cliente", "prospect": " como contacto",
			"lead": " como contacto", "partner": " como contacto profissional", "employee": " como colaborador",
		},

		AskLead:  "{organisation} pode enviar-lhe mensagens comerciais? Perguntamos-lhe uma única vez, para:",
		AskItem:  "«{purpose}» {channel}. {description}",
		Channels: map[string]string{"email": "por e-mail", "sms": "por SMS", "phone": "por telefone", "post": "por correio postal"},
		Choose:   "Escolher: sim ou não",
		Free:     "A resposta é facultativa e não tem de responder. De resto, nada muda, nem nas suas encomendas nem na sua conta.",
		Silence:  "Se não responder até {deadline}, deixaremos de lhe escrever e apagaremos os seus dados de marketing.",
		Withdraw: "Depois de um sim pode retirar o consentimento a qualquer momento: pela ligação de cada mensagem ou escrevendo para {email}.",

		Object:     "Pode recusar todas as mensagens comerciais, sem dar razões.",
		ObjectLink: "Mais nenhuma mensagem",

		WhoTitle: "Quem lhe escreve", Who: "{identity}, {address}. Contacto: {contact}. Esta é uma comunicação comercial.",
		DPO:      "Encarregado da proteção de dados: {dpo}.",
		WhyTitle: "Porquê a si", Why: "O seu endereço está nos nossos registos{{relationship}}. O seu endereço provém de: {{source}}.",
		BasisTitle: "Base jurídica", Basis: "Esta mensagem: o nosso interesse legítimo em verificar o seu consentimento. As mensagens seguintes: o seu consentimento e nada mais.",
		KeepTitle: "Quanto tempo", KeepYes: "Depois de um sim conservamos os seus dados até o retirar, no máximo {retention} depois do seu último contacto.",
		KeepNo:   "Se disser não ou não responder, apagamo-los em 30 dias; fica só uma impressão, para nunca mais lhe escrevermos.",
		KeepFor:  "«{purpose}»: {retention}",
		UseTitle: "Uso", Use: "Os seus dados servem apenas para isto e mais ninguém os recebe. Sem perfis e sem rastreio de aberturas ou cliques.",
		UseShared:   "Os seus dados servem apenas para isto. Além de nós, recebem-nos: {recipients}. Sem perfis e sem rastreio de aberturas ou cliques.",
		RightsTitle: "Os seus direitos", Rights: "Acesso, retificação, apagamento, limitação, portabilidade e oposição: escreva para {email}.",
		Complain: "Também pode reclamar junto da autoridade de controlo: {authority}.",
		Notice:   "A nossa política de privacidade",

		Months: [12]string{"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"},
		Day:    "{day} de {month} de {year}",
		Units:  map[string][2]string{"mo": {"mês", "meses"}, "m": {"mês", "meses"}, "y": {"ano", "anos"}, "d": {"dia", "dias"}},
	}
}
