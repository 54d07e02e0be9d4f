package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	backupsDir  = "backups"
	segmentsDir = "segments"
	partial     = ".partial" // ends the name of a backup that is under way
	nameLayout  = "20060102T150405Z"
)

// folder is a folder with backups.
type folder struct {
	dir, name string
	lock      *os.File
	keep      int
	known     map[string]File // segments of the backups there are, by place
	written   int64
}

// openFolder opens or makes a folder for a backup that is made at that time.
func openFolder(dir string, made time.Time, keep int) (*folder, error) {
	for _, d := range []string{backupsDir, segmentsDir} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return nil, fmt.Errorf("create the folder of backups: %w", err)
		}
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the folder of backups: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("another backup to %s is under way: %w", dir, err)
	}
	f := &folder{dir: dir, name: made.Format(nameLayout), lock: lock, keep: keep, known: map[string]File{}}
	for f.taken() {
		made = made.Add(time.Second)
		f.name = made.Format(nameLayout)
	}
	names, err := backupNames(dir)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	for _, name := range names {
		m, err := manifestOf(dir, name)
		if err != nil {
			continue // it is not relied upon
		}
		for _, file := range m.Files {
			if strings.HasPrefix(file.At, segmentsDir+"/") {
				f.known[file.At] = file
			}
		}
	}
	return f, nil
}

// taken tells whether there is a backup of this name: one was made in this second.
func (f *folder) taken() bool {
	_, err := os.Stat(filepath.Join(f.dir, backupsDir, f.name))
	return err == nil
}

// backupNames lists the backups in a folder, the oldest first.
func backupNames(dir string) ([]string, error) {
	list, err := os.ReadDir(filepath.Join(dir, backupsDir))
	if err != nil {
		return nil, fmt.Errorf("list the backups in %s: %w", dir, err)
	}
	var names []string
	for _, d := range list {
		if _, err := os.Stat(filepath.Join(dir, backupsDir, d.Name(), manifestName)); err == nil && !strings.HasSuffix(d.Name(), partial) {
			names = append(names, d.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

func manifestOf(dir, name string) (*Manifest, error) {
	b, err := os.Open(filepath.Join(dir, backupsDir, name, manifestName))
	if err != nil {
		return nil, fmt.Errorf("open the backup %s: %w", name, err)
	}
	defer b.Close()
	m, err := readManifest(b)
	if err != nil {
		return nil, fmt.Errorf("open the backup %s: %w", name, err)
	}
	return m, nil
}

func (f *folder) stage() string { return filepath.Join(f.dir, backupsDir, f.name+partial) }

// pooled is where a segment lies: lakes count their segments alike, and one that was restored goes on counting where the
// backup was, so that the mark belongs to the name.
func pooled(s *Segment) string {
	ext := path.Ext(s.Path)
	return path.Join(segmentsDir, strings.TrimSuffix(s.Path, ext)+"-"+s.Mark+ext)
}

func (f *folder) segment(s *Segment, open func() (*os.File, error)) (File, error) {
	at := pooled(s)
	file := File{Path: path.Join("lake", s.Path), At: at}
	there, err := os.Stat(filepath.Join(f.dir, filepath.FromSlash(at)))
	if known, ok := f.known[at]; ok && err == nil && there.Size() == known.Size {
		file.Size, file.SHA256 = known.Size, known.SHA256
		return file, nil
	}
	in, err := open()
	if err != nil {
		return File{}, fmt.Errorf("copy a segment: %w", err)
	}
	defer in.Close()
	h := sha256.New()
	target := filepath.Join(f.dir, filepath.FromSlash(at))
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return File{}, fmt.Errorf("copy a segment: %w", err)
	}
	counted := &counter{}
	if err := replaceFile(target, io.TeeReader(in, io.MultiWriter(h, counted))); err != nil {
		return File{}, fmt.Errorf("copy a segment: %w", err)
	}
	file.Size, file.SHA256 = counted.n, hex.EncodeToString(h.Sum(nil))
	f.known[at], f.written = file, f.written+file.Size
	return file, nil
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) { c.n += int64(len(p)); return len(p), nil }

func (f *folder) finish(_ context.Context, m *Manifest) (*Result, error) {
	defer f.lock.Close()
	names, err := filesOf(f.stage())
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		size, sum, err := sumFile(filepath.Join(f.stage(), filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		m.Files = append(m.Files, File{Path: name, At: path.Join(backupsDir, f.name, name), Size: size, SHA256: sum})
		f.written += size
	}
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	if err := writeFile(filepath.Join(f.stage(), manifestName), bytes.NewReader(text)); err != nil {
		return nil, err
	}
	if err := os.Rename(f.stage(), filepath.Join(f.dir, backupsDir, f.name)); err != nil {
		return nil, fmt.Errorf("finish the backup: %w", err)
	}
	if err := syncFile(filepath.Join(f.dir, backupsDir)); err != nil {
		return nil, fmt.Errorf("finish the backup: %w", err)
	}
	removed, err := f.prune()
	if err != nil {
		return nil, fmt.Errorf("the backup is made; older ones could not be deleted: %w", err)
	}
	return &Result{Manifest: m, Name: f.name, New: f.written, Removed: removed}, nil
}

func (f *folder) abort() error { return errors.Join(os.RemoveAll(f.stage()), f.lock.Close()) }

// prune deletes the oldest backups beyond those that are kept, what unfinished ones left, and segments that no backup
// names any more. Where a manifest cannot be read no segment is deleted: it may name any.
func (f *folder) prune() (removed []string, err error) {
	names, err := backupNames(f.dir)
	if err != nil {
		return nil, err
	}
	if f.keep > 0 && len(names) > f.keep {
		removed, names = names[:len(names)-f.keep], names[len(names)-f.keep:]
	}
	list, err := os.ReadDir(filepath.Join(f.dir, backupsDir))
	if err != nil {
		return nil, fmt.Errorf("list the backups: %w", err)
	}
	for _, d := range list {
		if strings.HasSuffix(d.Name(), partial) || slices.Contains(removed, d.Name()) {
			if err := os.RemoveAll(filepath.Join(f.dir, backupsDir, d.Name())); err != nil {
				return nil, fmt.Errorf("delete a backup: %w", err)
			}
		}
	}
	named := map[string]bool{}
	for _, name := range names {
		m, err := manifestOf(f.dir, name)
		if err != nil {
			return removed, nil //nolint:nilerr // check tells of it
		}
		for _, file := range m.Files {
			named[file.At] = true
		}
	}
	pool, err := filesOf(filepath.Join(f.dir, segmentsDir))
	if err != nil {
		return nil, err
	}
	for _, name := range pool {
		if at := path.Join(segmentsDir, name); !named[at] {
			if err := os.Remove(filepath.Join(f.dir, filepath.FromSlash(at))); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("delete a segment: %w", err)
			}
		}
	}
	return removed, nil
}
