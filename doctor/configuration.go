package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// What is found of the configuration, and of intakes that read a file.
var (
	configRight = Kind{ID: "config.right", Severity: OK, Title: "The configuration is right"}
	configWrong = Kind{
		ID: "config.wrong", Severity: Fail, Title: "The configuration cannot be read",
		Why:  "Penstock does not start with it; one that runs goes on with what it had before.",
		Mend: "Mend the line that is named. penstock config example shows every key, docs/configuration.md describes them.",
	}
	configMissing = Kind{
		ID: "config.missing", Severity: Fail, Title: "There is no configuration",
		Why:  "Without it nothing says what to read.",
		Mend: "Name it by --config or PENSTOCK_CONFIG. For a first look penstock demo needs none.",
	}
	fileThere   = Kind{ID: "file.there", Severity: OK, Title: "The file of an intake is there"}
	fileMissing = Kind{
		ID: "file.missing", Severity: Fail, Title: "The file of an intake cannot be read",
		Why:  "Nothing is read from it.",
		Mend: "Check the path, and the rights of the user that Penstock runs as.",
	}
)

// Configuration tells what came of reading the configuration, and how many intakes are in it.
func Configuration(path string, intakes int, err error) Probe {
	return Probe{Name: path, Subject: "configuration", Look: func(_ context.Context, tell func(Finding)) {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			tell(configMissing.Found("There is no file %s.", path))
		case err != nil:
			tell(configWrong.Found("%s", err.Error()))
		default:
			tell(configRight.Found("%s is right; intakes in it: %d.", path, intakes))
		}
	}}
}

// Readable looks whether the file of an intake can be read.
func Readable(subject, path string) Probe {
	return Probe{Name: "the file", Subject: subject, Look: func(_ context.Context, tell func(Finding)) {
		f, err := os.Open(path)
		if err != nil {
			tell(fileMissing.Found("The file %s cannot be read.", path).With("error", firstLine(err)))
			return
		}
		f.Close()
		tell(fileThere.Found("The file %s is there and can be read.", path))
	}}
}
