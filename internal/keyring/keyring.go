// Package keyring keeps an installation's keys in files, outside the database and its backups.
//
// The folder is 0700 and each file 0600 or 0400; anything wider is refused. Files are made once and
// never overwritten, but for the file of link keys, to which one can be added. There are three kinds:
//
//	master        link keys by key id; the highest signs, the others keep reading old links
//	suppression   one key, never rotated: a new one would forget every opt-out
//	any name      an opaque secret that another package reads, such as the ledger's signer
//
// A missing suppression key is never replaced: the person keys in the database are unreadable without it.
package keyring

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/fault"
)

// Names of the files that the ring itself reads.
const (
	Master      = "master"
	Suppression = "suppression"
)

// keySize is the length of every symmetric key, in octets.
const keySize = 32

// Ring is an opened folder of keys. It is safe for concurrent reading.
type Ring struct {
	dir         string
	masters     map[byte][]byte
	current     byte
	suppression []byte
}

// Create makes the folder and in it a first master key (key id 1) and the suppression key, from 64
// octets of rand. Conflict when either file exists: a key is never overwritten.
func Create(dir string, rand io.Reader) error {
	for _, name := range []string{Master, Suppression} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return exists(dir, name)
		}
	}
	if err := makeFolder(dir); err != nil {
		return err
	}
	master, err := newKey(rand)
	if err != nil {
		return err
	}
	suppression, err := newKey(rand)
	if err != nil {
		return err
	}
	if err := writeNew(dir, Suppression, formatKeys(suppressionNote, map[byte][]byte{1: suppression})); err != nil {
		return err
	}
	return writeNew(dir, Master, formatKeys(masterNote, map[byte][]byte{1: master}))
}

// Open reads the master and suppression keys. Errors: Unavailable for a missing folder or file,
// Denied for open permissions, Invalid for a damaged file; each names the file and what to do.
func Open(dir string) (*Ring, error) {
	if err := checkFolder(dir); err != nil {
		return nil, err
	}
	r := &Ring{dir: dir}
	masters, err := readKeys(dir, Master)
	if err != nil {
		return nil, err
	}
	r.masters, r.current = masters, slices.Max(slices.Collect(maps.Keys(masters)))
	suppression, err := readKeys(dir, Suppression)
	if err != nil {
		return nil, err
	}
	if len(suppression) != 1 {
		return nil, damaged(dir, Suppression, fmt.Errorf("%d keys instead of one", len(suppression)))
	}
	for _, key := range suppression {
		r.suppression = key
	}
	return r, nil
}

// LinkMasters gives the 32-byte link keys by key id, and the id of the newest, which signs.
func (r *Ring) LinkMasters() (masters map[byte][]byte, current byte) {
	masters = make(map[byte][]byte, len(r.masters))
	for kid, key := range r.masters {
		masters[kid] = bytes.Clone(key)
	}
	return masters, r.current
}

// Suppression gives the 32-byte key of the person keys.
func (r *Ring) Suppression() []byte { return bytes.Clone(r.suppression) }

// Secret reads a named secret of another package.
func (r *Ring) Secret(name string) ([]byte, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	return read(r.dir, name)
}

// ReadFile gives the content of a key file that stands anywhere and that only its owner may read.
func ReadFile(path string) ([]byte, error) { return read(filepath.Dir(path), filepath.Base(path)) }

// Has reports whether there is a named secret.
func (r *Ring) Has(name string) bool {
	_, err := os.Lstat(filepath.Join(r.dir, name))
	return checkName(name) == nil && err == nil
}

// Replace writes a named secret in the place of one that was never used.
func (r *Ring) Replace(name string, secret []byte) error {
	if err := checkName(name); err != nil {
		return err
	}
	return replace(r.dir, name, secret)
}

// Rotate adds a link key, which signs from now on; the others keep reading old links. It gives its id. Whoever has
// the ring open does not know it before opening it again.
func (r *Ring) Rotate(rand io.Reader) (byte, error) {
	masters, next, err := r.next()
	if err != nil {
		return 0, err
	}
	if masters[next], err = newKey(rand); err != nil {
		return 0, err
	}
	return next, replace(r.dir, Master, formatKeys(masterNote, masters))
}

// Next is the id that a further link key would get.
func (r *Ring) Next() (byte, error) {
	_, next, err := r.next()
	return next, err
}

func (r *Ring) next() (masters map[byte][]byte, next byte, err error) {
	if masters, err = readKeys(r.dir, Master); err != nil {
		return nil, 0, err
	}
	newest := slices.Max(slices.Collect(maps.Keys(masters)))
	if newest == mostMasters {
		return nil, 0, fault.New(fault.Conflict, "keyring.full", "there are {n} link keys, and no more can be told apart", "n", mostMasters)
	}
	return masters, newest + 1, nil
}

// mostMasters is the highest id of a link key: one octet of a token.
const mostMasters = 255

// WriteSecret writes a named secret for good: Conflict when there is one, which stays as it is.
func (r *Ring) WriteSecret(name string, secret []byte) error {
	if err := checkName(name); err != nil {
		return err
	}
	if len(secret) == 0 {
		return fault.New(fault.Invalid, "keyring.empty", "an empty key file {name} would be of no use", "name", name)
	}
	return writeNew(r.dir, name, secret)
}

func newKey(rand io.Reader) ([]byte, error) {
	key := make([]byte, keySize)
	if _, err := io.ReadFull(rand, key); err != nil {
		return nil, fault.Wrap("keyring.Create", err)
	}
	return key, nil
}

// checkName keeps names plain and away from the files the ring reads itself.
func checkName(name string) error {
	plain := name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
	if !plain || name == Master || name == Suppression || !fs.ValidPath(name) {
		return fault.New(fault.Invalid, "keyring.name", "{name} is not a name for a key file; use small letters, digits and hyphens", "name", name)
	}
	return nil
}
