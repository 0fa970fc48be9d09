package app

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// maxFile bounds an organisation or campaign file: a few pages of text, never more.
const maxFile = 1 << 20

// organisationFile is the layout of organisation.toml.
type organisationFile struct {
	Organisation campaign.Organisation `toml:"organisation"`
	Purpose      []campaign.Purpose    `toml:"purpose"`
	Policy       struct {
		Country map[string]campaign.Policy `toml:"country"`
	} `toml:"policy"`
}

// ReadOrganisation reads an organisation file. An unknown key is an error, so that a misspelt
// policy is not silently ignored.
func ReadOrganisation(path string) (campaign.Organisation, error) {
	var f organisationFile
	if err := readTOML(path, &f); err != nil {
		return campaign.Organisation{}, err
	}
	o := f.Organisation
	o.Purposes, o.Policies = f.Purpose, f.Policy.Country
	return o, nil
}

// ReadCampaign reads a campaign file.
func ReadCampaign(path string) (campaign.File, error) {
	var f campaign.File
	return f, readTOML(path, &f)
}

func readTOML(path string, into any) error {
	text, err := readFile(path)
	if err != nil {
		return err
	}
	return decodeTOML(path, text, into)
}

// readFile reads a small text file, or standard input for "-".
func readFile(path string) (string, error) {
	r, err := openFile(path)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return "", fault.New(fault.Invalid, "file.read", "{path} cannot be read", "path", path).Because(err)
	}
	if len(b) > maxFile {
		return "", fault.New(fault.Invalid, "file.size", "{path} is larger than {limit} bytes", "path", path, "limit", maxFile)
	}
	return string(b), nil
}

// OpenFile opens a file to read. One that is not there is fault.NotFound.
func OpenFile(path string) (io.ReadCloser, error) { return openFile(path) }

// openFile opens a file, or standard input for "-".
func openFile(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "file.missing", "there is no file {path}", "path", path)
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "file.open", "{path} cannot be opened", "path", path).Because(err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(fault.New(fault.Invalid, "file.directory", "{path} is a folder, not a file", "path", path), f.Close())
	}
	return f, nil
}

// writeNew writes a file that must not exist yet.
func writeNew(path string, content string, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, os.ErrExist) {
		return fault.New(fault.Conflict, "file.exists", "{path} already exists", "path", path)
	}
	if err != nil {
		return fault.New(fault.Unavailable, "file.write", "{path} cannot be written", "path", path).Because(err)
	}
	_, err = f.WriteString(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fault.New(fault.Unavailable, "file.write", "{path} cannot be written", "path", path).Because(err)
	}
	return nil
}

// quote writes a TOML string on one line.
func quote(s string) string { return fmt.Sprintf("%q", s) }
