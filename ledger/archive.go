package ledger

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Names inside a dossier that is a zip file. Beside them it has documents as they were shown, under DocumentFolder,
// time stamps under StampFolder, and what is only for reading.
const (
	ProofName      = "proof.json"
	DocumentFolder = "documents/"
	StampFolder    = "timestamps/"
)

// folders may stand in the zip file by themselves, as other programs that pack it write them.
var folders = []string{DocumentFolder, StampFolder}

// unprovenNames are for people to read; nothing shows that they say what the proof says.
var unprovenNames = []string{"summary.pdf", "README.txt"}

// Limits of a zip file.
const (
	maxFiles      = 100_000
	maxRatio      = 300 // how much smaller a file may be packed: texts of a dossier reach twenty
	maxStamps     = 1000
	maxStampPart  = maxConsistency // of the three files of a time stamp, each
	maxStampBytes = 128 << 20      // of all of them together
)

// bomb reports whether a file grows in a way that no dossier does.
func bomb(f *zip.File) bool { return f.UncompressedSize64/maxRatio > f.CompressedSize64+1024 }

// zipBegin is how a zip file begins.
const zipBegin = "PK\x03\x04"

// VerifyFile checks a dossier, as one JSON text or as a zip file, or a proof of consistency.
func VerifyFile(r io.ReaderAt, size int64, key string) (Report, error) {
	var head [512]byte
	n, err := r.ReadAt(head[:min(size, int64(len(head)))], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return newReport(), fmt.Errorf("read the file: %w", err)
	}
	whole := func() io.Reader { return io.NewSectionReader(r, 0, size) }
	switch {
	case bytes.HasPrefix(head[:n], []byte(zipBegin)):
		return verifyArchive(r, size, key)
	case size <= maxConsistency && saysConsistency(whole()):
		return VerifyConsistency(whole(), key)
	}
	return Verify(whole(), key)
}

// VerifyPiped checks a dossier as one JSON text, or a proof of consistency, that comes through a pipe. A zip file is read from
// its end, and so from a file only: that one came is an error, and says nothing of what is in it.
func VerifyPiped(r io.Reader, key string) (Report, error) {
	in := bufio.NewReaderSize(r, maxConsistency+1)
	head, err := in.Peek(maxConsistency + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return newReport(), fmt.Errorf("read the file: %w", err)
	}
	switch {
	case bytes.HasPrefix(head, []byte(zipBegin)):
		return newReport(), errors.New("a zip file cannot be checked through a pipe: name the file")
	case len(head) <= maxConsistency && saysConsistency(bytes.NewReader(head)):
		return VerifyConsistency(in, key)
	}
	return Verify(in, key)
}

// saysConsistency reports whether a JSON object calls itself a proof of consistency. The field that says so may stand anywhere in it.
func saysConsistency(r io.Reader) bool {
	dec := json.NewDecoder(r)
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return false
	}
	for dec.More() {
		name, err := dec.Token()
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			return false
		}
		if name == "format" {
			var format string
			return json.Unmarshal(value, &format) == nil && format == ConsistencyFormat
		}
	}
	return false
}

func verifyArchive(r io.ReaderAt, size int64, key string) (Report, error) {
	z, err := zip.NewReader(r, size)
	rep := newReport()
	directory, length, tight := directoryAt(r, size)
	if err != nil || len(z.File) > maxFiles || !tight || !fills(z.File, length) {
		rep.tell("this is not a dossier of reoptin: its zip file cannot be read")
		return rep.close(), nil
	}
	z.RegisterDecompressor(zip.Deflate, inflate)
	files := map[string]*zip.File{}
	for _, f := range z.File {
		if files[f.Name] != nil || bomb(f) || f.Method != zip.Store && f.Method != zip.Deflate {
			rep.tell("this is not a dossier of reoptin: %s comes twice, or is packed as no dossier is", quote(f.Name))
			return rep.close(), nil
		}
		files[f.Name] = f
	}
	proof := files[ProofName]
	if proof == nil {
		rep.tell("this is not a dossier of reoptin: it has no %s", ProofName)
		return rep.close(), nil
	}
	in, err := proof.Open()
	if err != nil {
		rep.tell("this is not a dossier of reoptin: its zip file cannot be read")
		return rep.close(), nil
	}
	defer in.Close()
	v, err := verifyBundle(MaxBundle, in, key)
	if damagedZip(err) {
		rep.tell("this is not a dossier of reoptin: %s is damaged", ProofName)
		return rep.close(), nil
	}
	if err != nil {
		return rep, err
	}
	if len(v.Faults) > 0 {
		return v.close(), nil
	}
	if what := layout(r, z.File, directory, len(v.docs)); what != "" {
		v.tell("this is not a dossier of reoptin: %s", what)
		return v.close(), nil
	}
	a := &archive{v: v, files: files, documents: map[string]judged{}, left: maxStampBytes}
	for _, d := range v.docs {
		a.documents[DocumentFile(d.sha, d.name)] = d
	}
	for _, f := range z.File {
		if a.file(f); len(v.Faults) > 0 {
			break
		}
	}
	return v.close(), nil
}

// DocumentFile is the name of a document's file in a dossier: the beginning of its hash, which keeps apart what has one name,
// and its name, with nothing in it that a file system minds.
func DocumentFile(sha256, name string) string {
	return DocumentFolder + sha256[:min(len(sha256), 12)] + "-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, name)
}

// damagedZip tells what is wrong with a zip file from a disk that cannot be read.
func damagedZip(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, zip.ErrAlgorithm) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &corrupt)
}

// archive is the work on what lies beside the proof.
type archive struct {
	v         *verification
	files     map[string]*zip.File
	documents map[string]judged // by the names of their files
	left      int64             // bytes of time stamps that may still be read
}

func (a *archive) file(f *zip.File) {
	switch {
	case f.Name == ProofName, slices.Contains(folders, f.Name) && f.UncompressedSize64 == 0 && f.CompressedSize64 <= emptyPacked:
	case slices.Contains(unprovenNames, f.Name):
		if a.sound(f) {
			a.v.Unproven = append(a.v.Unproven, f.Name)
		}
	case strings.HasPrefix(f.Name, DocumentFolder):
		a.document(f)
	case strings.HasPrefix(f.Name, StampFolder):
		a.stamp(f)
	default:
		a.v.tell("%s: a dossier has no such file", plain(f.Name))
	}
}

// document checks that a document's file is the document that its name says.
func (a *archive) document(f *zip.File) {
	d, known := a.documents[f.Name]
	if known && f.UncompressedSize64 == uint64(d.size) {
		content, ok := a.read(f, int64(d.size))
		sum := sha256.Sum256(content)
		if !ok || hex.EncodeToString(sum[:]) == d.sha {
			return
		}
	}
	a.v.tell("%s: it is not one of the documents that the proof holds, or not under its name", plain(f.Name))
}

// read reads a file of the archive, up to a length; what cannot be read is a fault.
func (a *archive) read(f *zip.File, most int64) (content []byte, ok bool) {
	in, err := f.Open()
	if err == nil {
		defer in.Close()
		content, err = io.ReadAll(io.LimitReader(in, most+1))
	}
	if err != nil || int64(len(content)) > most {
		a.v.tell("%s: it is damaged or too long", plain(f.Name))
		return nil, false
	}
	return content, true
}

// sound reads a file of which nothing is proven, for what lies hidden in it; what cannot be read is a fault.
func (a *archive) sound(f *zip.File) bool {
	in, err := f.Open()
	if err == nil {
		defer in.Close()
		_, err = io.Copy(io.Discard, in)
	}
	if err != nil {
		a.v.tell("%s: it is damaged or too long", plain(f.Name))
	}
	return err == nil
}

// stamp checks a time stamp with the two files beside it: the checkpoint that it is of, and how the checkpoint of
// the dossier continues that one. They have its name and other endings.
func (a *archive) stamp(f *zip.File) {
	name, ending := strings.TrimSuffix(f.Name, path.Ext(f.Name)), path.Ext(f.Name)
	if ending != ".tsr" {
		if a.files[name+".tsr"] == nil || ending != ".checkpoint" && ending != ".json" {
			a.v.tell("%s: a dossier has no such file", plain(f.Name))
		}
		return
	}
	texts := map[string][]byte{}
	for _, ending := range []string{".tsr", ".checkpoint", ".json"} {
		part := a.files[name+ending]
		if part == nil {
			a.v.tell("%s: %s that belongs to it is missing", plain(f.Name), plain(name+ending))
			return
		}
		var ok bool
		if texts[ending], ok = a.read(part, min(a.left, maxStampPart)); !ok {
			return
		}
		a.left -= int64(len(texts[ending]))
	}
	if what := a.v.stamp(texts[".tsr"], texts[".checkpoint"], texts[".json"]); what != "" {
		a.v.tell("%s: %s", plain(f.Name), what)
	} else if last := a.v.Stamps[len(a.v.Stamps)-1]; StampName(last.Size) != name {
		a.v.tell("%s: it is of the first %d entries", plain(f.Name), last.Size)
	}
}

// stamp takes a time stamp into the report, or says what is wrong with it.
func (v *verification) stamp(answer, checkpoint, consistency []byte) string {
	token, err := TimestampToken(answer)
	if err != nil {
		return err.Error()
	}
	at, err := CheckTimestamp(token, checkpoint, nil)
	if err != nil {
		return err.Error()
	}
	c, err := parseConsistency(consistency)
	if err != nil {
		return "its proof of consistency cannot be read: " + err.Error()
	}
	older, err := OpenCheckpoint(string(checkpoint), v.keys...)
	if err != nil {
		return "its checkpoint: " + err.Error()
	}
	proof, err := readProof(c.Proof)
	if err != nil {
		return err.Error()
	}
	if c.Older != string(checkpoint) || c.Newer != v.Checkpoint || older.Origin != v.Origin {
		return "its proof of consistency is of other checkpoints"
	}
	if what := compare(older, v.head, proof); what != "" {
		return what
	}
	v.Stamps = append(v.Stamps, Stamp{Size: older.Size, At: at.At.Format(TimeLayout), Authority: at.Authority, Certificate: at.Certificate})
	return ""
}

// StampName is the name, without its ending, of the files of a time stamp in a dossier.
func StampName(size int64) string { return StampFolder + strconv.FormatInt(size, 10) }
