package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// unfinished is in a folder while something is restored to it.
const unfinished = "restore-unfinished"

// Unfinished is an error if a restore to the data folder was broken off: what is there is not whole.
func Unfinished(data string) error {
	if _, err := os.Stat(filepath.Join(data, unfinished)); err == nil {
		return fmt.Errorf("a restore to %s was broken off: empty the folder, and restore again", data)
	}
	return nil
}

// Restore puts a backup into the folder to, which must be empty or not there: the newest in a folder unless name says
// which, or that in an archive. Every file is compared with its checksum; when one differs, nothing is restored.
func Restore(ctx context.Context, from, name, to string) (_ *Manifest, err error) {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return nil, fmt.Errorf("create the folder to restore to: %w", err)
	}
	if err := empty(to); err != nil {
		return nil, err
	}
	mark := filepath.Join(to, unfinished)
	if err := writeFile(mark, strings.NewReader("penstock restore is at work here\n")); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, emptyFolder(to))
		}
	}()
	m, got, err := read(ctx, from, name, func(path string, content io.Reader) error {
		return writeFile(filepath.Join(to, filepath.FromSlash(path)), content)
	})
	if err != nil {
		return nil, err
	}
	if problems := compare(m, got); len(problems) > 0 {
		return nil, fmt.Errorf("the backup is damaged, nothing was restored: %s", strings.Join(problems, "; "))
	}
	named := map[string]bool{}
	for _, f := range m.Files {
		named[f.Path] = true
	}
	for path := range got {
		// An archive has segments too that were merged while it was made.
		if !named[path] {
			if err := os.Remove(filepath.Join(to, filepath.FromSlash(path))); err != nil {
				return nil, fmt.Errorf("restore: %w", err)
			}
		}
	}
	if err := markRestored(to, m.Made, m.Positions); err != nil {
		return nil, err
	}
	if err := os.Remove(mark); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	return m, syncFile(to)
}

// empty is an error if there is something in a folder.
func empty(dir string) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look into %s: %w", dir, err)
	}
	list = slices.DeleteFunc(list, func(d fs.DirEntry) bool { return d.Name() == "lost+found" })
	if len(list) > 0 {
		return fmt.Errorf("%s is not empty (%s): restore to a new folder, or move what is there away", dir, list[0].Name())
	}
	return nil
}

// emptyFolder deletes what is in a folder that was empty; the folder may be where a disk is mounted.
func emptyFolder(dir string) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, d := range list {
		if d.Name() != "lost+found" {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, d.Name())))
		}
	}
	return err
}

// Check compares every file of a backup with its checksum, and tells what is wrong; nothing is written.
func Check(ctx context.Context, from, name string) (*Manifest, []string, error) {
	m, got, err := read(ctx, from, name, func(_ string, content io.Reader) error {
		_, err := io.Copy(io.Discard, content)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return m, compare(m, got), nil
}

// seen is what was read of a file.
type seen struct {
	size int64
	sum  string
}

// read gives every file of a backup to take, and tells what it was. Files that are missing are left out.
func read(ctx context.Context, from, name string, take func(path string, content io.Reader) error) (*Manifest, map[string]seen, error) {
	got := map[string]seen{}
	visit := func(path string, content io.Reader) error {
		if _, twice := got[path]; twice {
			return fmt.Errorf("the backup has %s twice", path)
		}
		h, n := sha256.New(), &counter{}
		if err := take(path, io.TeeReader(content, io.MultiWriter(h, n))); err != nil {
			return err
		}
		got[path] = seen{n.n, hex.EncodeToString(h.Sum(nil))}
		return nil
	}
	info, err := os.Stat(from)
	if err != nil {
		return nil, nil, fmt.Errorf("open the backup: %w", err)
	}
	if !info.IsDir() {
		m, err := eachEntry(ctx, from, func(path string, _ int64, content io.Reader) error { return visit(path, content) })
		return m, got, err
	}
	m, err := choose(from, name)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range m.Files {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		in, err := os.Open(filepath.Join(from, filepath.FromSlash(f.At)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("open a file of the backup: %w", err)
		}
		if err := errors.Join(visit(f.Path, in), in.Close()); err != nil {
			return nil, nil, err
		}
	}
	return m, got, nil
}

// choose finds a backup in a folder; the newest when it has no name.
func choose(dir, name string) (*Manifest, error) {
	names, err := backupNames(dir)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("there is no backup in %s", dir)
	}
	if name == "" {
		name = names[len(names)-1]
	}
	if !slices.Contains(names, name) {
		return nil, fmt.Errorf("there is no backup %s in %s: there are %s", name, dir, strings.Join(names, ", "))
	}
	return manifestOf(dir, name)
}

// compare tells which files are not what the manifest says.
func compare(m *Manifest, got map[string]seen) (problems []string) {
	for _, f := range m.Files {
		switch s, ok := got[f.Path]; {
		case !ok:
			problems = append(problems, f.At+" is missing")
		case s.size != f.Size:
			problems = append(problems, fmt.Sprintf("%s has %d bytes, not %d", f.At, s.size, f.Size))
		case s.sum != f.SHA256:
			problems = append(problems, f.At+" is no longer what was written: its checksum differs")
		}
	}
	return problems
}
