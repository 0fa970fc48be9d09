package tabular

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"github.com/reoptin/reoptin/internal/fault"
)

// freeUnzip is how many octets may come out before the ratio is looked at.
const freeUnzip = 10 << 20

const (
	gzipMagic = "\x1f\x8b"
	zipMagic  = "PK\x03\x04"
)

// kinds are beginnings of files that people give for a table.
var kinds = []struct {
	magic     string
	key, text string
}{
	{zipMagic, "tabular.spreadsheet", "this is a spreadsheet or a zip archive inside a zipped file; unzip it once"},
	{"PK\x05\x06", "tabular.spreadsheet", "this is an empty zip archive"},
	{"\xd0\xcf\x11\xe0", "tabular.spreadsheet", "this is a spreadsheet in an old format, or one with a password; save it as XLSX or CSV"},
	{"%PDF-", "tabular.binary", "this is a PDF file, not a table"},
	{"SQLite format 3\x00", "tabular.binary", "this is a database, not a table in text"},
	{gzipMagic, "tabular.binary", "the file is zipped twice; unzip it once"},
	{"BZh", "tabular.binary", "the file is packed with bzip2; unpack it first"},
	{"(\xb5\x2f\xfd", "tabular.binary", "the file is packed with zstd; unpack it first"},
	{"\xfd7zXZ\x00", "tabular.binary", "the file is packed with xz; unpack it first"},
}

// unzip reads through gzip when the file begins so, and refuses what is no text table at all.
func unzip(r io.Reader, o Options) (*bufio.Reader, error) {
	packed := &counter{r: r}
	raw := bufio.NewReaderSize(packed, window)
	head, err := peek(raw, 2)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(head, []byte(gzipMagic)) {
		if raw, err = guarded(raw, packed, o); err != nil {
			return nil, err
		}
	}
	if head, err = peek(raw, 512); err != nil {
		return nil, err
	}
	for _, k := range kinds {
		if bytes.HasPrefix(head, []byte(k.magic)) {
			return nil, fault.New(fault.Invalid, k.key, k.text)
		}
	}
	return raw, nil
}

// guarded reads what a gzip file holds, within the bounds.
func guarded(raw io.Reader, packed *counter, o Options) (*bufio.Reader, error) {
	z, err := gzip.NewReader(raw)
	if err != nil {
		return nil, cannotRead(err)
	}
	return bufio.NewReaderSize(&guard{z: z, packed: packed, max: o.MaxUnzipped, ratio: o.MaxRatio}, window), nil
}

// Unwrap writes the workbook that a gzip file holds to w, within the bounds of the options, and reports whether there is one: a workbook is
// read at any place, and a gzip file only from front to back. Of any other file nothing is written, and nothing said.
func Unwrap(r io.ReaderAt, w io.Writer, opts Options) (bool, error) {
	opts = opts.withDefaults()
	packed := &counter{r: io.NewSectionReader(r, 0, 1<<62)}
	var head [2]byte
	if n, _ := r.ReadAt(head[:], 0); n < 2 || string(head[:]) != gzipMagic {
		return false, nil
	}
	raw, err := guarded(bufio.NewReaderSize(packed, window), packed, opts)
	if err != nil {
		return false, nil // who opens the file says so
	}
	if inside, err := raw.Peek(4); err != nil || string(inside) != zipMagic {
		return false, nil
	}
	if _, err := io.Copy(w, raw); err != nil {
		return true, cannotRead(err)
	}
	return true, nil
}

// peek looks at up to n octets; less only at the end of the file.
func peek(r *bufio.Reader, n int) ([]byte, error) {
	b, err := r.Peek(n)
	if err != nil && err != io.EOF {
		return nil, cannotRead(err)
	}
	return b, nil
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// guard stops a file that was packed to blow up.
type guard struct {
	z          io.Reader
	packed     *counter
	out        int64
	max, ratio int64
}

func (g *guard) Read(p []byte) (int, error) {
	n, err := g.z.Read(p)
	g.out += int64(n)
	switch {
	case g.out > g.max:
		return 0, fault.New(fault.Invalid, "tabular.unzipped", "the file unzips to more than {limit} octets", "limit", g.max)
	case g.out > freeUnzip && g.out > g.ratio*g.packed.n:
		return 0, fault.New(fault.Invalid, "tabular.ratio", "the file unzips to more than {limit} times its size; unzip it first if that is right", "limit", g.ratio)
	}
	return n, err
}

// cannotRead keeps a fault and explains any other failure of the file below.
func cannotRead(err error) error {
	var f *fault.Fault
	switch {
	case errors.As(err, &f):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fault.New(fault.Invalid, "tabular.cut", "the zipped file is cut off").Because(err)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return fault.New(fault.Invalid, "tabular.damaged", "the zipped file is damaged").Because(err)
	}
	return fault.New(fault.Unavailable, "tabular.read", "the file cannot be read").Because(err)
}
