package formats

import (
	"context"
	"os"
	"path/filepath"

	"penstock/doctor"
)

// What is found of the formats of an installation.
var (
	formatsRight  = doctor.Kind{ID: "formats.right", Severity: doctor.OK, Title: "Every format can be used"}
	formatsBroken = doctor.Kind{
		ID: "formats.broken", Severity: doctor.Fail, Title: "A format is set aside because of a mistake in its folder",
		Why:  "Intakes of this format do not collect, and its events are searched by their columns alone. All other formats work.",
		Mend: "Mend the line that is named (penstock format check tells every mistake in a folder), then restart Penstock or send it SIGHUP.",
	}
	formatsFaulty = doctor.Kind{
		ID: "formats.faulty", Severity: doctor.Warn, Title: "A format has mistakes, and is used all the same",
		Why:  "A rule of the format is not tried, or an event does not become what a sample of it says.",
		Mend: "Mend the line that is named; penstock format check tells every mistake in the folder.",
	}
)

// Kinds are what can be found of formats.
func Kinds() []doctor.Kind { return []doctor.Kind{formatsRight, formatsBroken, formatsFaulty} }

// Probe looks at the formats of the installation.
func (c *Catalogue) Probe(subject string) doctor.Probe {
	return doctor.Probe{Name: "the formats", Subject: subject, Look: func(_ context.Context, tell func(doctor.Finding)) {
		clean := true
		for _, b := range c.broken {
			clean = false
			found := formatsBroken.Found("The format %s is set aside: %s", b.ID, b).With("folder", b.Folder)
			tell(found.Mending("%s", b.Hint()))
		}
		for _, f := range c.formats {
			if first, n := f.faults(); n > 0 {
				clean = false
				tell(formatsFaulty.Found("The format %s has %d mistakes; the first: %s", f.ID, n, first.place()).With("folder", f.Dir))
			}
		}
		if clean {
			tell(formatsRight.Found("Formats that can be used: %d.", len(c.formats)))
		}
	}}
}

// faults are the mistakes in the folder of a format that is used: the first, and how many there are.
func (f *Format) faults() (first Finding, n int) {
	if f.Builtin {
		return first, 0
	}
	_, found := Check(os.DirFS(f.Dir), filepath.ToSlash(f.Dir))
	for i := range found {
		if found[i].Warning {
			continue
		}
		if n++; n == 1 {
			first = found[i]
		}
	}
	return first, n
}
