package letter

// labelsOf are the layout's own words in a language, as they are kept with the sheet. {name} is filled when a letter is drawn.
func labelsOf(language string) map[string]string {
	base := language
	if len(base) > 2 && base[2] == '-' {
		base = base[:2]
	}
	ws, ok := labels[base]
	if !ok {
		return nil
	}
	out := make(map[string]string, len(labelNames))
	for n, name := range labelNames {
		out[name] = ws[n]
	}
	return out
}

// Labels by name, in the order in which each language has them below.
var labelNames = []string{labelOnline, labelScan, labelFigure, labelCoupon, labelSend, labelYes, labelNo, labelNever, labelSign, labelBatch}

const (
	labelOnline = "online"
	labelScan   = "scan"   // {address}
	labelFigure = "figure" // {address}
	labelCoupon = "coupon"
	labelSend   = "send" // {to}
	labelYes    = "yes"
	labelNo     = "no"
	labelNever  = "never"
	labelSign   = "sign"
	labelBatch  = "batch" // {batch} {n}
)

var labels = map[string][]string{
	"en": {"Answer online", "Scan this code with a phone, or open {address} and type:", "Code to scan that opens the page with your choice; the same page opens at {address}",
		"Or answer by post", "Tick what you choose and send this part to: {to}. What is left empty is not an answer.", "Yes", "No", "No to everything: never write to me again.", "Date, signature", "Batch {batch}, letter {n}"},
	"fr": {"Répondre en ligne", "Scannez ce code avec un téléphone, ou ouvrez {address} et saisissez\u00a0:", "Code à scanner qui ouvre la page de votre choix\u00a0; la même page s’ouvre à l’adresse {address}",
		"Ou répondre par courrier", "Cochez ce que vous choisissez et envoyez cette partie à\u00a0: {to}. Ce qui reste vide n’est pas une réponse.", "Oui", "Non", "Non à tout\u00a0: ne m’écrivez plus jamais.", "Date, signature", "Lot {batch}, lettre {n}"},
	"de": {"Online antworten", "Scannen Sie diesen Code mit einem Telefon, oder öffnen Sie {address} und geben Sie ein:", "Code zum Scannen, der die Seite mit Ihrer Wahl öffnet; dieselbe Seite öffnet sich unter {address}",
		"Oder per Post antworten", "Kreuzen Sie an, was Sie wählen, und senden Sie diesen Abschnitt an: {to}. Was leer bleibt, ist keine Antwort.", "Ja", "Nein", "Nein zu allem: Schreiben Sie mir nie wieder.", "Datum, Unterschrift", "Los {batch}, Brief {n}"},
	"es": {"Responder en línea", "Escanee este código con un teléfono, o abra {address} y escriba:", "Código para escanear que abre la página de su elección; la misma página se abre en {address}",
		"O responder por correo", "Marque lo que elija y envíe esta parte a: {to}. Lo que quede vacío no es una respuesta.", "Sí", "No", "No a todo: no me escriban nunca más.", "Fecha, firma", "Lote {batch}, carta {n}"},
	"it": {"Rispondere online", "Scansioni questo codice con un telefono, oppure apra {address} e scriva:", "Codice da scansionare che apre la pagina della Sua scelta; la stessa pagina si apre a {address}",
		"Oppure rispondere per posta", "Barri ciò che sceglie e spedisca questa parte a: {to}. Ciò che resta vuoto non è una risposta.", "Sì", "No", "No a tutto: non scrivetemi mai più.", "Data, firma", "Lotto {batch}, lettera {n}"},
	"nl": {"Online antwoorden", "Scan deze code met een telefoon, of open {address} en typ:", "Code om te scannen die de pagina met uw keuze opent; dezelfde pagina opent op {address}",
		"Of per post antwoorden", "Kruis aan wat u kiest en stuur dit deel naar: {to}. Wat leeg blijft, is geen antwoord.", "Ja", "Nee", "Nee op alles: schrijf mij nooit meer.", "Datum, handtekening", "Partij {batch}, brief {n}"},
	"pt": {"Responder em linha", "Leia este código com um telemóvel, ou abra {address} e escreva:", "Código para ler que abre a página da sua escolha; a mesma página abre-se em {address}",
		"Ou responder por correio", "Assinale o que escolhe e envie esta parte para: {to}. O que ficar vazio não é uma resposta.", "Sim", "Não", "Não a tudo: nunca mais me escrevam.", "Data, assinatura", "Lote {batch}, carta {n}"},
}
