// Package fault gives every error of the house a kind, a sentence for people and a cause for the log.
//
// A fault says what happened (Text, with its English wording in the code and other languages in the
// locale files under Key), where it happened (Op), and what helps (Hint, a command). Doors turn the
// kind into an HTTP status or an exit code in one table each; visitors never see Op or the cause.
package fault

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"
)

// Kind says what sort of failure a fault is. The zero value is Internal, so that a forgotten kind
// is never mistaken for a harmless one.
type Kind uint8

// The kinds. Their names are the contract; their numbers are not.
const (
	Internal        Kind = iota // a defect or a failing disk: not the caller's doing
	Invalid                     // what was given cannot be used as it is
	Unauthenticated             // who is asking is not known
	Denied                      // who is asking may not
	NotFound                    // no such thing
	Gone                        // there was such a thing
	Conflict                    // it stands against the present state
	TooMany                     // too often
	Unavailable                 // not now; later it may work
)

var names = [...]string{"internal", "invalid", "unauthenticated", "denied", "not found", "gone", "conflict", "too many", "unavailable"}

// String names the kind for logs.
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return "internal"
}

// Fault is an error with a kind.
type Fault struct {
	Kind Kind
	Key  string // translation key, e.g. "campaign.not_found"
	Text string // English sentence with {name} placeholders, no full stop
	Args []any  // name, value, name, value … for Text and its translations
	Op   string // where it happened, for the log: "store.Claim"
	Help string // the command or setting that helps; may be empty
	Err  error  // cause, for the log; may be nil
}

// New makes a fault. text is the English sentence; args are name-value pairs for its placeholders.
func New(kind Kind, key, text string, args ...any) *Fault {
	return &Fault{Kind: kind, Key: key, Text: text, Args: args}
}

// At adds the operation in which the fault happened.
func (f *Fault) At(op string) *Fault { f.Op = op; return f }

// Hint adds the command or setting that helps.
func (f *Fault) Hint(help string) *Fault { f.Help = help; return f }

// Because adds the cause.
func (f *Fault) Because(err error) *Fault { f.Err = err; return f }

// Error is the sentence with its arguments, then the cause. It is for logs and the command line.
func (f *Fault) Error() string {
	s := Fill(f.Text, f.Args...)
	if f.Err != nil {
		s += ": " + cause(f.Err)
	}
	return s
}

// cause is an error without the operation and the path that the system puts before it: the sentence
// has said where, and nobody reads "open" and a temporary name twice.
func cause(err error) string {
	switch e := err.(type) {
	case *fs.PathError:
		return cause(e.Err)
	case *os.LinkError:
		return cause(e.Err)
	case *os.SyscallError:
		return cause(e.Err)
	case *net.OpError:
		return cause(e.Err)
	case *url.Error:
		return cause(e.Err)
	}
	return err.Error()
}

// Arg is the value of an argument by its name; nil: there is none.
func (f *Fault) Arg(name string) any {
	for i := 0; i+1 < len(f.Args); i += 2 {
		if f.Args[i] == name {
			return f.Args[i+1]
		}
	}
	return nil
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Wrap marks err as internal at op, and leaves a fault the kind it has. A nil err stays nil.
func Wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	var f *Fault
	if errors.As(err, &f) {
		if f.Op == "" {
			f.Op = op
		}
		return err
	}
	return &Fault{Kind: Internal, Key: "internal", Text: op, Op: op, Err: err}
}

// KindOf is the kind of the outermost fault in err, and Internal for any other error.
func KindOf(err error) Kind {
	var f *Fault
	if errors.As(err, &f) {
		return f.Kind
	}
	return Internal
}

// Is reports whether err is a fault of kind k.
func Is(err error, k Kind) bool {
	var f *Fault
	return errors.As(err, &f) && f.Kind == k
}

// HintOf is the hint of the first fault in err that has one.
func HintOf(err error) string {
	for err != nil {
		var f *Fault
		if !errors.As(err, &f) {
			return ""
		}
		if f.Help != "" {
			return f.Help
		}
		err = f.Err
	}
	return ""
}

// Fill puts name-value pairs into the {name} placeholders of text.
func Fill(text string, args ...any) string {
	for i := 0; i+1 < len(args); i += 2 {
		text = strings.ReplaceAll(text, fmt.Sprintf("{%v}", args[i]), fmt.Sprint(args[i+1]))
	}
	return text
}
