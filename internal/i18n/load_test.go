package i18n

import (
	"sync"
	"testing"
	"testing/fstest"
)

// shelves are the least files of every language, with those named on top.
func shelves(more map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{"locale/board.en.toml": {Data: []byte("[board]\ntitle = \"Home\"\n[board.left]\none = \"{n} day\"\nother = \"{n} days\"\n[said]\ngone = \"It is gone.\"\n")}}
	for _, code := range codes {
		fsys["locale/page."+code+".toml"] = &fstest.MapFile{Data: []byte("self = \"" + code + "\"\n")}
	}
	for name, text := range more {
		fsys["locale/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// TestWhatALanguageLacksIsEnglish: no page shows the name of a sentence.
func TestWhatALanguageLacksIsEnglish(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]map[string]string{
		"no file":       nil,
		"an older file": {"board.de.toml": "[board]\nother = \"Anderes\"\n"},
		"a broken file": {"board.de.toml": "[board\n"},
	} {
		c, err := load(shelves(more))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p := c.House().For("de")
		if p.Language() != "de" || p.T("self") != "de" || p.T("board.title") != "Home" || p.N("board.left", 1) != "1 day" || p.N("board.left", 2) != "2 days" {
			t.Errorf("%s: %q, %q, %q, %q", name, p.T("self"), p.T("board.title"), p.N("board.left", 1), p.N("board.left", 2))
		}
		if text, known := p.Said("It is gone."); text != "It is gone." || known {
			t.Errorf("%s: %q is said to be German", name, text)
		}
	}
}

func TestABrokenFileOfThoseWhoAreAskedIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := load(shelves(map[string]string{"form.it.toml": "[form\n"})); err == nil {
		t.Error("a broken file was loaded")
	}
}

// TestFilesOfTheHouseAreReadWhenTheyAreWanted: by nobody who only asks people, and once, however many want them.
func TestFilesOfTheHouseAreReadWhenTheyAreWanted(t *testing.T) {
	t.Parallel()
	fsys := shelves(nil)
	c, err := load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.For("fr").T("board.title"); got != "board.title" {
		t.Errorf("what nobody wanted was read: %q", got)
	}
	fsys["locale/board.fr.toml"] = &fstest.MapFile{Data: []byte("[board]\ntitle = \"Accueil\"\n")}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got := c.House().For("fr").T("board.title"); got != "Accueil" {
				t.Errorf("what was wanted was not read: %q", got)
			}
		})
	}
	all.Wait()
	delete(fsys, "locale/board.fr.toml")
	if got := c.House().For("fr").T("board.title"); got != "Accueil" {
		t.Errorf("it was read again: %q", got)
	}
}
