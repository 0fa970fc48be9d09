package address

import "strings"

// providers are the mailbox providers with more than one domain, or with so many people that they are
// known by a name. A name holds no dot, so that it is never mistaken for a domain.
var providers = families(
	"gmail=gmail.com googlemail.com",
	"outlook=msn.com passport.com windowslive.com",
	"yahoo=ymail.com rocketmail.com aol.com aol.fr aol.de aol.co.uk aol.it aol.es",
	"icloud=icloud.com me.com mac.com",
	"proton=proton.me protonmail.com protonmail.ch pm.me",
	"orange=orange.fr wanadoo.fr voila.fr",
	"free=free.fr aliceadsl.fr libertysurf.fr",
	"laposte=laposte.net",
	"sfr=sfr.fr neuf.fr cegetel.net club-internet.fr numericable.fr numericable.com noos.fr 9online.fr",
	"bouygues=bbox.fr",
	"gmx=gmx.de gmx.net gmx.at gmx.ch gmx.fr gmx.com gmx.es gmx.li web.de",
	"t-online=t-online.de",
	"libero=libero.it virgilio.it iol.it inwind.it",
	"tim=tim.it tin.it alice.it",
	"seznam=seznam.cz email.cz",
	"mailru=mail.ru bk.ru inbox.ru list.ru",
	"yandex=ya.ru",
)

// providersEverywhere have a domain in many countries: yahoo.fr, hotmail.co.uk.
var providersEverywhere = map[string]string{"yahoo": "yahoo", "hotmail": "outlook", "outlook": "outlook", "live": "outlook", "yandex": "yandex"}

// families reads lines "provider=domain domain" as domain → provider.
func families(lines ...string) map[string]string {
	m := map[string]string{}
	for _, line := range lines {
		name, domains, _ := strings.Cut(line, "=")
		for d := range strings.FieldsSeq(domains) {
			m[d] = name
		}
	}
	return m
}
