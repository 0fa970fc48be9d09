package store

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

// The send journal's bytes; numbers are big-endian.
//
//	header   0 magic (16)  16 version (4)  20 record size (4)  24 instance (16)  40 made at, Unix ms (8)
//	         zeros  188 CRC-32C of the 188 bytes before (4)
//	record   0 kind (1)  1 number of keys (1)  2 attempt (2)  4 place in its batch (2)  6 size of the batch (2)
//	         8 at, Unix ms (8)  16 link (16)  32 keys, 4 × (kind 1, digest 32), or size (8) and root (32)
//	         164 chain (24)  188 CRC-32C of the 188 bytes before (4)
//
// The chain is the beginning of SHA-256 over the previous record's chain and the first 164 bytes;
// before the first record stands the SHA-256 of the header. A batch is what one Append wrote.
const (
	headerSize     = 192
	recordSize     = 192
	chainAt        = 164
	sumAt          = 188
	mostKeys       = 4
	mostBatch      = 1 << 15
	journalVersion = 1
)

var (
	journalMagic = []byte("reoptin-journal\n")
	castagnoli   = crc32.MakeTable(crc32.Castagnoli)
)

func folderOf(path string) string { return filepath.Dir(path) }

func makeHeader(instance [16]byte, at time.Time) []byte {
	b := make([]byte, headerSize)
	copy(b, journalMagic)
	binary.BigEndian.PutUint32(b[16:], journalVersion)
	binary.BigEndian.PutUint32(b[20:], recordSize)
	copy(b[24:], instance[:])
	binary.BigEndian.PutUint64(b[40:], uint64(at.UnixMilli()))
	binary.BigEndian.PutUint32(b[sumAt:], crc32.Checksum(b[:sumAt], castagnoli))
	return b
}

func readHeader(b []byte) (instance [16]byte, err error) {
	switch {
	case !bytes.HasPrefix(b, journalMagic):
		return instance, errors.New("it does not begin as a send journal does")
	case binary.BigEndian.Uint32(b[sumAt:]) != crc32.Checksum(b[:sumAt], castagnoli):
		return instance, errors.New("the checksum of its header does not fit")
	case binary.BigEndian.Uint32(b[16:]) != journalVersion || binary.BigEndian.Uint32(b[20:]) != recordSize:
		return instance, errors.New("its version is not known")
	}
	return [16]byte(b[24:40]), nil
}

// tail is where a journal ends.
type tail struct {
	records int64
	chain   [sumAt - chainAt]byte
}

func newTail(header []byte) tail {
	var t tail
	sum := sha256.Sum256(header)
	copy(t.chain[:], sum[:])
	return t
}

func (t tail) offset() int64 { return headerSize + t.records*recordSize }

// next is the tail behind a record, of which the first 164 bytes are given.
func (t tail) next(record []byte) tail {
	h := sha256.New()
	h.Write(t.chain[:])
	h.Write(record[:chainAt])
	n := tail{records: t.records + 1}
	copy(n.chain[:], h.Sum(nil))
	return n
}

// encode writes one batch of records behind t.
func (t tail) encode(rs []campaign.Record) ([]byte, tail, error) {
	out := make([]byte, len(rs)*recordSize)
	for i, r := range rs {
		b := out[i*recordSize : (i+1)*recordSize]
		if err := putRecord(b, r); err != nil {
			return nil, t, err
		}
		binary.BigEndian.PutUint16(b[4:], uint16(i))
		binary.BigEndian.PutUint16(b[6:], uint16(len(rs)))
		t = t.next(b)
		copy(b[chainAt:], t.chain[:])
		binary.BigEndian.PutUint32(b[sumAt:], crc32.Checksum(b[:sumAt], castagnoli))
	}
	return out, t, nil
}

var keyKinds = []campaign.KeyKind{"", campaign.KeyStrict, campaign.KeyMailbox, campaign.KeyPerson, campaign.KeyQuestion}

func putRecord(b []byte, r campaign.Record) error {
	if len(r.Keys) > mostKeys {
		return fmt.Errorf("a journal record holds at most %d keys", mostKeys)
	}
	b[0], b[1] = byte(r.Kind), byte(len(r.Keys))
	binary.BigEndian.PutUint16(b[2:], uint16(min(r.Attempt, 1<<16-1)))
	binary.BigEndian.PutUint64(b[8:], uint64(millis(r.At)))
	copy(b[16:], r.Link[:])
	if r.Kind == campaign.RecordHead {
		binary.BigEndian.PutUint64(b[32:], uint64(r.Size))
		copy(b[40:], r.Root[:])
		return nil
	}
	for i, k := range r.Keys {
		at := b[32+33*i:]
		for code, kind := range keyKinds {
			if kind == k.Kind {
				at[0] = byte(code)
			}
		}
		if at[0] == 0 {
			return fmt.Errorf("a %q key cannot be journalled", k.Kind)
		}
		copy(at[1:], k.Digest[:])
	}
	return nil
}

// errNewer is a record of a kind that this program does not know, or of an act. It may be a no, so it is not passed over.
var errNewer = errors.New("it is of a newer version")

func getRecord(b []byte) (r campaign.Record, err error) {
	r.Kind, r.Attempt = campaign.RecordKind(b[0]), int(binary.BigEndian.Uint16(b[2:]))
	if !r.Known() {
		return r, errNewer
	}
	r.At = fromMillis(int64(binary.BigEndian.Uint64(b[8:])))
	copy(r.Link[:], b[16:])
	if r.Kind == campaign.RecordHead {
		r.Size = int64(binary.BigEndian.Uint64(b[32:]))
		copy(r.Root[:], b[40:])
		return r, nil
	}
	if b[1] > mostKeys {
		return r, errors.New("it claims too many keys")
	}
	for i := range int(b[1]) {
		at := b[32+33*i:]
		if at[0] == 0 || int(at[0]) >= len(keyKinds) {
			return r, errors.New("it holds a key of an unknown kind")
		}
		k := campaign.PersonKey{Kind: keyKinds[at[0]]}
		copy(k.Digest[:], at[1:])
		r.Keys = append(r.Keys, k)
	}
	return r, nil
}

// damaged says where a journal stops being one. Torn means that nothing but the last batch, which
// was never acknowledged, is affected.
type damaged struct {
	record int64
	torn   bool
	why    string
}

func (d *damaged) Error() string { return fmt.Sprintf("record %d: %s", d.record, d.why) }

// read reads records from r, which begins at t, and gives the tail behind the last good one.
func (t tail) read(r io.Reader, each func(campaign.Record) error) (tail, error) {
	in := bufio.NewReaderSize(r, 256*recordSize)
	b := make([]byte, recordSize)
	start := t.records // of the batch that is being read
	for {
		_, err := io.ReadFull(in, b)
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return t, err
		}
		place, batch := batchOf(b)
		next := t.next(b)
		whole := err == nil && intact(b)
		if !whole || !bytes.Equal(next.chain[:], b[chainAt:sumAt]) {
			return t, t.judge(in, b, start, err == nil, whole)
		}
		if start = t.records - place; place == batch-1 {
			start = next.records
		}
		rec, err := getRecord(b)
		if errors.Is(err, errNewer) {
			return t, fmt.Errorf("record %d: %w", t.records, err)
		}
		if err != nil {
			return t, &damaged{record: t.records, why: err.Error()}
		}
		if each != nil {
			if err := each(rec); err != nil {
				return t, err
			}
		}
		t = next
	}
}

func intact(b []byte) bool {
	return binary.BigEndian.Uint32(b[sumAt:]) == crc32.Checksum(b[:sumAt], castagnoli)
}

func batchOf(b []byte) (place, size int64) {
	return int64(binary.BigEndian.Uint16(b[4:])), int64(binary.BigEndian.Uint16(b[6:]))
}

// judge decides what a bad record means. When everything from it on can be the unfinished rest of
// one batch it was torn by a crash: no good record of another batch follows. A good checksum with a
// wrong chain is never torn: records were taken out or put in.
func (t tail) judge(in io.Reader, b []byte, start int64, full, whole bool) error {
	d := &damaged{record: t.records, why: "its checksum does not fit"}
	if whole {
		d.why = "it does not follow the record before it"
		return d
	}
	for n := t.records; full; n++ {
		if intact(b) {
			if place, _ := batchOf(b); n-place != start {
				return d
			}
		}
		if _, err := io.ReadFull(in, b); err != nil {
			break
		}
	}
	d.torn, d.why = true, "it was cut short"
	return d
}
