package mailer

import "github.com/reoptin/reoptin/templates/mail"

// Starter is the author's part of message and form to begin with, ready to be sent as it stands.
type Starter struct {
	Subject   string
	Body      string // Markdown with placeholders
	FormTitle string
	FormIntro string
}

// StarterText gives the starter texts of a language; ok is false for one the layout does not speak.
func StarterText(language string) (s Starter, ok bool) {
	w, ok := mail.Speak(language)
	return Starter{Subject: w.SampleSubject, Body: w.SampleBody, FormTitle: w.SampleTitle, FormIntro: w.SampleIntro}, ok
}

// Languages are those that messages can be written in.
func Languages() []string { return mail.Languages() }
