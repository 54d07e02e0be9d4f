package sigma

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// publicRules are the rules to test with that are not a part of the project, by path; none where they are not there.
func publicRules(t testing.TB) (files []string, texts [][]byte) {
	t.Helper()
	shared := os.Getenv("PENSTOCK_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	dir := filepath.Join(shared, "sigma", "rules")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the public rules are not here")
	}
	err := filepath.WalkDir(dir+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yml") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files, texts = append(files, name), append(texts, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, texts
}

func TestThePublicRulesAreReadWithoutAProblem(t *testing.T) {
	files, texts := publicRules(t)
	start := time.Now()
	var parts []*Collection
	for i := range files {
		parts = append(parts, Read(files[i], texts[i], Options{}))
	}
	read := time.Since(start)
	all := Resolve(parts...)
	t.Logf("%d files, %d rules: read in %v, resolved in %v", len(files), len(all.Rules), read, time.Since(start)-read)
	for _, p := range all.Problems {
		if !p.Warning {
			t.Errorf("%v", p)
		}
	}
	if len(all.Rules) != len(files) {
		t.Errorf("%d rules of %d files", len(all.Rules), len(files))
	}
}

func BenchmarkReadOfThePublicRules(b *testing.B) {
	files, texts := publicRules(b)
	size := 0
	for _, text := range texts {
		size += len(text)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for i := range files {
			Read(files[i], texts[i], Options{})
		}
	}
}
