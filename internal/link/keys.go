package link

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"sync"

	"github.com/reoptin/reoptin/internal/fault"
)

// MasterSize is the length of a master key in octets.
const MasterSize = 32

// TestKey is the key id reserved for tests; NewKeys refuses it unless AllowTestKey is given.
const TestKey byte = 0

// Option changes what NewKeys accepts.
type Option func(*options)

type options struct{ testKey bool }

// AllowTestKey lets key id 0 be used. It is for tests and published vectors only.
func AllowTestKey() Option { return func(o *options) { o.testKey = true } }

// Keys mints with one master key and reads with all. It is safe for concurrent use.
type Keys struct {
	current byte
	sets    map[byte]*keySet
	dummy   *keySet // does the work for a key id that is not known
}

// keySet holds what is derived from one master key.
type keySet struct {
	token [Test + 1]*sealer // by purpose; 0 is empty
	nonce *sealer
	code  *sealer

	message cipher.Block // of Message-IDs
}

// sealer makes seals with one key. Taking a key in costs as much as a seal, so what has taken it in is kept.
type sealer struct{ idle sync.Pool }

func newSealer(key []byte) *sealer {
	return &sealer{sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// NewKeys derives the keys of every purpose from 32-byte masters by key id. current is the id that
// mints. Errors: Invalid for key id 0, a master of another length, or a current id without master.
func NewKeys(masters map[byte][]byte, current byte, opts ...Option) (*Keys, error) {
	var o options
	for _, set := range opts {
		set(&o)
	}
	if _, ok := masters[current]; !ok {
		return nil, fault.New(fault.Invalid, "link.no_current_key", "there is no link key {kid} to sign with", "kid", current)
	}
	k := &Keys{current: current, sets: map[byte]*keySet{}}
	for kid, master := range masters {
		if kid == TestKey && !o.testKey {
			return nil, fault.New(fault.Invalid, "link.test_key", "link key 0 is reserved for tests")
		}
		if len(master) != MasterSize {
			return nil, fault.New(fault.Invalid, "link.key_size", "link key {kid} has {got} octets instead of {want}", "kid", kid, "got", len(master), "want", MasterSize)
		}
		set, err := derive(master)
		if err != nil {
			return nil, fault.Wrap("link.NewKeys", err)
		}
		k.sets[kid] = set
	}
	hidden := sha256.Sum256(masters[current]) // any key that nobody mints with will do
	set, err := derive(hidden[:])
	if err != nil {
		return nil, fault.Wrap("link.NewKeys", err)
	}
	k.dummy = set
	return k, nil
}

func derive(master []byte) (*keySet, error) {
	var s keySet
	for p := Form; p <= Test; p++ {
		key, err := hkdf.Key(sha256.New, master, nil, fmt.Sprintf("reoptin/v1/%d", p), sha256.Size)
		if err != nil {
			return nil, err
		}
		s.token[p] = newSealer(key)
	}
	key, err := hkdf.Key(sha256.New, master, nil, "reoptin/v1/nonce", sha256.Size)
	if err != nil {
		return nil, err
	}
	s.nonce = newSealer(key)
	key, err = hkdf.Key(sha256.New, master, nil, "reoptin/v1/code", sha256.Size)
	s.code = newSealer(key)
	if err != nil {
		return nil, err
	}
	if key, err = hkdf.Key(sha256.New, master, nil, "reoptin/v1/message", messageBytes); err != nil {
		return nil, err
	}
	s.message, err = aes.NewCipher(key)
	return &s, err
}

// set gives the keys of kid and whether there are any; for an unknown kid, keys to do the same work with.
func (k *Keys) set(kid byte) (*keySet, bool) {
	if s, ok := k.sets[kid]; ok {
		return s, true
	}
	return k.dummy, false
}

// seal is the first macSize octets of the HMAC-SHA256 of parts, one behind the other.
func (s *sealer) seal(parts ...[]byte) []byte {
	h := s.idle.Get().(hash.Hash)
	defer s.idle.Put(h)
	h.Reset()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)[:macSize]
}

// SelfTest mints and reads a token whose text is known, and reports a build that does it otherwise:
// every link already in a mailbox would be dead.
func SelfTest() error {
	k, err := NewKeys(map[byte][]byte{TestKey: make([]byte, MasterSize)}, TestKey, AllowTestKey())
	if err != nil {
		return err
	}
	var id [IDSize]byte
	for i := range id {
		id[i] = byte(i)
	}
	if got := k.Mint(OneClick, id, never()); got != selfTestToken {
		return fault.New(fault.Internal, "link.self_test", "this build signs links differently from all builds before it; do not send with it")
	}
	return nil
}
