package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// What is found of files with secrets.
var (
	privateKept = Kind{ID: "private.kept", Severity: OK, Title: "Files with secrets are for their owner alone"}
	privateOpen = Kind{
		ID: "private.open", Severity: Fail, Title: "Every user of the machine can read a secret",
		Why: "Whoever has the key reads the events, or comes in as an administrator.",
	}
	privateGroup = Kind{
		ID: "private.group", Severity: Info, Title: "A group can read a secret",
		Why: "That is right where the group is Penstock's own.",
	}
	privateMissing = Kind{
		ID: "private.missing", Severity: Fail, Title: "A file with a secret cannot be read",
		Why:  "Penstock does not start, or the intake cannot sign in.",
		Mend: "Check the path in penstock.yaml, and that the user who runs Penstock may read it.",
	}
)

// File is a file with secrets, and what it is, as "the key of the secrets".
type File struct{ Path, What string }

// Private looks who may read files with secrets.
func Private(subject string, files []File) []Probe {
	var list []Probe
	for _, f := range files {
		list = append(list, Probe{Name: f.What, Subject: subject, Look: func(_ context.Context, tell func(Finding)) { tell(private(f.Path, f.What)) }})
	}
	return list
}

func private(path, what string) Finding {
	info, err := os.Stat(path)
	if err != nil {
		reason := "it cannot be looked at"
		if errors.Is(err, fs.ErrNotExist) {
			reason = "it is not there"
		}
		return privateMissing.Found("%s, %s: %s.", path, what, reason)
	}
	mode := info.Mode().Perm()
	switch {
	case mode&0o007 != 0:
		return privateOpen.Found("Every user of this machine can read %s, %s (mode %o).", path, what, mode).Mending("chmod 600 %s, then renew the secrets in it: somebody may have read them.", path)
	case mode&0o070 != 0:
		return privateGroup.Found("The group of %s, %s, can read it (mode %o).", path, what, mode).Mending("chmod 600 %s, unless the group is Penstock's own.", path)
	}
	return privateKept.Found("%s, %s, is for its owner alone.", path, what)
}
