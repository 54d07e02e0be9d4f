package lake

import (
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestTheCatalogueNamesTheFilesThatThereAre(t *testing.T) {
	f := newFixture(t, Options{FlushInterval: 20 * time.Millisecond})
	f.keep(testRecords(0, 20)...)
	f.wait(20)
	f.settle()
	path := filepath.Join(t.TempDir(), "catalogue.db")
	if _, err := f.lake.catalogue.db.Exec("VACUUM INTO ?", path); err != nil {
		t.Fatal(err)
	}
	list, err := StoredFiles(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	rows := int64(0)
	for _, s := range list {
		names = append(names, s.Path)
		if s.Mark == "" {
			t.Errorf("%s has no mark", s.Path)
		}
		if !s.Index {
			rows += s.Rows
		}
	}
	var there []string
	for _, ending := range []string{"parquet", "tokens"} {
		for _, path := range f.files(filepath.Join("table=*", "day=*", "*."+ending)) {
			rel, err := filepath.Rel(filepath.Join(f.dir, "lake"), path)
			if err != nil {
				t.Fatal(err)
			}
			there = append(there, filepath.ToSlash(rel))
		}
	}
	slices.Sort(names)
	slices.Sort(there)
	if rows != 20 || len(names) == 0 || !slices.Equal(names, there) {
		t.Errorf("the catalogue names %q with %d events, there are %q", names, rows, there)
	}
}
