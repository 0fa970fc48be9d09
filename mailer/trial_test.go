package mailer

import (
	"regexp"
	"strings"
	"testing"
)

// TestATestMessageIsMarkedAndLeadsToNoAnswer holds every link of it, in headers and both parts.
func TestATestMessageIsMarkedAndLeadsToNoAnswer(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choice.lumiere.example")
	content := contentOf(t, c, frozen())
	real, err := c.Compose(invitation("fr", nil), content, nil)
	if err != nil {
		t.Fatal(err)
	}
	content.Test = true
	m, err := c.Compose(invitation("fr", nil), content, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := open(t, m.Bytes)
	if s := o.header.Get("Subject"); !strings.Contains(s, "[TEST]") && !strings.Contains(s, "=5BTEST=5D") {
		t.Errorf("the subject is %q", s)
	}
	if !strings.Contains(o.header.Get("List-Unsubscribe"), "/t/") {
		t.Errorf("to unsubscribe: %s", o.header.Get("List-Unsubscribe"))
	}
	links := regexp.MustCompile(`/([a-z])/[a-z2-7]{60}`)
	found := links.FindAllStringSubmatch(o.text+o.html+o.header.Get("List-Unsubscribe"), -1)
	for _, l := range found {
		if l[1] != "t" {
			t.Errorf("a link leads to /%s/", l[1])
		}
	}
	if len(found) < 5 || len(links.FindAllString(string(real.Bytes), -1)) == 0 {
		t.Errorf("%d links", len(found))
	}
}
