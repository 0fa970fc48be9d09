package app

import (
	"embed"
	"errors"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// presetFiles are the presets, one file for each program whose exports are known.
//
//go:embed preset/*.toml
var presetFiles embed.FS

// noPreset is the name that asks for none.
const noPreset = "none"

// presetFile is the layout of a preset file.
type presetFile struct {
	Source string // where the format is documented: title, publisher
	Seen   string // when that was read: year and month
	Preset []campaign.Preset
	Export []exportPreset
}

// presets reads the presets of imports.
var presets = sync.OnceValues(func() (all []campaign.Preset, err error) {
	err = eachPresetFile(func(f presetFile) (err error) {
		for _, p := range f.Preset {
			p.Source = f.Source + " (" + f.Seen + ")"
			all, err = append(all, p), errors.Join(err, p.Check())
		}
		return err
	})
	return all, fault.Wrap("app.presets", err)
})

// eachPresetFile reads the files, by name.
func eachPresetFile(do func(presetFile) error) error {
	names, err := fs.Glob(presetFiles, "preset/*.toml")
	for _, name := range names {
		var f presetFile
		text, rerr := presetFiles.ReadFile(name)
		meta, derr := toml.Decode(string(text), &f)
		if err = errors.Join(err, rerr, derr); err == nil && len(meta.Undecoded()) > 0 {
			err = errors.New(path.Base(name) + " has an unknown key " + meta.Undecoded()[0].String())
		}
		err = errors.Join(err, do(f))
	}
	return err
}

// findPreset gives the preset that was asked for, or the one that knows the file; nil for none.
func findPreset(said string, header []string, file string) (*campaign.Preset, error) {
	if said == noPreset {
		return nil, nil
	}
	all, err := presets()
	if err != nil || said == "" {
		return campaign.FindPreset(all, header, path.Base(file)), err
	}
	var names []string
	for i := range all {
		if strings.EqualFold(all[i].Name, said) {
			return &all[i], nil
		}
		names = append(names, all[i].Name)
	}
	return nil, fault.New(fault.Invalid, "import.preset", "there is no preset {preset}", "preset", said).
		Hint("use one of " + strings.Join(names, " ") + ", or " + noPreset)
}
