package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/reoptin/reoptin/cmd/app"
)

// printRules prints the rulebook: rows in their order, then what holds in each country, then the clocks.
func printRules(w io.Writer, book app.Rulebook) {
	putf(w, "rules of %s, policy %s\n\nROW\tEVALUATED\tCLASS\tCONDITION\tSOURCE\n", book.Version, book.Policy)
	for _, r := range book.Rules {
		evaluated := "yes"
		if !r.Evaluated {
			evaluated = "not evaluated: " + r.Why
		}
		putf(w, "%s\t%s\t%s\t%s\t%s\n", r.Code, evaluated, r.Class, r.Condition, r.Source)
	}
	putf(w, "\nCOUNTRY\tMODE\tCUSTOMERS\tPROFESSIONALS\tLETTERS TO ALL\tSIGNED\tSOURCE\n")
	for _, k := range book.Countries {
		post := ""
		if k.Post {
			post = "post = true"
		}
		putf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", cmp.Or(strings.Join(k.Countries, " "), "elsewhere"), k.Mode, k.Customers, k.Business, post, signature(k), k.Source)
	}
	putf(w, "\nTIME LIMIT\tVALUE\tROWS\tMEANS\n")
	for _, l := range book.Limits {
		putf(w, "%s\t%s\t%s\t%s\n", l.Name, l.Value, l.Rows, l.Means)
	}
}

// signature is who signed a country's policy, when and why.
func signature(k app.CountryRule) string {
	if k.SignedBy == "" {
		return ""
	}
	return fmt.Sprintf("%s on %s: %s", k.SignedBy, k.SignedAt, k.Reference)
}

// printContact explains one person: the verdict, the facts it rests on, and what would change it.
func printContact(w io.Writer, v app.ContactView) {
	putf(w, "id\t%d\nexternal id\t%s\nemail\t%s\nclass\t%s\nroute\t%s\nrow\t%s\nsuppressed\t%t\n", v.ID, v.ExternalID, v.Email, v.Class, v.Route, v.Code, v.Suppressed)
	if len(v.Joined) > 0 {
		putf(w, "merged\trows with the same %s\n", strings.Join(joinedWords(v.Joined), " or the same "))
	}
	if len(v.MergedIDs) > 0 {
		putf(w, "merged ids\t%s\n", strings.Join(v.MergedIDs, ", "))
	}
	for _, r := range v.Reasons {
		putf(w, "reason\t%s\n", r)
	}
	if v.Domain != nil {
		putf(w, "domain\t%s\n", domainLine(v.Domain))
	}
	if v.Invitation != nil {
		putf(w, "invitation\t%d, campaign %s, %s\n", v.Invitation.ID, v.Invitation.Campaign, v.Invitation.State)
	}
	for _, k := range v.Consents {
		putf(w, "consent\t%s by %s: %s on %s\n", k.Purpose, k.Channel, k.State, k.At)
	}
	for _, f := range v.Corrected {
		putf(w, "corrected\t%s on %s: no import changes it\n", f.Field, f.On)
	}
	for _, f := range app.FactLines(v.Facts) {
		putf(w, "fact\t%s\n", f)
	}
	if v.Rule.Code == "" { // no organisation, nothing to judge by
		return
	}
	if v.Code != v.Today.Code {
		putf(w, "today\t%s, %s, %s\n", v.Today.Code, v.Today.Class, v.Today.Route)
	}
	putf(w, "rule\t%s: %s (%s)\nnext\t%s\n", v.Rule.Code, v.Rule.Condition, v.Rule.Source, v.Next)
	for _, k := range v.Changes {
		putf(w, "would change it\t%s → %s, %s, %s\n", strings.TrimSuffix(k.If, "."), k.Code, k.Class, k.Route)
	}
	if len(v.Changes) == 0 {
		putf(w, "would change it\tnothing\n")
	}
}

// joinedWords say what rows had in common.
func joinedWords(by []string) (out []string) {
	for _, b := range by {
		switch b {
		case "mailbox":
			b = "e-mail address"
		case "external_id":
			b = "external id"
		case "postal":
			b = "name and postal address"
		}
		out = append(out, b)
	}
	return out
}
