package formats

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"penstock/format"
	"penstock/format/defender"
	"penstock/sigma/pipeline"
)

// Broken is a folder of a format that is set aside because of mistakes in it. The others are used without it.
type Broken struct {
	ID       string // of the format, as far as its manifest can be read; else the name of the folder
	Folder   string
	Mistakes []Finding // at least one
}

// String says the first mistake with its file and line.
func (b *Broken) String() string {
	text := b.Mistakes[0].place()
	if more := len(b.Mistakes) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// Hint is what to do about it.
func (b *Broken) Hint() string {
	return fmt.Sprintf("Mend it (penstock format check %s tells every mistake), then restart Penstock or send it SIGHUP.", b.Folder)
}

// MissingError says why a format cannot be had.
type MissingError struct {
	ID     string
	Broken *Broken // its folder is there and set aside; nil: there is none
	Folder string  // where folders of formats are looked for
}

func (e *MissingError) Error() string {
	if e.Broken != nil {
		return fmt.Sprintf("the format %s cannot be used because of a mistake in its folder: %s", e.ID, e.Broken)
	}
	return "there is no format " + e.ID
}

// Hint is what to do about it.
func (e *MissingError) Hint() string {
	switch {
	case e.Broken != nil:
		return e.Broken.Hint()
	case e.Folder == "":
		return "Name the folder that its folder is in."
	}
	return fmt.Sprintf("Put its folder into %s and restart Penstock or send it SIGHUP, or give the intake another format.", e.Folder)
}

// usable finds what keeps a format from being used: mistakes that show only where its files are put together.
func (f *Format) usable() (*format.Plan, error) {
	plan, err := f.Plan()
	if err != nil {
		return nil, err
	}
	if _, err := pipeline.NewOf(plan, f.logsourcePart()); err != nil {
		return nil, err
	}
	for _, name := range f.TableNames() {
		if _, err := defender.HuntingTable(name, f.Schema[name]); err != nil {
			return nil, err
		}
	}
	return plan, nil
}

// brokenFolder tells what is wrong with a folder.
func brokenFolder(folder string, err error) *Broken {
	return &Broken{ID: idOf(folder), Folder: folder, Mistakes: findings(filepath.ToSlash(folder), err)}
}

var idLine = regexp.MustCompile(`(?m)^id:[ \t]*["']?([a-z][a-z0-9-]*)`)

// idOf is the id in the manifest of a folder, whatever else is wrong with it: intakes name the format by it.
func idOf(folder string) string {
	f, err := os.Open(filepath.Join(folder, ManifestFile))
	if err != nil {
		return filepath.Base(folder)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile))
	if m := idLine.FindSubmatch(text); err == nil && m != nil {
		return string(m[1])
	}
	return filepath.Base(folder)
}
