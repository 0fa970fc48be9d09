package app

import "slices"

// ofMail are the checks of what only messages need. A key for signatures is none of them: nothing opens with one that
// cannot be read.
var ofMail = []string{"alignment", "mx", "spf", "dkim", "dmarc", "reverse", "mta_sts", "bounces"}

// forLetters are the lines as they stand where nobody is asked by e-mail: what messages lack is said, and keeps nobody
// from printing letters.
func forLetters(lines []DoctorLine) []DoctorLine {
	for n := range lines {
		l := &lines[n]
		missing := l.Check == "configuration" && l.About == "smtp.url"
		if l.Status == StatusOK || !missing && !slices.Contains(ofMail, l.Check) {
			continue
		}
		l.Status = StatusInfo
		l.Text += "; not needed for letters; needed before the first e-mail"
	}
	return lines
}
