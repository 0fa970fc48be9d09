package campaign

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/address"
)

// The kinds of plain hash under which other programs hand on an address: of its lower-case text, without
// a key. They are no person keys: nothing is asked or suppressed under them.
const (
	KeyMD5    KeyKind = "md5"
	KeySHA1   KeyKind = "sha1"
	KeySHA256 KeyKind = "sha256"
)

// List is one version of a list of people who must not be written to: what another system exports as
// unsubscribed, or a register such as a Robinson list.
type List struct {
	Entry     EntryNo
	Name      string // the same for every version
	External  bool   // a register: counts as external_lists (T-11), which a proven express consent passes
	Dated     Date   // of the version
	Source    string // file name
	SHA256    string // hex of the file
	Rows      int
	Addresses int
	Hashes    int
	Rejected  int
	At        time.Time
}

// origin is what a suppression says of the list that it comes from.
func (l List) origin() string { return "list " + l.Name + " of " + l.Dated.String() }

// Lists reads the lists, and whom they name.
type Lists interface {
	Lists() ([]List, error)                           // oldest first
	ListedKinds() ([]KeyKind, error)                  // the kinds of key under which a list names anybody
	Listed([]PersonKey) (map[PersonKey][]List, error) // the lists that name some keys
	ListedHalves(most int) (*Halves[struct{}], error) // of every key under which a list names anybody; nil: there are more than most
}

// ListWriter adds to the lists; nothing is ever taken off one.
type ListWriter interface {
	AddList(EntryNo, List) error
	AddListed(no EntryNo, name string, keys []PersonKey) (added []PersonKey, err error) // those that no version of the list named before
}

// hashLengths are the lengths in hex digits by which a plain hash is known.
var hashLengths = map[int]KeyKind{2 * md5.Size: KeyMD5, 2 * sha1.Size: KeySHA1, 2 * sha256.Size: KeySHA256}

// HashSize is how many octets of its digest a kind of key has.
func (k KeyKind) HashSize() int {
	switch k {
	case KeyMD5:
		return md5.Size
	case KeySHA1:
		return sha1.Size
	}
	return sha256.Size
}

// plainHash reads a hash in hex; what has another length or another letter is none.
func plainHash(text string) (k PersonKey, ok bool) {
	kind, ok := hashLengths[len(text)]
	if !ok {
		return k, false
	}
	k.Kind = kind
	_, err := hex.Decode(k.Digest[:], []byte(text))
	return k, err == nil
}

// packedHash reads a hash in base64, with the signs at its end by which a hash of these lengths is filled up: without them it would be
// a word like any other.
func packedHash(text string) (k PersonKey, ok bool) {
	if !strings.HasSuffix(text, "=") {
		return k, false
	}
	digest, err := base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(text))
	if k.Kind, ok = hashLengths[2*len(digest)]; err != nil || !ok {
		return k, false
	}
	copy(k.Digest[:], digest)
	return k, true
}

// joinedUp is hex without what stands between its octets: 0a:1b:2c. A text of any other form stays as it is; a UUID is no hash.
func joinedUp(text string) string {
	const octet = len("0a")
	if len(text) <= octet || !strings.ContainsRune(":- ", rune(text[octet])) {
		return text
	}
	octets := strings.Split(text, text[octet:octet+1])
	if slices.ContainsFunc(octets, func(o string) bool { return len(o) != octet }) {
		return text
	}
	return strings.Join(octets, "")
}

// hashOf is the plain hash of an address as other programs make it.
func hashOf(kind KeyKind, text string) (k PersonKey) {
	k.Kind = kind
	switch kind {
	case KeyMD5:
		sum := md5.Sum([]byte(text))
		copy(k.Digest[:], sum[:])
	case KeySHA1:
		sum := sha1.Sum([]byte(text))
		copy(k.Digest[:], sum[:])
	default:
		k.Digest = sha256.Sum256([]byte(text))
	}
	return k
}

// listing reads one cell of a list: the keys of an address, or a plain hash, as which a whole domain counts, too. An error says why it is
// neither, and does not repeat it.
func (k Keyer) listing(cell string) (keys []PersonKey, hashed bool, err error) {
	if hash, ok := listedHash(cell); ok {
		return []PersonKey{hash}, true, nil
	}
	if domain := listedDomain(cell); domain != "" {
		return []PersonKey{hashOf(KeySHA256, domain)}, true, nil
	}
	m, err := listedMailbox(cell)
	if err != nil {
		return nil, false, err
	}
	return []PersonKey{k.Key(KeyStrict, m.Strict()), k.Key(KeyMailbox, m.Folded())}, false, nil
}

// IsListed reports whether a cell is an address or a plain hash of one.
func IsListed(cell string) bool {
	if _, ok := listedHash(cell); ok || listedDomain(cell) != "" {
		return true
	}
	_, err := listedMailbox(cell)
	return err == nil
}

// IsHashed reports whether a cell is a plain hash of an address.
func IsHashed(cell string) bool {
	_, ok := listedHash(cell)
	return ok
}

// undressed is a cell without what programs put around it.
func undressed(cell string) string { return strings.Trim(cell, " \t\u00a0\"'`") }

// listedHash reads a plain hash, also behind the name of its kind (sha256:…) or 0x.
func listedHash(cell string) (PersonKey, bool) {
	text := undressed(cell)
	if k, ok := plainHash(joinedUp(text)); ok {
		return k, true
	}
	if k, ok := packedHash(text); ok {
		return k, true
	}
	begin := 1 + strings.LastIndexFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) })
	k, ok := plainHash(text[begin:])
	name := plain(text[:begin])
	return k, ok && (name == string(k.Kind) || name == "0x")
}

// listedDomain reads @firm.example or *@firm.example, which is everybody there; "" for anything else, and for a domain that
// strangers share.
func listedDomain(cell string) string {
	if domain := namedDomain(cell); domain != "" && !address.IsFreemail(domain) {
		return "@" + domain
	}
	return ""
}

// sharedDomain reports whether a cell names a domain that strangers share.
func sharedDomain(cell string) bool { return address.IsFreemail(namedDomain(cell)) }

// namedDomain is the domain of a cell that names a whole one.
func namedDomain(cell string) string {
	text, ok := strings.CutPrefix(strings.TrimPrefix(undressed(cell), "*"), "@")
	if !ok {
		return ""
	}
	m, err := address.Parse("all@" + text)
	if err != nil {
		return ""
	}
	return m.Domain()
}

// listedMailbox reads an address, also with a name before it or as a link. A list can only forbid: nothing is ever written to what
// stands there, and a no is not lost for the look of its cell.
func listedMailbox(cell string) (address.Mailbox, error) {
	m, err := address.Parse(strings.TrimSpace(cell))
	if err == nil {
		return m, nil
	}
	text := undressed(cell)
	if begin := strings.LastIndexByte(text, '<'); begin >= 0 && strings.HasSuffix(text, ">") {
		text = text[begin+1 : len(text)-1]
	}
	const link = "mailto:"
	if len(text) > len(link) && strings.EqualFold(text[:len(link)], link) {
		text, _, _ = strings.Cut(text[len(link):], "?")
	}
	if inner, perr := address.Parse(undressed(text)); perr == nil {
		return inner, nil
	}
	return m, err
}

// listedUnder are the keys under which a list may name a contact, of the kinds given: the person's own of
// the mailbox, and the hashes of every text that other programs may have made of the address.
func listedUnder(c Contact, kinds []KeyKind) (keys []PersonKey) {
	var spellings []string
	for _, kind := range kinds {
		if kind == KeyStrict || kind == KeyMailbox {
			for _, k := range c.Keys {
				if k.Kind == kind {
					keys = append(keys, k)
				}
			}
			continue
		}
		if spellings == nil {
			m, err := address.Parse(string(c.Email))
			if err != nil {
				continue
			}
			spellings = append(m.Spellings(), m.Domains()...)
		}
		for _, s := range spellings {
			keys = append(keys, hashOf(kind, s))
		}
	}
	return keys
}

// listReader is what matching needs of a transaction.
type listReader interface {
	ListedKinds() ([]KeyKind, error)
	Listed([]PersonKey) (map[PersonKey][]List, error)
	SuppressedKeys([]PersonKey) (map[PersonKey]Suppression, error)
}

// listing matches people against the lists.
type listing struct {
	r     listReader
	kinds []KeyKind // empty: there is no list
}

func newListing(r listReader) (listing, error) {
	kinds, err := r.ListedKinds()
	return listing{r, kinds}, err
}

// hits gives the lists that name each of some contacts; nil when no list names anybody.
func (l listing) hits(cs []Contact) ([][]List, error) {
	if len(l.kinds) == 0 {
		return nil, nil
	}
	var all []PersonKey
	ends := make([]int, len(cs))
	for n := range cs {
		all = append(all, listedUnder(cs[n], l.kinds)...)
		ends[n] = len(all)
	}
	found, err := l.r.Listed(all)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	out := make([][]List, len(cs))
	from := 0
	for n, end := range ends {
		for _, k := range all[from:end] {
			out[n] = append(out[n], found[k]...)
		}
		from = end
	}
	return out, nil
}

// refusing is the first list that suppresses whom it names.
func refusing(lists []List) (List, bool) {
	for _, l := range lists {
		if !l.External {
			return l, true
		}
	}
	return List{}, false
}

// registers are the names of the external lists.
func registers(lists []List) (names []string) {
	for _, l := range lists {
		if l.External {
			names = append(names, l.Name)
		}
	}
	return union(names, nil)
}

// unsaid are the keys of a contact's mailbox when the never-write list has no line of any of them, or none but
// a bounce: what a list says of somebody holds until the person speaks, and whoever said yes since is not
// silenced again by the same old list.
func unsaid(keys []PersonKey, known map[PersonKey]Suppression) []PersonKey {
	keys = silenced(keys)
	for _, k := range keys {
		if s, ok := known[k]; ok && (s.Lifts || s.Reason != SuppressBounce) {
			return nil
		}
	}
	return keys
}

// suppress are the lines for those of some contacts whom a list names and of whom the never-write list says
// nothing yet, and who they are.
func (l listing) suppress(cs []Contact, at time.Time) (lines []Suppression, named []bool, err error) {
	hits, err := l.hits(cs)
	if err != nil || hits == nil {
		return nil, nil, err
	}
	named = make([]bool, len(cs))
	for n := range cs {
		list, ok := refusing(hits[n])
		if !ok {
			continue
		}
		known, err := l.r.SuppressedKeys(cs[n].Keys)
		if err != nil {
			return nil, nil, err
		}
		keys := unsaid(cs[n].Keys, known)
		named[n] = len(keys) > 0
		lines = append(lines, suppressions(keys, SuppressImported, list.origin(), at)...)
	}
	return lines, named, nil
}
