package mailer

// referenceForms are the header fields whose value a mail provider puts into its reports on a message, and
// how the value is written there. A provider changes the return path and often the Message-ID as well; what
// is in such a field comes back as it was. Amazon SES and Scaleway report all fields.
var referenceForms = map[string]struct{ field, before, after string }{
	"brevo":    {"X-Mailin-custom", "", ""},
	"mailgun":  {"X-Mailgun-Variables", `{"reoptin":"`, `"}`},
	"postmark": {"X-PM-Metadata-reoptin", "", ""},
	"scaleway": {"X-Reoptin", "", ""},
	"sendgrid": {"X-SMTPAPI", `{"unique_args":{"reoptin":"`, `"}}`},
	"ses":      {"X-Reoptin", "", ""},
}

// referenceHeaders are the fields by which providers know a message again; none without a reference.
func referenceHeaders(providers []string, reference string) (fields [][2]string) {
	if reference == "" {
		return nil
	}
	for _, p := range providers {
		if f, known := referenceForms[p]; known {
			fields = append(fields, [2]string{f.field, f.before + reference + f.after})
		}
	}
	return fields
}
