// Command reoptin-verify checks what reoptin gives an auditor: a dossier, as JSON or as a zip file, or the proof that
// one checkpoint continues another. It reads files and does nothing else: it has no database, no network, and
// nothing of reoptin in it but the package ledger.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/reoptin/reoptin/ledger"
)

// Exit codes, those of reoptin.
const (
	exitOK         = 0
	exitUsage      = 2
	exitUnreadable = 3
	exitUnverified = 8
)

const usage = `usage: reoptin-verify [--key KEY] [--json] FILE...

Checks dossiers of reoptin (proof.json or dossier.zip) and proofs of consistency, offline.
KEY is the public key of the ledger, or a file that holds it. Without it the key inside is relied on,
which shows that a dossier is whole, not whose it is.
Ends with 0 when all verify, 8 when one does not, 3 when one cannot be read.

`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("reoptin-verify", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, usage); flags.PrintDefaults() }
	key := flags.String("key", "", "public key of the ledger, or a file that holds it")
	asJSON := flags.Bool("json", false, "print the report as JSON")
	if flags.Parse(args) != nil || flags.NArg() == 0 {
		if flags.NArg() == 0 {
			flags.Usage()
		}
		return exitUsage
	}
	trusted, err := publicKey(*key)
	if err != nil {
		fmt.Fprintln(errs, "reoptin-verify:", err)
		return exitUsage
	}
	code := exitOK
	for _, path := range flags.Args() {
		r, err := verify(path, trusted)
		if err == nil {
			err = show(out, r, *asJSON, path, flags.NArg() > 1)
		}
		switch {
		case err != nil:
			fmt.Fprintln(errs, "reoptin-verify:", err)
			code = max(code, exitUnreadable)
		case !r.OK:
			code = exitUnverified
		}
	}
	return code
}

func verify(path, key string) (ledger.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return ledger.Report{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ledger.Report{}, err
	}
	if !info.Mode().IsRegular() {
		return ledger.VerifyPiped(f, key)
	}
	return ledger.VerifyFile(f, info.Size(), key)
}

func show(out io.Writer, r ledger.Report, asJSON bool, path string, several bool) error {
	if asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	if several {
		fmt.Fprintf(out, "%s\n\n", path)
	}
	return r.Print(out)
}

// mostKey bounds a key file, in bytes.
const mostKey = 4096

// publicKey is the key that was given: itself, or in a file.
func publicKey(given string) (string, error) {
	if given == "" {
		return "", nil
	}
	if _, err := ledger.NewVerifier(given); err == nil {
		return given, nil
	}
	f, err := os.Open(given)
	if err != nil {
		return "", fmt.Errorf("--key is neither a public key nor a file that can be read: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, mostKey))
	if err != nil {
		return "", err
	}
	key := strings.TrimSpace(ledger.Text(b))
	_, err = ledger.NewVerifier(key)
	return key, err
}
