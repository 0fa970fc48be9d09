package lint

import (
	"fmt"
	"strings"
	"sync"
)

// plainRules want few words and short sentences (GDPR art. 7(2), 12(1)).
func plainRules() []rule {
	return []rule{
		{about("PLAIN-001", Warning, "message", "over 200 words of the author's, over 450 in all; over 700 needs approval", "GDPR art. 12(1)"), checkLength},
		{about("PLAIN-002", Warning, "message, form", "readability (LIX over 45, over 60 needs approval), sentences over 35 words, over 20 on average", "GDPR art. 7(2)"), checkReadability},
		{about("PLAIN-003", Warning, "message, form", "the language of contracts, passives, double negations", "GDPR art. 12(1)"), checkLegalese},
		{about("PLAIN-004", Error, "message, form", "placeholders left, empty greetings, gaps", "GDPR art. 12(1)"), checkGaps},
	}
}

func checkLength(in *inspection, tell say) {
	for _, a := range in.authored {
		if n := len(wordsOf(a.folded.text)); n > 200 && strings.HasPrefix(a.Where, "message.") {
			tell(Finding{Where: a.Where, Text: fmt.Sprintf("%d words", n), Message: "People read over 200 words before they come to the choice. Say it in fewer."})
		}
	}
	for _, v := range in.views {
		count := len(wordsOf(v.message.visible.text))
		f := Finding{Where: "message." + v.Language, Text: fmt.Sprintf("%d words", count),
			Message: "The message is long. Leave details to the privacy notice."}
		switch {
		case count > 700:
			f.Severity = Approval
			tell(f)
		case count > 450:
			tell(f)
		}
	}
}

// legible is what the readability of a text is measured by.
type legible struct {
	words, long, sentences int
	longest                span
	most                   int
}

// lix is words per sentence plus the share of words over six letters, in per cent.
func (l legible) lix() int {
	if l.words == 0 || l.sentences == 0 {
		return 0
	}
	return l.words/l.sentences + 100*l.long/l.words
}

// measure counts the words of whole sentences; headings and addresses of up to four words are none.
func measure(text string) legible {
	var out legible
	for _, s := range sentences(text) {
		words := wordsOf(textURL.ReplaceAllString(text[s.start:s.end], ""))
		if len(words) <= 4 {
			continue
		}
		out.sentences++
		out.words += len(words)
		for _, w := range words {
			if len([]rune(w)) > 6 {
				out.long++
			}
		}
		if len(words) > out.most {
			out.most, out.longest = len(words), s
		}
	}
	return out
}

// checkReadability measures what the author wrote, for the house's own layout is not the author's to
// mend; a sentence that is too long is reported wherever it stands.
func checkReadability(in *inspection, tell say) {
	for _, a := range in.authored {
		if m := measure(a.folded.text); m.words >= 30 {
			f := Finding{Where: a.Where, Text: fmt.Sprintf("LIX %d, %d words a sentence", m.lix(), m.words/m.sentences),
				Message: "The text is hard to read. Use shorter sentences and shorter words."}
			switch {
			case m.lix() > 60:
				f.Severity = Approval
				tell(f)
			case m.lix() > 45 || m.words/m.sentences > 20:
				tell(f)
			}
		}
	}
	for _, v := range in.views {
		for sheet, text := range map[string]normal{"message": v.message.visible, "form": v.form.visible} {
			if m := measure(text.text); m.most > 35 {
				words := text.words(m.longest.start, m.longest.end)
				tell(Finding{Where: in.place(v, sheet, words), Text: words, Message: "The sentence has over 35 words. Make two of it."})
			}
		}
	}
}

// gaps are what a template leaves when it fails.
var gaps = sync.OnceValue(func() pattern {
	return newPattern(`\{\{[^}\n]{0,60}(\}\})?|\}\}|\[\[[^\]\n]{0,60}\]\]|%![a-z]\(|%%[a-z_]+%%|\*\|[A-Z_:]+\|\*|<no value>|\b(undefined|null|nil)\b`)
})

// emptyGreeting is a greeting whose name is missing.
var emptyGreeting = sync.OnceValue(func() pattern {
	return newPattern(`(?m)^(((bonjour|bonsoir|hello|hi|good morning|hallo|hola|buongiorno|ola|cher|chere|dear|madame|monsieur|m\.|mme|mr|mrs|ms|guten tag|sehr geehrte[r]?)( (m\.|mme|mr\.?|mrs\.?|ms\.?|herr|frau))? +,)|((dear|cher|chere|m\.|mme|mr\.?|mrs\.?|ms\.?),)|.{0,20}\b(cher\(e\)|cher·e|cher/chere|sehr geehrte\(r\)))`)
})

func checkGaps(in *inspection, tell say) {
	for _, p := range in.read {
		if p.where != "" && !strings.HasSuffix(p.where, ".subject") {
			continue // an author's own text has its placeholders still
		}
		if p.view.message == nil {
			continue
		}
		lines(p.text.text, func(start int, line string) {
			for _, one := range []pattern{gaps(), emptyGreeting()} {
				if !one.mayMatch(in.lists.gramsOf(line)) {
					continue
				}
				for _, m := range one.expression.FindAllStringIndex(line, -1) {
					f := in.spot(p, span{m[0] + start, m[1] + start})
					f.Message = "Something was not filled in. Give it a value for everybody, or leave it out."
					tell(f)
				}
			}
		})
	}
}
