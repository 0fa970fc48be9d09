package api

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"52.94.5.1": true, "51.158.1.1": true, "1.1.1.1": true, "172.15.255.255": true, "172.32.0.1": true, "100.63.255.255": true, "100.128.0.1": true, "2600:1f18::1": true, "2001:4860:4860::8888": true, "2a05:d018::1": true,
		"127.0.0.1": false, "127.255.255.254": false, "0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "169.254.169.254": false, "169.254.170.2": false,
		"100.64.0.1": false, "100.100.100.200": false, "192.0.0.192": false, "192.0.2.1": false, "198.18.0.1": false, "198.51.100.1": false, "203.0.113.1": false, "224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"168.63.129.16": false, "192.88.99.1": false, "::1": false, "::": false, "::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::ffff:1.1.1.1": false, "::127.0.0.1": false, "fe80::1": false, "fe80::1%eth0": false,
		"fec0::1": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false, "64:ff9b::7f00:1": false, "64:ff9b:1::1": false, "2002:7f00:1::": false, "2001:0:7f00:1::1": false, "2001:db8::1": false, "3fff::1": false,
		"2600::5efe:7f00:1": false, "2600::200:5efe:a9fe:a9fe": false, "100::1": false, "5f00::1": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

// TestWhereverANameLeads: the address is judged when it is connected to, so no name server can lead elsewhere.
func TestWhereverANameLeads(t *testing.T) {
	t.Parallel()
	fetch := Outbound()
	for _, address := range []string{"https://localhost/", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://0/", "https://2130706433/", "https://0x7f.1/", "https://127.0.0.1:8443/", "http://localhost/", "ftp://localhost/", "localhost", ":"} {
		if _, err := fetch(t.Context(), address); err == nil {
			t.Errorf("%s was fetched", address)
		}
	}
	for _, address := range []string{"10.0.0.1:443", "1.1.1.1:80", "[::1]:443", "x:443", "x"} {
		if publicOnly("tcp", address, nil) == nil {
			t.Errorf("%s is public", address)
		}
	}
	if err := publicOnly("tcp", "1.1.1.1:443", nil); err != nil {
		t.Error(err)
	}
}

func TestFetchIsBounded(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/long":
			_, _ = w.Write([]byte(strings.Repeat("x", mostFetched+1)))
		case "/away":
			http.Redirect(w, r, "/good", http.StatusFound)
		case "/none":
			http.NotFound(w, r)
		default:
			_, _ = w.Write([]byte("good"))
		}
	}))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	fetch := outbound(nil, &tls.Config{RootCAs: roots})
	for path, want := range map[string]bool{"/good": true, "/long": false, "/away": false, "/none": false} {
		text, err := fetch(t.Context(), server.URL+path)
		if (err == nil) != want || want && string(text) != "good" {
			t.Errorf("%s: %q %v", path, text, err)
		}
	}
	if _, err := outbound(nil, nil)(t.Context(), server.URL+"/good"); err == nil {
		t.Error("a certificate that nobody vouches for is believed")
	}
}
