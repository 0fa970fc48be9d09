package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reoptin/reoptin/cmd/app"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
)

func (c *cli) responses() *cobra.Command {
	var q app.ResponseQuery
	list := &cobra.Command{Use: "list", Short: "List what people answered", Example: "  reoptin responses list --campaign spring", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				l, err := a.Responses(cmd.Context(), q)
				if err != nil {
					return err
				}
				return c.print(l, func(w io.Writer) {
					putf(w, "RESPONSE\tPROOF\tCONTACT\tAT\tBY\tDECISIONS\n")
					for _, r := range l.Responses {
						putf(w, "%s\t%d\t%d\t%s\t%s\t%s\n", r.ID, r.Proof, r.Contact, r.At, r.Kind, r.Words())
					}
					more(w, l.Next)
				})
			})
		}}
	list.Flags().StringVar(&q.Campaign, "campaign", "", "only of this campaign")
	pageFlags(list, &q.Page)
	show := &cobra.Command{Use: "show ID", Short: "Show one answer", Example: "  reoptin responses show a6f58318-72e6-46a2-bfd7-f36d795e30cd", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				r, err := a.Response(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return c.print(r, func(w io.Writer) { printResponse(w, r) })
			})
		}}
	return group("responses", "What people answered", list, show, c.responsesRecord())
}

func (c *cli) responsesRecord() *cobra.Command {
	var b app.ByHand
	cmd := &cobra.Command{Use: "record --contact ADDRESS|ID --decision PURPOSE.CHANNEL=yes|no… --on DATE --proof FILE", Short: "Enter an answer that was given on paper or by voice",
		Example: "  reoptin responses record --contact jeanne@example.net --decision newsletter.email=yes --on 2026-03-02 --proof scan.pdf\n  reoptin responses record --contact 17 --by voice --decision newsletter.sms=no --on 2026-03-02", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if b.Contact == "" || len(b.Decisions) == 0 || b.On == "" {
				return misused(cmd, "--contact, --decision and --on are needed")
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				r, err := a.RecordByHand(cmd.Context(), b)
				if err != nil {
					return err
				}
				return c.print(r, func(w io.Writer) { printResponse(w, r) })
			})
		}}
	f := cmd.Flags()
	f.StringVar(&b.Contact, "contact", "", "whose answer it is: address, id, or the code on a letter's coupon")
	f.StringVar(&b.By, "by", "paper", "paper or voice")
	f.StringArrayVar(&b.Decisions, "decision", nil, "what was decided, as PURPOSE.CHANNEL=yes or =no; may be given again")
	f.StringVar(&b.On, "on", "", "the day on which it was given")
	f.StringVar(&b.Proof, "proof", "", "the scan or recording; a yes needs one")
	return cmd
}

func printResponse(w io.Writer, r app.ResponseLine) {
	putf(w, "response\t%s\nproof\tentry %d\ncontact\t%d\nat\t%s\nby\t%s\nlanguage\t%s\n", r.ID, r.Proof, r.Contact, r.At, r.Kind, r.Language)
	if r.Document != "" { // on paper, by voice and by a mail program no page is shown
		putf(w, "page shown\tsha256 %s\n", r.Document)
	}
	putf(w, "decisions\t%s\n", r.Words())
	if r.Author != "" {
		putf(w, "entered by\t%s\ngiven on\t%s\n", r.Author, r.Given)
	}
	if r.Voucher != "" {
		putf(w, "shown by\t%s\n", r.Voucher)
	}
}

func (c *cli) consents() *cobra.Command {
	var format, out, preset, purpose string
	export := &cobra.Command{Use: "export", Short: "Write the current state per person, purpose and channel, with proof ids",
		Long: `export writes who agreed to what. --preset NAME writes it as another program imports it: for
a program that subscribes whomever it imports only people whose yes stands today, for
its suppression list only those who said no, and both where a column says which.`,
		Example: "  reoptin consents export --format json\n  reoptin consents export --preset brevo --purpose newsletter --out brevo.csv", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("preset") {
				if cmd.Flags().Changed("format") {
					return misused(cmd, "--preset says the format; leave --format out")
				}
				return c.with(cmd.Context(), func(a *app.App) error {
					return c.exportAs(out, func(w io.Writer) (app.PresetExport, error) {
						return a.ExportConsentsAs(cmd.Context(), w, preset, purpose)
					})
				})
			}
			if purpose != "" {
				return misused(cmd, "--purpose goes with --preset")
			}
			if c.json && format == "csv" {
				format = "json"
			}
			write := map[string]func(*app.App, context.Context, io.Writer, string) error{"csv": (*app.App).ExportConsents, "json": (*app.App).ExportConsents,
				"27560": (*app.App).ExportRecords, "kantara": (*app.App).ExportRecords}[format]
			if write == nil {
				return misused(cmd, "--format must be csv, json, 27560 or kantara, not %q", format)
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				return c.toFile(out, func(w io.Writer) error { return write(a, cmd.Context(), w, format) })
			})
		}}
	export.Flags().StringVar(&format, "format", "csv", "csv or json: how it stands; 27560: each answer as a consent record (ISO/IEC TS 27560, JSON-LD); kantara: as a consent receipt")
	export.Flags().StringVar(&out, "out", "", "file to write (default standard output)")
	export.Flags().StringVar(&purpose, "purpose", "", "with --preset: the purpose that the file is for; needed where people answered about several")
	presetFlag(export, &preset)
	return group("consents", "Who agreed to what, as of now", export)
}

func (c *cli) proof() *cobra.Command {
	var q app.ProofQuery
	var out, key, format, language string
	export := &cobra.Command{Use: "export", Short: "Write the dossier that an auditor checks offline", Example: "  reoptin proof export --out proof.json\n  reoptin proof export --contact jeanne@example.net --out jeanne.zip", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format == "" {
				format = dossierFormat(out)
			}
			if format != "json" && format != "zip" {
				return misused(cmd, "--format must be json or zip, not %q", format)
			}
			return c.with(cmd.Context(), func(a *app.App) error {
				return c.toFile(out, func(w io.Writer) error {
					if format == "zip" {
						return a.ExportDossier(cmd.Context(), w, q, language)
					}
					return a.ExportProof(cmd.Context(), w, q)
				})
			})
		}}
	export.Flags().StringVar(&format, "format", "", "json: the proof alone; zip: with what was shown, time stamps and a summary as PDF (default by the name in --out)")
	export.Flags().StringVar(&language, "language", "en", "language of the summary: en, fr, de, es, it, nl or pt")
	export.Flags().StringVar(&q.Campaign, "campaign", "", "only of this campaign")
	export.Flags().StringVar(&q.Contact, "contact", "", "only of this contact: address or id")
	export.Flags().StringVar(&q.Response, "response", "", "only of this answer")
	export.Flags().StringVar(&out, "out", "", "file to write (default standard output)")
	verify := &cobra.Command{Use: "verify FILE", Short: "Check a dossier offline: no database, no network; ends with 8 when it does not verify", Example: "  reoptin ledger key > reoptin.pub\n  reoptin proof verify proof.json --key reoptin.pub", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return c.verifyProof(args[0], key) }}
	verify.Flags().StringVar(&key, "key", "", "the public key to trust, or a file that holds it (default: the one inside, and it says so)")
	show := &cobra.Command{Use: "show ID", Short: "Show one ledger entry with its content", Example: "  reoptin proof show 57", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error { return a.ShowProof(cmd.Context(), c.out, args[0]) })
		}}
	return group("proof", "Dossiers for auditors", show, export, verify)
}

func (c *cli) verifyProof(path, key string) error {
	key, err := publicKey(key)
	if err != nil {
		return err
	}
	in := c.in
	if path != "-" {
		f, err := app.OpenFile(path)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	r, err := c.verifyAny(in, key)
	if err != nil {
		return fault.New(fault.Invalid, "proof.unreadable", "{path} cannot be checked", "path", path).Because(err)
	}
	return c.report(r)
}

// verifyAny checks a dossier in either form, or a proof of consistency; what comes through a pipe must be a JSON text.
func (c *cli) verifyAny(in io.Reader, key string) (ledger.Report, error) {
	f, ok := in.(*os.File)
	if !ok {
		return ledger.VerifyPiped(in, key)
	}
	info, err := f.Stat()
	switch regular := err == nil && info.Mode().IsRegular(); {
	case !regular && in == c.in:
		return ledger.VerifyPiped(c.input(), key)
	case !regular:
		return ledger.VerifyPiped(in, key)
	}
	return ledger.VerifyFile(f, info.Size(), key)
}

// dossierFormat is the form of a dossier that a file name asks for.
func dossierFormat(path string) string {
	if strings.EqualFold(filepath.Ext(path), ".zip") {
		return "zip"
	}
	return "json"
}

// mostKey bounds a key file, in bytes.
const mostKey = 4096

// publicKey is the key that a person trusts: the key itself, or a file that holds it.
func publicKey(given string) (string, error) {
	if given == "" {
		return "", nil
	}
	if _, err := ledger.NewVerifier(given); err == nil {
		return given, nil
	}
	hint := "--key takes what reoptin ledger key prints, or a file that holds it"
	f, err := app.OpenFile(given)
	if err != nil {
		return "", fault.New(fault.Invalid, "proof.key", "{key} is neither a public key nor a file that can be read", "key", given).Because(err).Hint(hint)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, mostKey))
	if err != nil {
		return "", fault.New(fault.Invalid, "proof.key_read", "{path} cannot be read", "path", given).Because(err)
	}
	key := strings.TrimSpace(ledger.Text(b))
	if _, err := ledger.NewVerifier(key); err != nil {
		return "", fault.New(fault.Invalid, "proof.key_file", "{path} does not hold the public key of a ledger", "path", given).Because(err).Hint(hint)
	}
	return key, nil
}

func (c *cli) ledger() *cobra.Command {
	var since, out string
	verify := &cobra.Command{Use: "verify", Short: "Recompute everything from the rows; ends with 8 when something was changed or lost", Example: "  reoptin ledger verify\n  reoptin ledger verify --since checkpoint.txt", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				r, err := a.VerifyLedger(cmd.Context(), since)
				if err != nil {
					return err
				}
				return c.report(r)
			})
		}}
	verify.Flags().StringVar(&since, "since", "", "a checkpoint that was given away earlier: the ledger must continue it")
	consistency := &cobra.Command{Use: "consistency FILE", Short: "Prove to the holder of an older checkpoint that the ledger continues it", Example: "  reoptin ledger consistency checkpoint.txt --out consistency.json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				return c.toFile(out, func(w io.Writer) error { return a.ExportConsistency(cmd.Context(), w, args[0]) })
			})
		}}
	consistency.Flags().StringVar(&out, "out", "", "file to write (default standard output)")
	return group("ledger", "The tamper-evident log",
		&cobra.Command{Use: "checkpoint", Short: "Sign the head, when there are new entries, and print it", Example: "  reoptin ledger checkpoint", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return c.with(cmd.Context(), func(a *app.App) error {
					p, err := a.Checkpoint(cmd.Context())
					if err != nil {
						return err
					}
					return c.print(map[string]any{"n": p.N, "size": p.Size, "root": p.Root, "checkpoint": p.Note, "at": p.At}, func(w io.Writer) { fmt.Fprint(w, p.Note) })
				})
			}},
		verify, consistency,
		c.ledgerKey())
}

func (c *cli) ledgerKey() *cobra.Command {
	key := &cobra.Command{Use: "key", Short: "Print the public key that checks every checkpoint", Example: "  reoptin ledger key", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				k, err := a.LedgerKey()
				if err != nil {
					return err
				}
				return c.print(map[string]string{"key": k}, func(w io.Writer) { fmt.Fprintln(w, k) })
			})
		}}
	key.AddCommand(c.ledgerKeyRotate())
	return key
}

func (c *cli) ledgerKeyRotate() *cobra.Command {
	var dry, yes bool
	cmd := &cobra.Command{Use: "rotate", Short: "Replace the ledger's signing key; the old one signs that it hands over", Example: "  reoptin ledger key rotate", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				if dry {
					old, err := a.LedgerKey()
					if err != nil {
						return err
					}
					return c.print(map[string]string{"old": old, "key": "", "handover": ""}, func(w io.Writer) {
						putf(w, "old key\t%s\n\nIt would sign that a new one follows it; nothing was done\n", old)
					})
				}
				if err := c.confirm(yes, "Replace the signing key of the ledger? The old one never signs alone again."); err != nil {
					return err
				}
				r, err := a.RotateLedgerKey(cmd.Context())
				if err != nil {
					return err
				}
				return c.print(r, func(w io.Writer) {
					putf(w, "old key\t%s\nnew key\t%s\n", r.Old, r.Key)
					putf(w, "\nWhoever holds the old key can still check everything: it signed that the new one follows it.\nBack up the key folder now; it holds the new key.\n")
				})
			})
		}}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say which key would hand over")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// key is for the keys that are no ledger's.
func (c *cli) key() *cobra.Command {
	var dry, yes bool
	rotate := &cobra.Command{Use: "rotate", Short: "Add a key that signs new links; those that left stay valid. Not beside a running serve", Example: "  reoptin key rotate --dry-run\n  reoptin key rotate", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(a *app.App) error {
				id, err := a.RotateLinkKey(cmd.Context(), true)
				if err == nil && !dry {
					if err := c.confirm(yes, fmt.Sprintf("Sign new links with a new key, number %d? It cannot be taken away again, and a backup of the keys lacks it.", id)); err != nil {
						return err
					}
					id, err = a.RotateLinkKey(cmd.Context(), false)
				}
				if err != nil {
					return err
				}
				return c.print(map[string]any{"key": id, "done": !dry}, func(w io.Writer) {
					if dry {
						putf(w, "new links would be signed with key\t%d\n\nnothing was done\n", id)
					} else {
						putf(w, "new links are signed with key\t%d\n\nBack up the key folder now; it holds the new key.\n", id)
					}
				})
			})
		}}
	rotate.Flags().BoolVar(&dry, "dry-run", false, "only say which number the new key would have")
	rotate.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return group("key", "The keys of links", rotate)
}
