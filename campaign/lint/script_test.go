package lint

import "slices"

// abroad are the scripts of the sample campaign in the five further languages.
func abroad() map[string]script {
	identity := []line{
		{"mf", "ID-001", "Maison Lumen SAS"},
		{"m", "ID-002", "12 rue de la République, 69002 Lyon, France"},
		{"m", "ID-006", "RCS Lyon 123 456 789"},
		{"mf", "ID-003", "contact@lumen.example"},
	}
	return map[string]script{
		"de": {
			subject: "Maison Lumen: Ihre Wahl zu unseren E-Mails", choose: "Meine Wahl treffen",
			stop: "Keine Nachrichten mehr", notice: "Unsere Datenschutzhinweise",
			title: "Unser Newsletter", save: "Meine Auswahl speichern", refuse: "Alles ablehnen bitte",
			thanks: "Unser Newsletter: Ja, gespeichert am 2. März 2026 um 10:15 UTC. Belegnummer 7F3A, das ist Ihr Beleg.", switched: "Français",
			lines: slices.Concat([]line{
				{"m", "ORIG-001", "Sie erhalten diese Nachricht, weil Sie 2021 in unserem Geschäft eingekauft haben."},
				{"m", "INFO-008", "Wenn Sie bis zum 2. April 2026 nicht antworten, schreiben wir Ihnen nicht mehr."},
				{"m", "INFO-013", "Sie können frei entscheiden."},
				{"m", "INFO-013", "Ihre Antwort hat keine Auswirkung auf Ihre Bestellungen."},
				{"mf", "PURP-001", "Es geht um Werbung für unsere Produkte."},
				{"mf", "PURP-005", "Unser Newsletter, per E-Mail"},
				{"mf", "INFO-002", "Sie können Ihre Einwilligung jederzeit mit einem Klick widerrufen."},
				{"mf", "INFO-004", "Nach einem Ja bewahren wir Ihre Adresse 36 Monate nach Ihrem letzten Zeichen auf."},
				{"f", "", "Ihre Antwort betrifft die Adresse j•••e@e•••e.net."},
				{"f", "INFO-014", "Verwendete Daten: Ihr Name und Ihre E-Mail-Adresse."},
				{"mf", "INFO-005", "Ihre Rechte: Auskunft, Berichtigung, Löschung, Einschränkung, Datenübertragbarkeit und Widerspruch."},
				{"mf", "ID-004", "Datenschutzbeauftragte: dpo@lumen.example"},
				{"mf", "INFO-006", "Sie können sich an die CNIL wenden."},
				{"mf", "INFO-010", "Es gibt weder Profile noch Tracking."},
				{"mf", "INFO-004", "Wenn Sie Nein sagen, löschen wir, was nicht mehr gebraucht wird."},
				{"m", "INFO-012", "Rechtsgrundlage: künftig Ihr Einverständnis, für diese Frage unser Interesse."},
			}, identity),
		},
		"es": {
			subject: "Maison Lumen: su elección sobre nuestros correos", choose: "Hacer mi elección",
			stop: "No recibir más mensajes", notice: "Nuestro aviso de privacidad",
			title: "Nuestro boletín", save: "Guardar mi elección", refuse: "Rechazar todo esto",
			thanks: "Nuestro boletín: sí, registrado el 2 de marzo de 2026 a las 10:15 UTC. Recibo número 7F3A.", switched: "Français",
			lines: slices.Concat([]line{
				{"m", "ORIG-001", "Recibe este mensaje porque compró en nuestra tienda en 2021."},
				{"m", "INFO-008", "Si no responde antes del 2 de abril de 2026, dejaremos de escribirle."},
				{"m", "INFO-013", "Puede negarse libremente."},
				{"m", "INFO-013", "Su respuesta no afecta a sus pedidos."},
				{"mf", "PURP-001", "Se trata de mensajes comerciales sobre nuestros productos."},
				{"mf", "PURP-005", "Nuestro boletín, por e-mail"},
				{"mf", "INFO-002", "Puede retirar su consentimiento en cualquier momento con un clic."},
				{"mf", "INFO-004", "Después de un sí conservamos su dirección 36 meses desde su última señal."},
				{"f", "", "Su respuesta se refiere a la dirección j•••e@e•••e.net."},
				{"f", "INFO-014", "Datos utilizados: su nombre y su dirección de correo electrónico."},
				{"mf", "INFO-005", "Sus derechos: acceso, rectificación, supresión, limitación, portabilidad y oposición."},
				{"mf", "ID-004", "Delegado de protección de datos: dpo@lumen.example"},
				{"mf", "INFO-006", "Puede dirigirse a la CNIL."},
				{"mf", "INFO-010", "No hay perfiles ni seguimiento de lo que lee."},
				{"mf", "INFO-004", "Si dice no, borramos lo que ya no hace falta."},
				{"m", "INFO-012", "Base jurídica: en adelante su acuerdo; para esta pregunta, nuestro interés."},
			}, identity),
		},
		"it": {
			subject: "Maison Lumen: la sua scelta sulle nostre e-mail", choose: "Fare la mia scelta",
			stop: "Non ricevere più messaggi", notice: "La nostra informativa sulla privacy",
			title: "La nostra newsletter", save: "Salva le mie scelte", refuse: "Rifiuta ogni cosa",
			thanks: "La nostra newsletter: sì, registrato il 2 marzo 2026 alle 10:15 UTC. Ricevuta numero 7F3A.", switched: "Français",
			lines: slices.Concat([]line{
				{"m", "ORIG-001", "Riceve questo messaggio perché ha comprato nel nostro negozio nel 2021."},
				{"m", "INFO-008", "Se non risponde entro il 2 aprile 2026, non le scriveremo più."},
				{"m", "INFO-013", "È libero di rifiutare."},
				{"m", "INFO-013", "La sua risposta non incide sui suoi ordini."},
				{"mf", "PURP-001", "Si tratta di messaggi commerciali sui nostri prodotti."},
				{"mf", "PURP-005", "La nostra newsletter, per e-mail"},
				{"mf", "INFO-002", "Può cambiare idea in qualsiasi momento con un clic."},
				{"mf", "INFO-004", "Dopo un sì conserviamo il suo indirizzo per 36 mesi dal suo ultimo segno."},
				{"f", "", "La sua risposta riguarda l'indirizzo j•••e@e•••e.net."},
				{"f", "INFO-014", "Dati utilizzati: il suo nome e il suo indirizzo e-mail."},
				{"mf", "INFO-005", "I suoi diritti: accesso, rettifica, cancellazione, limitazione, portabilità e opposizione."},
				{"mf", "ID-004", "Responsabile della protezione dei dati: dpo@lumen.example"},
				{"mf", "INFO-006", "Può rivolgersi alla CNIL."},
				{"mf", "INFO-010", "Non c'è profilazione né tracciamento di ciò che legge."},
				{"mf", "INFO-004", "Se dice no, eliminiamo ciò che non serve più."},
				{"m", "INFO-012", "Base giuridica: in futuro il suo accordo, per questa domanda il nostro interesse."},
			}, identity),
		},
		"nl": {
			subject: "Maison Lumen: uw keuze over onze e-mails", choose: "Mijn keuze maken",
			stop: "Geen berichten meer ontvangen", notice: "Onze privacyverklaring",
			title: "Onze nieuwsbrief", save: "Mijn keuzes opslaan", refuse: "Alle vragen weigeren",
			thanks: "Onze nieuwsbrief: ja, vastgelegd op 2 maart 2026 om 10:15 UTC. Ontvangstbewijs 7F3A.", switched: "Français",
			lines: slices.Concat([]line{
				{"m", "ORIG-001", "U ontvangt dit bericht omdat u in 2021 iets in onze winkel kocht."},
				{"m", "INFO-008", "Als u niet antwoordt voor 2 april 2026, schrijven wij u niet meer."},
				{"m", "INFO-013", "U mag weigeren."},
				{"m", "INFO-013", "Uw antwoord heeft geen gevolgen voor uw bestellingen."},
				{"mf", "PURP-001", "Het gaat om reclame voor onze producten."},
				{"mf", "PURP-005", "Onze nieuwsbrief, per e-mail"},
				{"mf", "INFO-002", "U kunt uw toestemming op elk moment met één klik intrekken."},
				{"mf", "INFO-004", "Na een ja bewaren wij uw adres 36 maanden na uw laatste teken."},
				{"f", "", "Uw antwoord gaat over het adres j•••e@e•••e.net."},
				{"f", "INFO-014", "Gebruikte gegevens: uw naam en uw e-mailadres."},
				{"mf", "INFO-005", "Uw rechten: inzage, rectificatie, wissing, beperking, overdraagbaarheid en bezwaar."},
				{"mf", "ID-004", "Functionaris voor gegevensbescherming: dpo@lumen.example"},
				{"mf", "INFO-006", "U kunt zich tot de CNIL wenden."},
				{"mf", "INFO-010", "Er is geen profilering en geen tracking."},
				{"mf", "INFO-004", "Als u nee zegt, wissen wij wat niet meer nodig is."},
				{"m", "INFO-012", "Rechtsgrond: voortaan uw akkoord, voor deze vraag ons belang."},
			}, identity),
		},
		"pt": {
			subject: "Maison Lumen: a sua escolha sobre os nossos e-mails", choose: "Fazer a minha escolha",
			stop: "Não receber mais mensagens", notice: "O nosso aviso de privacidade",
			title: "A nossa newsletter", save: "Guardar as minhas escolhas", refuse: "Recusar todos os pedidos",
			thanks: "A nossa newsletter: sim, registado a 2 de março de 2026 às 10:15 UTC. Recibo número 7F3A.", switched: "Français",
			lines: slices.Concat([]line{
				{"m", "ORIG-001", "Recebe esta mensagem porque comprou na nossa loja em 2021."},
				{"m", "INFO-008", "Se não responder até 2 de abril de 2026, deixaremos de lhe escrever."},
				{"m", "INFO-013", "Pode recusar livremente."},
				{"m", "INFO-013", "A sua resposta não afeta as suas encomendas."},
				{"mf", "PURP-001", "Trata-se de mensagens comerciais sobre os nossos produtos."},
				{"mf", "PURP-005", "A nossa newsletter, por e-mail"},
				{"mf", "INFO-002", "Pode mudar de ideias a qualquer momento com um clique."},
				{"mf", "INFO-004", "Depois de um sim conservamos o seu endereço durante 36 meses após o último sinal."},
				{"f", "", "A sua resposta diz respeito ao endereço j•••e@e•••e.net."},
				{"f", "INFO-014", "Dados utilizados: o seu nome e o seu endereço de e-mail."},
				{"mf", "INFO-005", "Os seus direitos: acesso, retificação, apagamento, limitação, portabilidade e oposição."},
				{"mf", "ID-004", "Encarregado da proteção de dados: dpo@lumen.example"},
				{"mf", "INFO-006", "Pode dirigir-se à CNIL."},
				{"mf", "INFO-010", "Não há perfis nem rastreio do que lê."},
				{"mf", "INFO-004", "Se disser não, apagamos o que já não é preciso."},
				{"m", "INFO-012", "Fundamento jurídico: no futuro o seu acordo; para esta pergunta, o nosso interesse."},
			}, identity),
		},
	}
}

// everyLanguage is a draft in the seven languages that no rule objects to.
func everyLanguage() Draft {
	all := scripts()
	for language, s := range abroad() {
		all[language] = s
	}
	return spoken(drafted(all))
}

// spoken gives the purpose its words in every language.
func spoken(d Draft) Draft {
	title := map[string]string{"de": "Unser Newsletter", "es": "Nuestro boletín", "it": "La nostra newsletter", "nl": "Onze nieuwsbrief", "pt": "A nossa newsletter"}
	description := map[string]string{"de": "Werbung für unsere Produkte.", "es": "Mensajes comerciales sobre nuestros productos.", "it": "Messaggi commerciali sui nostri prodotti.",
		"nl": "Reclame voor onze producten.", "pt": "Mensagens comerciais sobre os nossos produtos."}
	for language := range title {
		d.Questions[0].Title[language], d.Questions[0].Description[language] = title[language], description[language]
	}
	return d
}
