package lake

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestTheCatalogueNamesTheFilesThatThereAre(t *testing.T) {
	f := newFixture(t, Options{})
	f.keep(testRecords(0, 20)...)
	f.wait(20)
	f.settle()
	list, err := StoredFiles(t.Context(), filepath.Join(f.dir, "lake", "catalogue.db"))
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
	for _, pattern := range []string{"*.parquet", "*.tokens"} {
		there = append(there, f.files(filepath.Join("table=*", "day=*", pattern))...)
	}
	for i, path := range there {
		if rel, err := filepath.Rel(filepath.Join(f.dir, "lake"), path); err == nil && filepath.IsAbs(path) {
			there[i] = rel
		}
	}
	slices.Sort(names)
	slices.Sort(there)
	if rows != 20 || len(names) == 0 || !slices.Equal(names, there) {
		t.Errorf("the catalogue names %q with %d events, there are %q", names, rows, there)
	}
}
