package config

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/internal/address"
)

// webAddress takes base_url apart, in the spelling of links: scheme, host and port, and nothing more, since what stands
// behind it is not served and forms post to the root. It is empty, and wrong says why, for what links cannot start with.
func webAddress(text string) (u url.URL, wrong string) {
	given, err := url.Parse(text)
	if err != nil || given.Scheme != "https" && given.Scheme != "http" {
		return u, fmt.Sprintf("%q is no web address", text)
	}
	host, ok := address.HostName(given.Hostname())
	if !ok || strings.HasSuffix(given.Host, ":") {
		return u, fmt.Sprintf("%q is no web address", text)
	}
	if given.User != nil || given.Path != "" && given.Path != "/" || strings.ContainsAny(text, "?#") {
		return u, "it may hold nothing but the name and the port: no user, path, query or fragment"
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := given.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port {
			return u, fmt.Sprintf("%q is no port", port)
		}
		host += ":" + port
	}
	return url.URL{Scheme: given.Scheme, Host: host}, ""
}

// spell writes the names of hosts as browsers ask for them, since they are compared with what a browser says: A-labels
// (RFC 5890) for letters outside ASCII. What is no such name stays, and Check says so.
func (c *Config) spell() {
	if u, wrong := webAddress(c.BaseURL); wrong == "" {
		c.BaseURL = u.String()
	}
	if name, ok := address.HostName(c.AdminHost); ok {
		c.AdminHost = name
	}
}
