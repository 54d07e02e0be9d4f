package catalogue

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"penstock/sigma"
)

// File is a file of rules.
type File struct {
	Path string // within its pack, with slashes
	Text []byte
}

// Files is what was read of a pack.
type Files struct {
	Rules    []File // by path
	Ignored  int    // files that hold no rules: other kinds, hidden ones, YAML of other things
	Version  string // as the pack says itself, by a version.txt or the commit of a checkout; empty: it does not
	Problems []*sigma.Problem
}

// Bounds is how large a pack may be. Zero values mean the default that is named.
type Bounds struct {
	Entries int   // files and folders, of whatever kind; 200,000
	Files   int   // of rules; 20,000
	File    int64 // bytes of one; 1 MiB
	Total   int64 // bytes of all; 64 MiB
	Ratio   int64 // bytes of all in an archive to those of the archive; 100
}

func (b Bounds) orDefault() Bounds {
	def := Bounds{Entries: 200_000, Files: 20_000, File: 1 << 20, Total: 64 << 20, Ratio: 100}
	return Bounds{orElse(b.Entries, def.Entries), orElse(b.Files, def.Files), orElse(b.File, def.File), orElse(b.Total, def.Total), orElse(b.Ratio, def.Ratio)}
}

func orElse[T int | int64](n, otherwise T) T {
	if n > 0 {
		return n
	}
	return otherwise
}

// ErrTooLarge is returned for a pack beyond its bounds.
var ErrTooLarge = errors.New("the pack is too large")

// smallArchive may be compressed however well: the ratio of a few lines says nothing.
const smallArchive = 1 << 20

// gathering is a pack that is being read.
type gathering struct {
	bounds  Bounds
	out     Files
	entries int
	total   int64
	limit   int64 // of total
}

// ReadZip reads the rules of a zip archive of size bytes. Entries whose paths leave the archive and links are refused,
// each with a problem; archives within it are not opened.
func ReadZip(r io.ReaderAt, size int64, b Bounds) (*Files, error) {
	b = b.orDefault()
	archive, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("this is no zip archive that can be read: %w", err)
	}
	g := &gathering{bounds: b, limit: min(b.Total, max(smallArchive, size*b.Ratio))}
	for _, entry := range archive.File {
		name := strings.TrimSuffix(entry.Name, "/")
		if err := g.count(); err != nil {
			return nil, err
		}
		switch {
		case !fs.ValidPath(name) || strings.ContainsAny(name, `\:`) || strings.ContainsRune(name, 0):
			g.refuse(name, "the path leaves the archive, or is none")
		case entry.Mode()&fs.ModeSymlink != 0:
			g.refuse(name, "links are not followed")
		case entry.Mode().IsRegular():
			if err := g.take(name, entry.Open); err != nil {
				return nil, err
			}
		}
	}
	return g.finish(), nil
}

// ReadFolder reads the rules below a folder of the server's disk, or a single file of rules. Links to what lies outside of
// the folder are refused with a problem.
func ReadFolder(dir string, b Bounds) (*Files, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	if !info.IsDir() {
		g := &gathering{bounds: b.orDefault(), limit: b.orDefault().Total}
		err := g.take(filepath.Base(dir), func() (io.ReadCloser, error) { return os.Open(dir) })
		if err != nil {
			return nil, err
		}
		return g.finish(), nil
	}
	root, err := os.OpenRoot(dir) // whose files cannot leave it, whatever links say
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	defer root.Close()
	files, err := ReadFS(root.FS(), b)
	if err != nil {
		return nil, fmt.Errorf("read the rules in %s: %w", dir, err)
	}
	if files.Version == "" {
		files.Version = commit(root.FS())
	}
	return files, nil
}

// ReadFS reads the rules of a file system.
func ReadFS(fsys fs.FS, b Bounds) (*Files, error) {
	b = b.orDefault()
	g := &gathering{bounds: b, limit: b.Total}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if d == nil || name == "." {
				return err
			}
			g.refuse(name, err.Error())
			return nil
		}
		if d.IsDir() {
			if name != "." && hidden(name) {
				return fs.SkipDir
			}
			return nil
		}
		if err := g.count(); err != nil {
			return err
		}
		if d.Type()&fs.ModeSymlink != 0 {
			return g.link(fsys, name)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		return g.take(name, func() (io.ReadCloser, error) { return fsys.Open(name) })
	})
	if err != nil {
		return nil, err
	}
	return g.finish(), nil
}

// link takes the file that a link leads to. Links to folders are left aside: they may lead in circles.
func (g *gathering) link(fsys fs.FS, name string) error {
	info, err := fs.Stat(fsys, name)
	switch {
	case err != nil:
		g.refuse(name, "the link cannot be followed, or leaves the folder")
		return nil //nolint:nilerr // it is a problem of this file, which is told
	case !info.Mode().IsRegular():
		g.out.Ignored++
		return nil
	}
	return g.take(name, func() (io.ReadCloser, error) { return fsys.Open(name) })
}

func hidden(name string) bool { return strings.HasPrefix(path.Base(name), ".") }

func isYAML(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".yml" || ext == ".yaml"
}

func (g *gathering) count() error {
	if g.entries++; g.entries > g.bounds.Entries {
		return fmt.Errorf("%w: it has more than %d files", ErrTooLarge, g.bounds.Entries)
	}
	return nil
}

func (g *gathering) refuse(name, why string) {
	g.out.Problems = append(g.out.Problems, &sigma.Problem{File: printable(name), Message: why})
}

// printable is a name that may be shown and stored.
func printable(name string) string {
	const longest = 300
	name = strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r < ' ' {
			return '\uFFFD'
		}
		return r
	}, name), "\uFFFD")
	if len(name) > longest {
		name = strings.ToValidUTF8(name[:longest], "") + "…"
	}
	return name
}

// take reads one file, when it is one of rules. What is wrong with it alone is a problem; the error is that the pack is too
// large.
func (g *gathering) take(name string, open func() (io.ReadCloser, error)) error {
	version := strings.EqualFold(path.Base(name), "version.txt")
	if !version && !isYAML(name) || slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return strings.HasPrefix(part, ".") }) {
		g.out.Ignored++
		return nil
	}
	text, err := g.read(open)
	switch {
	case errors.Is(err, ErrTooLarge):
		return err
	case err != nil:
		g.refuse(name, err.Error())
	case version:
		if line, _, _ := strings.Cut(string(text), "\n"); g.out.Version == "" && len(line) <= 100 {
			g.out.Version = strings.TrimSpace(printable(line))
		}
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		g.refuse(name, "it is in UTF-16: save it as UTF-8")
	case !mayBeRules(text):
		g.out.Ignored++
	case len(g.out.Rules) == g.bounds.Files:
		return fmt.Errorf("%w: it has more than %d files of rules", ErrTooLarge, g.bounds.Files)
	default:
		g.out.Rules = append(g.out.Rules, File{Path: printable(name), Text: text})
	}
	return nil
}

func (g *gathering) read(open func() (io.ReadCloser, error)) ([]byte, error) {
	r, err := open()
	if err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	defer r.Close()
	// Sizes that an archive declares are not trusted: what counts is what comes out.
	text, err := io.ReadAll(io.LimitReader(r, min(g.bounds.File, g.limit-g.total)+1))
	if g.total += int64(len(text)); g.total > g.limit {
		return nil, fmt.Errorf("%w: its files are more than %d MiB, or far more than what they are compressed to", ErrTooLarge, g.limit>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	if int64(len(text)) > g.bounds.File {
		return nil, fmt.Errorf("it is larger than %d KiB", g.bounds.File>>10)
	}
	return text, nil
}

// ruleKeys are keys of which every document of rules has one at the start of a line. Workflows, tables of tests and
// configurations that lie in rule repositories have none.
var ruleKeys = [][]byte{[]byte("title:"), []byte("detection:"), []byte("correlation:"), []byte("logsource:"), []byte("filter:"), []byte("action:")}

func mayBeRules(text []byte) bool {
	for _, key := range ruleKeys {
		if i := bytes.Index(text, key); i == 0 || i > 0 && bytes.Contains(text, append([]byte{'\n'}, key...)) {
			return true
		}
	}
	return false
}

// finish sorts what was read. Of files of the same path, as an archive may have them, the first stays.
func (g *gathering) finish() *Files {
	slices.SortStableFunc(g.out.Rules, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	g.out.Rules = slices.CompactFunc(g.out.Rules, func(a, b File) bool {
		if a.Path == b.Path {
			g.refuse(b.Path, "the archive has this path twice; the first is taken")
		}
		return a.Path == b.Path
	})
	return &g.out
}

// Hash identifies the contents.
func (f *Files) Hash() string {
	h := sha256.New()
	for i := range f.Rules {
		fmt.Fprintf(h, "%d %s %d\n", len(f.Rules[i].Path), f.Rules[i].Path, len(f.Rules[i].Text))
		h.Write(f.Rules[i].Text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// commit is the beginning of the commit that a git checkout is at; empty for other folders.
func commit(fsys fs.FS) string {
	head := firstLine(fsys, ".git/HEAD")
	if ref, ok := strings.CutPrefix(head, "ref: "); ok {
		head = ""
		if fs.ValidPath(ref) {
			head = firstLine(fsys, path.Join(".git", ref))
		}
	}
	if _, err := hex.DecodeString(head); err != nil || len(head) < 12 {
		return ""
	}
	return head[:12]
}

func firstLine(fsys fs.FS, name string) string {
	f, err := fsys.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<10))
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(line)
}
