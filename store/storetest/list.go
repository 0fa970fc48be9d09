package storetest

import (
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

// hashed is a plain hash that is all one octet.
func hashed(kind campaign.KeyKind, octet byte) (k campaign.PersonKey) {
	k.Kind = kind
	for n := range kind.HashSize() {
		k.Digest[n] = octet
	}
	return k
}

// list adds a version of a list and gives what was new in it.
func (w *world) list(name string, external bool, dated campaign.Date, ks ...campaign.PersonKey) (added []campaign.PersonKey) {
	w.Helper()
	w.update(func(tx campaign.Tx) error {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntrySuppressed, Payload: map[string]any{"list": name}})
		if err != nil {
			return err
		}
		if err := tx.AddList(no, campaign.List{Name: name, External: external, Dated: dated, Source: name + ".txt", SHA256: "ab", Rows: 5, Addresses: 1, Hashes: 3, Rejected: 1, At: tx.Now()}); err != nil {
			return err
		}
		added, err = tx.AddListed(no, name, ks)
		return err
	})
	return added
}

// lists: a version adds what no version of the same list named; whoever is named is found with every list
// that names them, once each.
func lists(t *testing.T, h Harness) {
	w := newWorld(t, h)
	w.view(func(r campaign.Reader) error {
		kinds, err := r.ListedKinds()
		if len(kinds) != 0 {
			t.Errorf("kinds before a list: %v", kinds)
		}
		return err
	})
	md5, sha1, sha256, strict := hashed(campaign.KeyMD5, 1), hashed(campaign.KeySHA1, 1), hashed(campaign.KeySHA256, 1), key(campaign.KeyStrict, "ada")
	day := campaign.NewDate(2026, 1, 2)
	if n := len(w.list("tool", false, day, md5, sha1, md5)); n != 2 {
		t.Errorf("the first version added %d", n)
	}
	if added := w.list("tool", false, day, md5, sha256); len(added) != 1 || added[0] != sha256 {
		t.Errorf("the second version added %v", added)
	}
	w.list("robinson", true, day, md5, strict)
	w.view(func(r campaign.Reader) error {
		kinds, err := r.ListedKinds()
		w.must(err)
		if len(kinds) != 4 {
			t.Errorf("kinds: %v", kinds)
		}
		found, err := r.Listed([]campaign.PersonKey{md5, strict, sha256, hashed(campaign.KeyMD5, 2), key(campaign.KeyMailbox, "ada"), md5})
		w.must(err)
		if len(found) != 3 || len(found[md5]) != 2 || found[md5][1].Name != "robinson" || !found[strict][0].External || found[sha256][0].Entry != 1 {
			t.Errorf("listed: %v", found)
		}
		all, err := r.Lists()
		w.must(err)
		want := campaign.List{Entry: 2, Name: "robinson", External: true, Dated: day, Source: "robinson.txt", SHA256: "ab", Rows: 5, Addresses: 1, Hashes: 3, Rejected: 1, At: r.Now()}
		if len(all) != 3 {
			t.Fatalf("lists: %v", all)
		}
		same(t, want, all[2])
		return nil
	})
	w.suppress(false, keys("ada", "ada")...)
	w.suppress(true, key(campaign.KeyStrict, "ada"))
	w.view(func(r campaign.Reader) error {
		lifted, err := r.LiftedKeys()
		if len(lifted) != 1 || lifted[0] != key(campaign.KeyStrict, "ada") {
			t.Errorf("lifted: %v", lifted)
		}
		return err
	})
	w.whole()
}
