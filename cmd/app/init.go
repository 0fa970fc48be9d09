package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/keyring"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
)

// Made is what Init made.
type Made struct {
	Files    []MadeFile
	User     string // the first administrator
	Password string // drawn for them; empty when it was given
}

// Founding says where a new installation is made, and whose it is.
type Founding struct {
	Dir      string
	Admin    string // name of the first administrator
	Password string // theirs; empty: one is drawn
	Clock    func() time.Time
}

// MadeFile is one file and what it is for.
type MadeFile struct {
	Path string `json:"path"`
	What string `json:"what"`
}

// Init makes a new installation in a folder: configuration, keys, database, send journal and the first
// administrator. It overwrites nothing: a folder that already holds one of them is fault.Conflict.
func Init(ctx context.Context, f Founding) (Made, error) {
	password, err := passwordFor(f.Password, rand.Reader)
	if err != nil {
		return Made{}, err
	}
	made, err := initialise(ctx, f.Dir, config.Starter(), f.Clock, rand.Reader, func(db *store.DB) error {
		r := account.NewRoster(db.Accounts(), account.NewHasher(account.DefaultCost(), rand.Reader), nil, rand.Reader) // which seals nothing
		return r.Add(ctx, account.Actor(Operator()), f.Admin, account.Administrator, password)
	})
	if named, ok := errors.AsType[*fault.Fault](err); ok && named.Key == "account.name" {
		err = named.Hint("reoptin init --admin anna")
	}
	made.User = f.Admin
	if f.Password == "" {
		made.Password = password
	}
	return made, err
}

// initialise makes the files; found puts the first rows into the database.
func initialise(ctx context.Context, dir, settings string, clock func() time.Time, random io.Reader, found func(*store.DB) error) (made Made, err error) {
	c := config.Default()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"reoptin.toml", c.Database, c.Keys, c.Journal} {
		if _, err := os.Lstat(at(name)); err == nil {
			return Made{}, fault.New(fault.Conflict, "init.exists", "{path} already exists; nothing was changed", "path", at(name)).Hint("choose an empty folder with --dir")
		}
	}
	if err := os.MkdirAll(dir, 0o700); errors.Is(err, syscall.ENOTDIR) || errors.Is(err, fs.ErrExist) {
		return Made{}, fault.New(fault.Invalid, "init.no_dir", "{path} cannot be made: there is a file of that name, or in the place of a folder above", "path", dir).Hint("choose a folder of your own with --dir")
	} else if err != nil {
		return Made{}, fault.New(fault.Unavailable, "init.dir", "{path} cannot be made", "path", dir).Because(err).Hint("choose a folder of your own with --dir")
	}
	var ours []string // what this call made, and takes back when it cannot make the rest
	defer func() {
		for _, path := range ours {
			if err != nil {
				_ = os.RemoveAll(path)
			}
		}
	}()
	if err := makeKeys(at(c.Keys), random); err != nil {
		return Made{}, err
	}
	ours = append(ours, at(c.Keys))
	db, err := store.Create(ctx, store.Options{Path: at(c.Database), Clock: clock, Rand: random})
	if err != nil {
		return Made{}, err
	}
	ours = append(ours, store.Files(at(c.Database))...)
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := found(db); err != nil {
		return Made{}, err
	}
	if err := store.CreateJournal(at(c.Journal), db); err != nil {
		return Made{}, err
	}
	ours = append(ours, at(c.Journal), at(c.Journal)+".lock")
	if err := writeNew(at("reoptin.toml"), settings, 0o600); err != nil {
		return Made{}, err
	}
	return Made{Files: []MadeFile{
		{at("reoptin.toml"), "configuration; set smtp.url and base_url"},
		{at(c.Keys), "keys, outside the database and its backups"},
		{at(c.Database), "database"},
		{at(c.Journal), "send journal: remembers who was asked, even when the database is restored"},
	}}, nil
}

// nobody founds an installation without an account: the demonstration makes its own at each start.
func nobody(*store.DB) error { return nil }

func makeKeys(dir string, random io.Reader) error {
	if err := keyring.Create(dir, random); err != nil {
		return err
	}
	ring, err := keyring.Open(dir)
	if err != nil {
		return err
	}
	origin, err := newOrigin(random)
	if err != nil {
		return err
	}
	secret, public, err := ledger.GenerateKey(random, origin)
	if err != nil {
		return fault.Wrap("app.makeKeys", err)
	}
	if err := ring.WriteSecret(publicLedger, []byte(public)); err != nil {
		return err
	}
	return ring.WriteSecret(secretLedger, []byte(secret))
}

// newOrigin names a ledger. The name says nothing of its owner: it stands on every checkpoint.
func newOrigin(random io.Reader) (string, error) {
	var b [8]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fault.Wrap("app.newOrigin", err)
	}
	return fmt.Sprintf("reoptin.ledger/%x", b), nil
}
