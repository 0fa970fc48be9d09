package address

// aliases are domains under which a provider delivers to one and the same mailbox.
var aliases = map[string]string{
	"googlemail.com": "gmail.com",
	"pm.me":          "proton.me",
	"protonmail.com": "proton.me",
	"protonmail.ch":  "proton.me",
	"me.com":         "icloud.com",
	"mac.com":        "icloud.com",
	"ya.ru":          "yandex.ru",
}

// subdomainHosts are providers that take a user's name as a subdomain.
var subdomainHosts = []string{"fastmail.com", "fastmail.fm", "fastmail.net", "fastmail.org", "fastmail.co.uk", "fastmail.de", "fastmail.jp"}
