package ledger

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
)

// A zip file says twice what is in it: in its directory, and before each file. Programs read the one, the other or both, and some
// look for a name in a third place. A dossier is to be the same file for all of them: what an auditor unpacks is what was verified.

// Lengths of the parts of a zip file that do not vary.
const (
	zipEnd, zipEndLarge, zipLocator = 22, 56, 20
	zipLocal, zipEntry              = 30, 46
	maxComment                      = 1<<16 - 1
	emptyPacked                     = 2 // nothing, deflated
)

// Bits of a file's flags.
const (
	flagEncrypted = 1 << 0
	flagTrailer   = 1 << 3 // lengths and sum stand behind the file
)

// Kinds of extra fields.
const (
	extraLarge = 0x0001
	extraName  = 0x7075 // another name, which some programs take
)

// directoryAt is where the directory of a zip file begins, and how long it is; ok that it lies where its end says and just before that end.
// Programs look for another one in different places, and would show different files.
func directoryAt(r io.ReaderAt, size int64) (from, length int64, ok bool) {
	tail := make([]byte, min(size, zipEnd+maxComment))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return 0, 0, false
	}
	at := bytes.LastIndex(tail[:max(0, len(tail)-zipEnd+4)], []byte("PK\x05\x06"))
	if at < 0 {
		return 0, 0, false
	}
	end, le := tail[at:], binary.LittleEndian
	if int(le.Uint16(end[20:])) != len(end)-zipEnd {
		return 0, 0, false
	}
	where := size - int64(len(end))
	number, long, begin := le.Uint16(end[10:]), le.Uint32(end[12:]), le.Uint32(end[16:])
	if number == 1<<16-1 || long == 1<<32-1 || begin == 1<<32-1 {
		return directoryLargeAt(r, end, where)
	}
	if at >= zipLocator && string(tail[at-zipLocator:][:4]) == "PK\x06\x07" { // which some programs follow all the same
		return 0, 0, false
	}
	return int64(begin), int64(long), int64(begin)+int64(long) == where
}

// directoryLargeAt is directoryAt where the end is too small for the numbers, so that another end stands before it. What the small one says
// is the same, or that it cannot say it.
func directoryLargeAt(r io.ReaderAt, end []byte, where int64) (from, length int64, ok bool) {
	b, le := make([]byte, zipEndLarge+zipLocator), binary.LittleEndian
	at := where - int64(len(b))
	if at < 0 {
		return 0, 0, false
	}
	if _, err := r.ReadAt(b, at); err != nil {
		return 0, 0, false
	}
	number, long, begin := le.Uint64(b[32:]), le.Uint64(b[40:]), le.Uint64(b[48:])
	says := func(small, unsaid, large uint64) bool { return small == unsaid || small == large }
	ok = string(b[:4]) == "PK\x06\x06" && le.Uint64(b[4:]) == zipEndLarge-12 && le.Uint64(b[24:]) == number &&
		string(b[zipEndLarge:][:4]) == "PK\x06\x07" && le.Uint64(b[zipEndLarge+8:]) == uint64(at) &&
		says(uint64(le.Uint16(end[10:])), 1<<16-1, number) && says(uint64(le.Uint32(end[12:])), 1<<32-1, long) && says(uint64(le.Uint32(end[16:])), 1<<32-1, begin)
	return int64(begin), int64(long), ok && begin <= uint64(at) && long == uint64(at)-begin
}

// fills reports whether the files that were read from a directory take up all of it, and no more.
func fills(files []*zip.File, length int64) bool {
	for _, f := range files {
		length -= int64(zipEntry + len(f.Name) + len(f.Extra) + len(f.Comment))
	}
	return length == 0
}

// placed is a file of a zip file, and where its bytes begin.
type placed struct {
	*zip.File
	from int64
}

func (p placed) to() int64 { return p.from + int64(p.CompressedSize64) }

// layout says what is wrong with how many files there are, and with where they lie. Files that share their bytes would be read once for
// each of their names, however small the whole is; and what lies between them, or is called otherwise there, is what a program finds that
// does not look into the directory.
func layout(r io.ReaderAt, files []*zip.File, directory int64, documents int) string {
	if len(files) > 1+len(unprovenNames)+len(folders)+documents+3*maxStamps {
		return "it has more files than its proof can need"
	}
	parts := make([]placed, len(files))
	for i, f := range files {
		from, err := f.DataOffset()
		if err != nil || from > directory || f.CompressedSize64 > uint64(directory-from) {
			return "its zip file cannot be read"
		}
		parts[i] = placed{f, from}
	}
	slices.SortFunc(parts, func(a, b placed) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to(), b.to())) })
	for i := 1; i < len(parts); i++ {
		if parts[i].from < parts[i-1].to() || parts[i].from == parts[i-1].from {
			return quote(parts[i].Name) + " lies where another file of it lies"
		}
	}
	next := []int64{0}
	for _, p := range parts {
		if !slices.ContainsFunc(next, func(at int64) bool { return p.begins(r, at) }) {
			return "another program may unpack another file than " + quote(p.Name)
		}
		next = p.ends(r)
	}
	if !slices.Contains(next, directory) {
		return "another program may unpack files that its directory does not name"
	}
	return ""
}

// begins reports whether what stands before the file begins at a place, and says the same as the directory.
func (p placed) begins(r io.ReaderAt, at int64) bool {
	n := p.from - at
	if n < zipLocal || n > zipLocal+2*(1<<16-1) {
		return false
	}
	b, le := make([]byte, n), binary.LittleEndian
	if _, err := r.ReadAt(b, at); err != nil {
		return false
	}
	name, more := b[zipLocal:], int(le.Uint16(b[28:]))
	if string(b[:4]) != zipBegin || int(le.Uint16(b[26:]))+more != len(name) || string(name[:len(name)-more]) != p.Name {
		return false
	}
	flags := le.Uint16(b[6:])
	if (flags|p.Flags)&flagEncrypted != 0 || (flags^p.Flags)&flagTrailer != 0 || le.Uint16(b[8:]) != p.Method {
		return false
	}
	_, plain := extras(p.Extra)
	large, fine := extras(name[len(name)-more:])
	if !plain || !fine {
		return false
	}
	sum, packed, size := le.Uint32(b[14:]), uint64(le.Uint32(b[18:])), uint64(le.Uint32(b[22:]))
	if packed == 1<<32-1 && size == 1<<32-1 && len(large) == 16 {
		size, packed = le.Uint64(large), le.Uint64(large[8:])
	}
	return flags&flagTrailer != 0 && sum == 0 && packed == 0 && size == 0 || sum == p.CRC32 && packed == p.CompressedSize64 && size == p.UncompressedSize64
}

// ends are the places at which the file may end, with what stands behind it if anything does.
func (p placed) ends(r io.ReaderAt) (at []int64) {
	if p.Flags&flagTrailer == 0 {
		return []int64{p.to()}
	}
	le := binary.LittleEndian
	sum := le.AppendUint32(nil, p.CRC32)
	short := le.AppendUint32(le.AppendUint32(bytes.Clone(sum), uint32(p.CompressedSize64)), uint32(p.UncompressedSize64))
	long := le.AppendUint64(le.AppendUint64(bytes.Clone(sum), p.CompressedSize64), p.UncompressedSize64)
	b := make([]byte, 4+len(long))
	n, err := r.ReadAt(b, p.to())
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	for _, mark := range []string{"", "PK\x07\x08"} {
		for _, sums := range [][]byte{short, long} {
			if whole := mark + string(sums); strings.HasPrefix(string(b[:n]), whole) {
				at = append(at, p.to()+int64(len(whole)))
			}
		}
	}
	return at
}

// extras looks through extra fields: the one with large lengths, and whether they are well formed and none has another name for the file.
func extras(b []byte) (large []byte, ok bool) {
	for le := binary.LittleEndian; len(b) >= 4; {
		kind, n := le.Uint16(b), int(le.Uint16(b[2:]))
		if b = b[4:]; n > len(b) || kind == extraName {
			return nil, false
		}
		if kind == extraLarge {
			large = b[:n]
		}
		b = b[n:]
	}
	return large, len(b) == 0
}

// inflate unpacks a file. What follows the end of it, in the bytes that the directory says are its own, may be another one for a program
// that goes by that end.
func inflate(r io.Reader) io.ReadCloser {
	in := bufio.NewReader(r)
	return &inflating{flate.NewReader(in), in}
}

type inflating struct {
	io.ReadCloser
	in *bufio.Reader
}

func (i *inflating) Read(b []byte) (int, error) {
	n, err := i.ReadCloser.Read(b)
	if errors.Is(err, io.EOF) {
		if _, more := i.in.ReadByte(); !errors.Is(more, io.EOF) {
			return n, cmp.Or(more, zip.ErrFormat)
		}
	}
	return n, err
}
