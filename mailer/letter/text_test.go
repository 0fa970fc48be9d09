package letter_test

// text is what an author wrote.
type text struct{ subject, body string }

// texts are letters to ask with, one for each shipped language.
var texts = map[string]text{
	"fr": {subject: "{{organisation}} : votre choix sur nos messages", body: `{{greeting}}

Nous mettons notre fichier à jour. Il ne nous permet pas de prouver que vous avez accepté nos messages.

Nous ne voulons écrire qu'aux personnes qui le souhaitent. Dites-nous oui ou non avant la fin du {{deadline}}.
`},
	"en": {subject: "{{organisation}}: your choice about our messages", body: `{{greeting}}

We are putting our records in order. They do not let us prove that you agreed to our messages.

We want to write only to people who wish it. Please say yes or no by the end of {{deadline}}.
`},
	"de": {subject: "{{organisation}}: Ihre Wahl zu unseren Nachrichten", body: `{{greeting}}

wir bringen unsere Unterlagen in Ordnung. Mit ihnen können wir nicht nachweisen, dass Sie unseren Nachrichten zugestimmt haben.

Wir möchten nur denen schreiben, die es wünschen. Bitte sagen Sie bis zum Ende des {{deadline}} ja oder nein.
`},
	"es": {subject: "{{organisation}}: su elección sobre nuestros mensajes", body: `{{greeting}}

Estamos poniendo en orden nuestros registros. No nos permiten probar que usted aceptó nuestros mensajes.

Solo queremos escribir a quien lo desea. Díganos sí o no antes de que termine el {{deadline}}, por favor.
`},
	"it": {subject: "{{organisation}}: la sua scelta sui nostri messaggi", body: `{{greeting}}

stiamo mettendo in ordine i nostri archivi. Non ci permettono di provare che Lei ha accettato i nostri messaggi.

Vogliamo scrivere solo a chi lo desidera. Ci dica sì o no entro la fine del {{deadline}}, per favore.
`},
	"nl": {subject: "{{organisation}}: uw keuze over onze berichten", body: `{{greeting}}

Wij brengen onze administratie op orde. Daarmee kunnen wij niet bewijzen dat u onze berichten hebt goedgevonden.

Wij willen alleen schrijven aan wie dat wenst. Zeg ons ja of nee voor het einde van {{deadline}}.
`},
	"pt": {subject: "{{organisation}}: a sua escolha sobre as nossas mensagens", body: `{{greeting}}

Estamos a pôr em ordem os nossos registos. Não nos permitem provar que aceitou as nossas mensagens.

Queremos escrever apenas a quem o deseja. Diga-nos sim ou não até ao fim do dia {{deadline}}, por favor.
`},
}
