package catalogue

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const ruleText = "title: A\nlogsource:\n  category: process_creation\ndetection:\n  s: {Image: x}\n  condition: s\n"

// archive is a zip of files, by name; the mode of a name that ends in @ is that of a link.
func archive(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		h := &zip.FileHeader{Name: strings.TrimSuffix(files[i], "@"), Method: zip.Deflate}
		if h.Name != files[i] {
			h.SetMode(fs.ModeSymlink | 0o777)
		}
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = f.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readZip(data []byte, b Bounds) (*Files, error) {
	return ReadZip(bytes.NewReader(data), int64(len(data)), b)
}

func paths(f *Files) []string {
	var list []string
	for _, r := range f.Rules {
		list = append(list, r.Path)
	}
	return list
}

func TestAnArchiveGivesItsRulesAlone(t *testing.T) {
	f, err := readZip(archive(t,
		"rules/b.yml", ruleText, "rules/a.YAML", ruleText, "README.md", "x", ".github/workflows/ci.yml", ruleText,
		"tests/table.yml", "a:\n  - b\n", "inner.zip", "PK", "version.txt", "r2026-01-01\nmore", "c.yml", "action: global\n",
	), Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	if got := paths(f); !slices.Equal(got, []string{"c.yml", "rules/a.YAML", "rules/b.yml"}) {
		t.Errorf("rules %q", got)
	}
	if f.Ignored != 4 || f.Version != "r2026-01-01" || len(f.Problems) != 0 {
		t.Errorf("ignored %d, version %q, problems %v", f.Ignored, f.Version, f.Problems)
	}
}

func TestAFileThatCannotBeARuleIsToldOf(t *testing.T) {
	f, err := readZip(archive(t, "broken.yml", "title: [", "utf16.yml", "\xff\xfet\x00i\x00"), Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	if got := paths(f); !slices.Equal(got, []string{"broken.yml"}) || len(f.Problems) != 1 || !strings.Contains(f.Problems[0].Message, "UTF-16") {
		t.Errorf("rules %q, problems %v", got, f.Problems)
	}
}

func TestPathsThatLeaveTheArchiveAndLinksAreRefused(t *testing.T) {
	f, err := readZip(archive(t,
		"../a.yml", ruleText, "/etc/b.yml", ruleText, `..\c.yml`, ruleText, "x/../../d.yml", ruleText, `C:\e.yml`, ruleText,
		"link.yml@", "/etc/passwd", "good.yml", ruleText, "good.yml", ruleText+"#",
	), Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	if got := paths(f); !slices.Equal(got, []string{"good.yml"}) || string(f.Rules[0].Text) != ruleText {
		t.Errorf("rules %q", got)
	}
	if len(f.Problems) != 7 {
		t.Errorf("%d problems", len(f.Problems))
	}
}

func TestAnArchiveBeyondItsBoundsIsRefused(t *testing.T) {
	large := ruleText + strings.Repeat("#", 600<<10)
	for name, c := range map[string]struct {
		data   []byte
		bounds Bounds
	}{
		"a bomb: small, and large when it is opened": {archive(t, "a.yml", large, "b.yml", large, "c.yml", large), Bounds{}},
		"too many files":   {archive(t, "a.yml", ruleText, "b.yml", ruleText), Bounds{Files: 1}},
		"too many entries": {archive(t, "a", "", "b", "", "c", ""), Bounds{Entries: 2}},
		"too many bytes":   {archive(t, "a.yml", ruleText, "b.yml", ruleText), Bounds{Total: int64(len(ruleText)) + 1}},
	} {
		if _, err := readZip(c.data, c.bounds); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f, err := readZip(archive(t, "a.yml", ruleText, "b.yml", large), Bounds{File: 1 << 10})
	if err != nil || len(f.Rules) != 1 || len(f.Problems) != 1 {
		t.Errorf("one file that is too large: %v, %+v", err, f)
	}
	if _, err := readZip([]byte("no archive"), Bounds{}); err == nil {
		t.Error("what is no archive was read")
	}
}

func TestLinksThatLeaveAFolderAreRefused(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		filepath.Join(outside, "secret.yml"): ruleText, filepath.Join(dir, "a.yml"): ruleText,
		filepath.Join(dir, ".git", "HEAD"):                   "ref: refs/heads/main\n",
		filepath.Join(dir, ".git", "refs", "heads", "main"):  "8eaafff1f2845a696050e05e72ba1140ee190698\n",
		filepath.Join(dir, ".github", "workflows", "ci.yml"): ruleText,
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"inside.yml": "a.yml", "out.yml": filepath.Join(outside, "secret.yml"), "up.yml": "../" + filepath.Base(outside) + "/secret.yml", "circle": "."} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skip(err)
		}
	}
	f, err := ReadFolder(dir, Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	if got := paths(f); !slices.Equal(got, []string{"a.yml", "inside.yml"}) || len(f.Problems) != 2 || f.Version != "8eaafff1f284" {
		t.Errorf("rules %q, version %q, problems %d", got, f.Version, len(f.Problems))
	}
	one, err := ReadFolder(filepath.Join(dir, "a.yml"), Bounds{})
	if err != nil || !slices.Equal(paths(one), []string{"a.yml"}) {
		t.Errorf("a single file: %v, %v", one, err)
	}
	if _, err := ReadFolder(filepath.Join(dir, "missing"), Bounds{}); err == nil {
		t.Error("a folder that is not there was read")
	}
}

func TestTheHashIsThatOfTheRules(t *testing.T) {
	read := func(fsys fstest.MapFS) string {
		f, err := ReadFS(fsys, Bounds{})
		if err != nil {
			t.Fatal(err)
		}
		return f.Hash()
	}
	a := read(fstest.MapFS{"a.yml": {Data: []byte(ruleText)}, "x.md": {Data: []byte("1")}})
	if b := read(fstest.MapFS{"a.yml": {Data: []byte(ruleText)}, "x.md": {Data: []byte("2")}}); a != b {
		t.Error("what is no rule counts")
	}
	if b := read(fstest.MapFS{"b.yml": {Data: []byte(ruleText)}}); a == b {
		t.Error("the path does not count")
	}
}

func FuzzReadZip(f *testing.F) {
	f.Add(archive(f, "a.yml", ruleText, "../b.yml", ruleText, "l.yml@", "x"))
	f.Add(archive(f, "version.txt", "1"))
	f.Add([]byte("PK\x05\x06"))
	bounds := Bounds{Files: 10, File: 1 << 10, Total: 4 << 10, Entries: 20}
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := readZip(data, bounds)
		if err != nil {
			return
		}
		total := 0
		for _, r := range files.Rules {
			total += len(r.Text)
			if !fs.ValidPath(r.Path) || len(r.Text) > 1<<10 {
				t.Errorf("%q, %d bytes", r.Path, len(r.Text))
			}
		}
		if len(files.Rules) > 10 || total > 4<<10 {
			t.Errorf("%d files, %d bytes", len(files.Rules), total)
		}
	})
}
