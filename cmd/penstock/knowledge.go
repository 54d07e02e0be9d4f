package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"penstock/config"
	"penstock/format"
	"penstock/format/defender"
	"penstock/formats"
	"penstock/record"
)

// formatFlags say which formats a command knows that works without a running Penstock: those of a folder beside that of the
// program, and files that override their mapping.
type formatFlags struct {
	config   string
	folder   string
	mappings []string
	of       string // the format of the records; empty: they come in the streaming envelope
}

const formatsUsage = "folder with formats (PENSTOCK_FORMATS)"

// flags adds what every such command takes.
func (f *formatFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.config, "config", "c", "", "configuration file, for its formats and its mapping")
	cmd.Flags().StringVar(&f.folder, "formats", "", formatsUsage)
	cmd.Flags().StringSliceVar(&f.mappings, "mapping", nil, "file that overrides and adds to the mapping; may be repeated")
}

// formatFlagNames are the names of all of them.
var formatFlagNames = []string{"config", "formats", "mapping", "record-format"}

// only says in the help of a command that asks a running Penstock otherwise what the flags go with.
func (f *formatFlags) only(cmd *cobra.Command, with string) {
	for _, name := range formatFlagNames {
		if flag := cmd.Flags().Lookup(name); flag != nil {
			flag.Usage = "with " + with + ": " + flag.Usage
		}
	}
}

// given tells whether any of them is there.
func (f *formatFlags) given(cmd *cobra.Command) bool {
	return slices.ContainsFunc(formatFlagNames, cmd.Flags().Changed)
}

// recordFlags adds what a command takes that reads records too.
func (f *formatFlags) recordFlags(cmd *cobra.Command) {
	f.flags(cmd)
	// Elsewhere --format is the form of what is written.
	cmd.Flags().StringVar(&f.of, "record-format", "", "format of the records: its id, or its folder; what comes in the envelope of Defender's streaming needs none")
}

// knowledge is what a command knows of records.
type knowledge struct {
	formats *formats.Catalogue
	plan    *format.Plan
	framer  format.Framer // nil: records come in the streaming envelope
}

// open reads the formats. One with a mistake in it is told on errOut; only when it is that of the records is it an error.
// Data is the data folder of whose stored tables something is asked; empty: none.
func (f *formatFlags) open(data string, errOut io.Writer) (*knowledge, error) {
	folder, mappings := cmp.Or(f.folder, os.Getenv("PENSTOCK_FORMATS")), f.mappings
	if f.config != "" {
		c, err := config.Load(f.config)
		if err != nil {
			return nil, err
		}
		folder, mappings = cmp.Or(folder, c.Formats), append(c.Mapping, mappings...)
	}
	if folder == "" && data != "" {
		folder = filepath.Join(data, "formats")
	}
	known, err := formats.Open(folder)
	if err != nil {
		return nil, err
	}
	tellBroken(errOut, known)
	if data != "" {
		if err := known.Recall(data); err != nil {
			return nil, err
		}
	}
	k := &knowledge{formats: known}
	if f.of != "" {
		of, err := formatNamed(known, f.of)
		if err != nil {
			return nil, err
		}
		if of.Records.Framed {
			k.framer = of.Framer()
		}
	}
	k.plan, err = planOf(known, mappings)
	return k, err
}

// tellBroken says which formats are set aside, and why.
func tellBroken(errOut io.Writer, known *formats.Catalogue) {
	for _, b := range known.Broken() {
		fmt.Fprintf(errOut, "penstock: the format %s is set aside: %s; penstock format check %s tells every mistake\n", b.ID, b, b.Folder)
	}
}

// framed is a record in the streaming envelope.
func (k *knowledge) framed(raw []byte) (framed []byte, err error) {
	if k.framer == nil {
		return raw, nil
	}
	found := 0
	reject := func(no record.Rejected) { err = fmt.Errorf("%s: %s", no.Reason, no.Detail) }
	new(record.Splitter).Split(raw, func(rec *record.Record) {
		k.framer.Frame(rec, func(rec *record.Record) {
			found++
			framed = rec.Raw
		}, reject)
	}, reject)
	if err == nil && found != 1 {
		err = fmt.Errorf("there are %d records of the format in it: give one", found)
	}
	return framed, err
}

// formatNamed finds a format by its id, or reads the one of a folder into those that are known.
func formatNamed(known *formats.Catalogue, name string) (*formats.Format, error) {
	f, err := known.Get(name)
	var missing *formats.MissingError
	if !errors.As(err, &missing) || missing.Broken != nil {
		return f, err
	}
	if _, none := os.Stat(filepath.Join(name, formats.ManifestFile)); none != nil {
		return nil, fmt.Errorf("%w, and no folder %[2]s with a %[3]s; penstock format list shows the formats of a folder (--formats)", err, name, formats.ManifestFile)
	}
	return known.Take(name)
}

// planOf is the mapping of all formats with the user's files applied.
func planOf(c *formats.Catalogue, files []string) (*format.Plan, error) {
	list, err := mappingFiles(files)
	if err != nil {
		return nil, err
	}
	return c.Plan(list...)
}

func mappingFiles(files []string) ([]defender.File, error) {
	var list []defender.File
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read mapping: %w", err)
		}
		list = append(list, defender.File{Name: name, Data: data})
	}
	return list, nil
}
