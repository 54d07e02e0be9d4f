package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

const archiveSuffix = ".tar.zst"

// archive is a backup in one file.
type archive struct {
	path    string
	file    *os.File
	zip     *zstd.Encoder
	tar     *tar.Writer
	kept    map[string]File // segments, by path
	written int64
}

func newArchive(path string) (*archive, error) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is there already (or cannot be looked at): name another file", path)
	}
	f, err := os.OpenFile(path+partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create the archive: %w", err)
	}
	zip, err := zstd.NewWriter(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("create the archive: %w", err), f.Close())
	}
	return &archive{path: path, file: f, zip: zip, tar: tar.NewWriter(zip), kept: map[string]File{}}, nil
}

func (a *archive) stage() string { return a.path + ".stage" }

func (a *archive) segment(s *Segment, open func() (*os.File, error)) (File, error) {
	if f, ok := a.kept[s.Path]; ok {
		return f, nil
	}
	in, err := open()
	if err != nil {
		return File{}, fmt.Errorf("copy a segment: %w", err)
	}
	defer in.Close()
	f, err := a.add("lake/"+s.Path, in)
	if err == nil {
		a.kept[s.Path] = f
	}
	return f, err
}

// add writes a file of the data folder into the archive.
func (a *archive) add(path string, in *os.File) (File, error) {
	info, err := in.Stat()
	if err != nil {
		return File{}, fmt.Errorf("copy %s: %w", path, err)
	}
	f := File{Path: path, At: archivePrefix + path, Size: info.Size()}
	if err := a.tar.WriteHeader(&tar.Header{Name: f.At, Mode: 0o600, Size: f.Size, ModTime: info.ModTime()}); err != nil {
		return File{}, fmt.Errorf("write the archive: %w", err)
	}
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(a.tar, h), in); err != nil {
		return File{}, fmt.Errorf("write %s into the archive: %w", path, err)
	}
	f.SHA256 = hex.EncodeToString(h.Sum(nil))
	a.written += f.Size
	return f, nil
}

func (a *archive) finish(ctx context.Context, m *Manifest) (*Result, error) {
	names, err := filesOf(a.stage())
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		in, err := os.Open(filepath.Join(a.stage(), filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("write the archive: %w", err)
		}
		f, err := a.add(name, in)
		if err = errors.Join(err, in.Close()); err != nil {
			return nil, err
		}
		m.Files = append(m.Files, f)
	}
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	err = a.tar.WriteHeader(&tar.Header{Name: manifestName, Mode: 0o600, Size: int64(len(text)), ModTime: m.Made})
	if err == nil {
		_, err = a.tar.Write(text)
	}
	if err = errors.Join(err, a.tar.Close(), a.zip.Close(), a.file.Sync()); err != nil {
		return nil, fmt.Errorf("write the archive: %w", err)
	}
	info, err := a.file.Stat()
	if err != nil {
		return nil, fmt.Errorf("write the archive: %w", err)
	}
	if err := errors.Join(a.file.Close(), os.Rename(a.path+partial, a.path), syncFile(filepath.Dir(a.path)), os.RemoveAll(a.stage())); err != nil {
		return nil, fmt.Errorf("finish the archive: %w", err)
	}
	return &Result{Manifest: m, Name: filepath.Base(a.path), New: info.Size()}, nil
}

func (a *archive) abort() error {
	a.zip.Close()  //nolint:errcheck // the file goes
	a.file.Close() //nolint:errcheck // the file goes
	return errors.Join(os.RemoveAll(a.stage()), os.Remove(a.path+partial))
}

// eachEntry reads an archive through and gives its files to visit; the manifest, which comes last, it returns.
func eachEntry(ctx context.Context, path string, visit func(name string, size int64, content io.Reader) error) (*Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the archive: %w", err)
	}
	defer f.Close()
	zip, err := zstd.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("open the archive: %w", err)
	}
	defer zip.Close()
	entries := tar.NewReader(zip)
	for {
		h, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the archive has no manifest: it is not whole")
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, fmt.Errorf("read the archive: %w", err)
		}
		if h.Name == manifestName {
			return readManifest(entries)
		}
		name, ok := strings.CutPrefix(h.Name, archivePrefix)
		if h.Typeflag != tar.TypeReg || !ok || !local(name) {
			return nil, fmt.Errorf("the archive has an entry %q, which no backup has", h.Name)
		}
		if err := visit(name, h.Size, entries); err != nil {
			return nil, err
		}
	}
}
