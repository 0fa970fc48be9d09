//go:build failpoint

package failpoint

import "testing"

func TestParse(t *testing.T) {
	t.Parallel()
	if o, err := parse("mail.after-dot=3:kill"); err != nil || o.name != "mail.after-dot" || o.at != 3 {
		t.Errorf("%+v, %v", o, err)
	}
	for _, nonsense := range []string{"", "mail.after-dot", "x=0:kill", "x=1:sleep", "=1:stop", "x=1", "x=one:stop"} {
		if _, err := parse(nonsense); err == nil {
			t.Errorf("%q is understood", nonsense)
		}
	}
}

// What is handed in is called with each mark, and the zero value calls nothing.
func TestOf(t *testing.T) {
	t.Parallel()
	var seen []string
	p := Of(func(name string) { seen = append(seen, name) })
	p.At("one")
	p.At("two")
	Points{}.At("three")
	if len(seen) != 2 || seen[1] != "two" {
		t.Errorf("%v", seen)
	}
}
