// Package static holds the files that pages load beside their HTML: style sheets, and for the
// dashboard its few scripts. Each is served under a name that carries the SHA-256 of its content,
// so that a page kept for years still names exactly the style sheet it was shown with.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"path"
	"strings"
	"sync"
)

// Prefix is the path under which the files are served.
const Prefix = "/static/"

//go:embed asset
var files embed.FS

// File is one asset.
type File struct {
	Name    string // consent.css
	SHA256  string // hex of Content
	Media   string // text/css; charset=utf-8
	Content []byte
}

// Path is where the file is served: /static/consent.SHA256.css.
func (f File) Path() string {
	ext := path.Ext(f.Name)
	return Prefix + strings.TrimSuffix(f.Name, ext) + "." + f.SHA256 + ext
}

// assets reads the embedded files once; they are part of the binary and cannot change.
var assets = sync.OnceValue(func() map[string]File {
	found := map[string]File{}
	_ = fs.WalkDir(files, "asset", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		if err == nil {
			f := File{Name: path.Base(name), Media: media(name), Content: content}
			sum := sha256.Sum256(content)
			f.SHA256 = hex.EncodeToString(sum[:])
			found[f.Name] = f
		}
		return err
	})
	return found
})

// Open gives a file by its plain name.
func Open(name string) (File, bool) {
	f, ok := assets()[name]
	return f, ok
}

// Path is where the named file is served. A name that does not exist is a mistake in a template,
// which the tests of the templates find; it gives the prefix alone.
func Path(name string) string {
	f, ok := Open(name)
	if !ok {
		return Prefix
	}
	return f.Path()
}

// Split takes the last part of a served path apart: consent.SHA256.css is consent.css and its hash.
func Split(served string) (name, hash string, ok bool) {
	ext := path.Ext(served)
	stem, hash, found := strings.Cut(strings.TrimSuffix(served, ext), ".")
	if !found || stem == "" || len(hash) != hex.EncodedLen(sha256.Size) {
		return "", "", false
	}
	if _, err := hex.DecodeString(hash); err != nil {
		return "", "", false
	}
	return stem + ext, hash, true
}

// media is fixed for the types in use, so that it does not depend on the machine's own tables.
func media(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}
