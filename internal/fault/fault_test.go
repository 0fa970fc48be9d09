package fault_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"

	"github.com/reoptin/reoptin/internal/fault"
)

func TestKindsHaveNames(t *testing.T) {
	t.Parallel()
	for kind, want := range map[fault.Kind]string{
		fault.Internal: "internal", fault.Invalid: "invalid", fault.Unauthenticated: "unauthenticated", fault.Denied: "denied",
		fault.NotFound: "not found", fault.Gone: "gone", fault.Conflict: "conflict", fault.TooMany: "too many",
		fault.Unavailable: "unavailable", fault.Unavailable + 1: "internal", 255: "internal",
	} {
		if got := kind.String(); got != want {
			t.Errorf("kind %d is called %q, not %q", kind, got, want)
		}
	}
	if forgotten := new(fault.Fault); fault.KindOf(forgotten) != fault.Internal {
		t.Error("a forgotten kind is taken for a harmless one")
	}
}

func TestTheKindIsThatOfTheOutermostFault(t *testing.T) {
	t.Parallel()
	inner := fault.New(fault.NotFound, "a.b", "nothing")
	for _, test := range []struct {
		name string
		err  error
		want fault.Kind
	}{
		{"a fault", inner, fault.NotFound},
		{"a fault in another error", fmt.Errorf("while looking: %w", inner), fault.NotFound},
		{"one fault because of another", fault.New(fault.Conflict, "c.d", "no").Because(inner), fault.Conflict},
		{"a fault among several errors", errors.Join(io.EOF, inner), fault.NotFound},
		{"any other error", io.EOF, fault.Internal},
		{"no error", nil, fault.Internal},
	} {
		if got := fault.KindOf(test.err); got != test.want {
			t.Errorf("%s is %v, not %v", test.name, got, test.want)
		}
	}
	for _, err := range []error{nil, io.EOF} {
		if fault.Is(err, fault.Internal) {
			t.Errorf("%v is taken for a fault", err)
		}
	}
	if !fault.Is(inner, fault.NotFound) || fault.Is(inner, fault.Conflict) || fault.Is(inner, fault.Internal) {
		t.Error("Is is wrong about a fault")
	}
}

func TestErrorIsTheSentenceThenTheCause(t *testing.T) {
	t.Parallel()
	denied := syscall.EACCES
	for _, test := range []struct {
		want string
		f    *fault.Fault
	}{
		{"plain", fault.New(fault.Invalid, "k", "plain")},
		{"a of a, {b}", fault.New(fault.Invalid, "k", "{x} of {x}, {b}", "x", "a")},
		{"3 rows: EOF", fault.New(fault.Invalid, "k", "{n} rows", "n", 3).Because(io.EOF)},
		{"no room: permission denied", fault.New(fault.Invalid, "k", "no room").Because(&fs.PathError{Op: "open", Path: "a-name", Err: denied})},
		{"no room: permission denied", fault.New(fault.Invalid, "k", "no room").Because(&os.LinkError{Op: "link", Old: "a", New: "b", Err: denied})},
		{"away: permission denied", fault.New(fault.Invalid, "k", "away").Because(&net.OpError{Op: "dial", Err: &os.SyscallError{Syscall: "connect", Err: denied}})},
		{"away: EOF", fault.New(fault.Invalid, "k", "away").Because(&url.Error{Op: "Get", URL: "a", Err: io.EOF})},
		{"no: inner: EOF", fault.New(fault.Invalid, "k", "no").Because(fault.New(fault.Internal, "i", "inner").Because(io.EOF))},
		{"odd", fault.New(fault.Invalid, "k", "odd", "lonely")},
	} {
		if got := test.f.Error(); got != test.want {
			t.Errorf("%q, not %q", got, test.want)
		}
	}
}

func TestArgIsTheFirstValueOfItsName(t *testing.T) {
	t.Parallel()
	f := fault.New(fault.Invalid, "k", "text", "where", "a.toml", "line", 7, "none", nil, "line", 8, 9, "number", "lonely")
	for name, want := range map[string]any{"where": "a.toml", "line": 7, "none": nil, "absent": nil, "a.toml": nil, "lonely": nil, "": nil} {
		if got := f.Arg(name); got != want {
			t.Errorf("%s is %v, not %v", name, got, want)
		}
	}
	if got := fault.New(fault.Invalid, "k", "text").Arg("where"); got != nil {
		t.Errorf("a fault without arguments has %v", got)
	}
}

func TestTheHintIsThatOfTheFirstFaultThatHasOne(t *testing.T) {
	t.Parallel()
	helped := func() *fault.Fault { return fault.New(fault.Invalid, "h", "helped").Hint("do this") }
	for _, test := range []struct {
		name, want string
		err        error
	}{
		{"its own", "do this", helped()},
		{"its own before its cause's", "do that", fault.New(fault.Invalid, "k", "k").Hint("do that").Because(helped())},
		{"its cause's", "do this", fault.New(fault.Invalid, "k", "k").Because(helped())},
		{"through another error", "do this", fmt.Errorf("so: %w", fault.New(fault.Invalid, "k", "k").Because(fmt.Errorf("because: %w", helped())))},
		{"a fault without one", "", fault.New(fault.Invalid, "k", "k").Because(io.EOF)},
		{"any other error", "", io.EOF},
		{"no error", "", nil},
	} {
		if got := fault.HintOf(test.err); got != test.want {
			t.Errorf("%s: %q, not %q", test.name, got, test.want)
		}
	}
}

func TestWrapMakesInternalWhatIsNoFault(t *testing.T) {
	t.Parallel()
	if fault.Wrap("op", nil) != nil {
		t.Error("no error became one")
	}
	err := fault.Wrap("store.Read", io.EOF)
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind != fault.Internal || f.Op != "store.Read" || !errors.Is(err, io.EOF) || err.Error() != "store.Read: EOF" {
		t.Errorf("an error of others became %#v", err)
	}
	known := fault.New(fault.NotFound, "k", "nothing")
	chain := fmt.Errorf("so: %w", known)
	if got := fault.Wrap("store.Read", chain); got != chain || known.Op != "store.Read" || known.Kind != fault.NotFound {
		t.Errorf("a fault became %v of %s", got, known.Op)
	}
	if fault.Wrap("desk.Act", chain); known.Op != "store.Read" {
		t.Error("the place where a fault happened was overwritten")
	}
}

func TestUnwrapGivesTheCause(t *testing.T) {
	t.Parallel()
	f := fault.New(fault.Unavailable, "k", "away").At("mailer.Dial").Hint("wait").Because(io.ErrUnexpectedEOF)
	if !errors.Is(f, io.ErrUnexpectedEOF) || f.Unwrap() != io.ErrUnexpectedEOF || f.Op != "mailer.Dial" || f.Help != "wait" {
		t.Errorf("%#v", f)
	}
	if fault.New(fault.Unavailable, "k", "away").Unwrap() != nil {
		t.Error("there is a cause where none was given")
	}
}
