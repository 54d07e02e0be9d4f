package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"penstock/journal"
)

// install makes a data folder with a little of everything.
func install(t *testing.T) Options {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	database(t, filepath.Join(data, "state.db"))
	database(t, filepath.Join(data, "lake", "catalogue.db"))
	for name, text := range map[string]string{
		"secrets.key": "key", "lake/table=T/day=2026-11-26/000000000001.parquet": "rows", "lake/table=T/day=2026-11-26/000000000001.tokens": "index",
		"lake/table=T/day=2026-11-26/000000000002.parquet": "more rows", "window/1-1.ids": "ids", "exports/1.csv": "not wanted", "acme/account": "certificate",
		"formats/owls/format.yaml": "id: owls", "formats/owls/mapping/seen.yaml": "table: OwlSeen", "tables.json": "{}",
	} {
		write(t, filepath.Join(data, name), text)
	}
	j, err := journal.Open(filepath.Join(data, "journal"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Append(t.Context(), journal.Batch{Intake: "i", Messages: []journal.Message{{Hub: "h", Partition: "0", Position: journal.Position{Sequence: 41}}}}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(filepath.Dir(data), "penstock.yaml")
	write(t, config, "data: data\n")
	return Options{Data: data, Config: config, Version: "test", Segments: twoSegments}
}

func twoSegments(context.Context, string) ([]Segment, error) {
	return []Segment{
		{Path: "table=T/day=2026-11-26/000000000001.parquet", Mark: "a1", Rows: 3, Primary: true},
		{Path: "table=T/day=2026-11-26/000000000001.tokens", Mark: "a1", Rows: 3, Spare: true},
		{Path: "table=T/day=2026-11-26/000000000002.parquet", Mark: "a2", Rows: 4, Primary: true},
		{Path: "table=T/day=2026-11-26/000000000002.tokens", Mark: "a2", Rows: 4, Spare: true}, // it is missing
	}, nil
}

func database(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() }) // the log stays beside it, as while a program runs
	if _, err := db.Exec(`CREATE TABLE goose_db_version (version_id INTEGER, is_applied INTEGER); INSERT INTO goose_db_version VALUES (130, 1)`); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func take(t *testing.T, to string, o Options) *Result {
	t.Helper()
	r, err := Take(t.Context(), to, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatWasBackedUpIsRestored(t *testing.T) {
	o := install(t)
	for _, name := range []string{"folder", "file.tar.zst"} {
		to := filepath.Join(t.TempDir(), name)
		m := take(t, to, o).Manifest
		if m.Events != 7 || m.Segments != 2 || m.Schemas["state.db"] != 130 || len(m.Positions) != 1 || m.Positions[0].Sequence != 41 {
			t.Errorf("%s: %+v", name, m)
		}
		restored := filepath.Join(t.TempDir(), "new", "data")
		if _, err := Restore(t.Context(), to, "", restored); err != nil {
			t.Fatal(err)
		}
		got, err := filesOf(restored)
		if err != nil {
			t.Fatal(err)
		}
		want := "acme/account formats/owls/format.yaml formats/owls/mapping/seen.yaml journal/00000000000000000001.log journal/positions.json lake/catalogue.db lake/table=T/day=2026-11-26/000000000001.parquet " +
			"lake/table=T/day=2026-11-26/000000000001.tokens lake/table=T/day=2026-11-26/000000000002.parquet penstock.yaml restored.json secrets.key state.db tables.json window/1-1.ids"
		if strings.Join(got, " ") != want {
			t.Errorf("%s: restored are\n%s, want\n%s", name, strings.Join(got, " "), want)
		}
		for _, path := range got {
			if info, err := os.Stat(filepath.Join(restored, path)); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %s: %v %v", name, path, info.Mode(), err)
			}
		}
		if err := Unfinished(restored); err != nil {
			t.Error(err)
		}
	}
}

func TestASecondBackupCopiesNewSegmentsAlone(t *testing.T) {
	o, to := install(t), filepath.Join(t.TempDir(), "folder")
	first := take(t, to, o)
	segment := filepath.Join(o.Data, "lake", "table=T", "day=2026-11-26", "000000000002.parquet")
	if err := os.Remove(segment); err != nil { // nobody reads it again
		t.Fatal(err)
	}
	second := take(t, to, o)
	if second.Manifest.Segments != 2 || second.Name <= first.Name {
		t.Errorf("%+v", second)
	}
	// A lake that was restored numbers on where the backup was: what has the same number is another segment.
	write(t, segment, "other rows of the same number")
	o.Segments = func(ctx context.Context, path string) ([]Segment, error) {
		list, err := twoSegments(ctx, path)
		list[2].Mark = "b2"
		return list[:3], err
	}
	take(t, to, o)
	for _, name := range []string{first.Name, second.Name, ""} {
		if _, problems, err := Check(t.Context(), to, name); err != nil || len(problems) > 0 {
			t.Errorf("%s: %v %q", name, err, problems)
		}
	}
	o.Keep = 1
	if removed := take(t, to, o).Removed; len(removed) != 3 {
		t.Errorf("removed are %q", removed)
	}
	pool, err := filesOf(filepath.Join(to, segmentsDir))
	if err != nil || len(pool) != 3 || strings.Contains(strings.Join(pool, " "), "-a2") {
		t.Errorf("the pool has %q, %v", pool, err)
	}
}

func TestKeysAndEventsStayOutWhenTheyAreNotWanted(t *testing.T) {
	o, to := install(t), filepath.Join(t.TempDir(), "folder")
	o.WithoutEvents, o.WithoutKey = true, true
	for _, f := range take(t, to, o).Manifest.Files {
		if strings.HasPrefix(f.Path, "lake/") || strings.HasPrefix(f.Path, "acme/") || f.Path == "secrets.key" {
			t.Errorf("%s is in the backup", f.Path)
		}
	}
}

func TestABackupWaitsForASegmentThatWasMergedMeanwhile(t *testing.T) {
	o := install(t)
	asked := 0
	o.Segments = func(ctx context.Context, path string) ([]Segment, error) {
		list, err := twoSegments(ctx, path)
		if asked++; asked < 4 {
			list[0].Path = "table=T/day=2026-11-26/000000000009.parquet"
		}
		return list, err
	}
	if r := take(t, filepath.Join(t.TempDir(), "folder"), o); r.Manifest.Segments != 2 || asked != 4 {
		t.Errorf("asked %d times: %+v", asked, r.Manifest)
	}
}

func TestDamageIsFoundAndNothingIsRestored(t *testing.T) {
	o := install(t)
	folder, archive := filepath.Join(t.TempDir(), "folder"), filepath.Join(t.TempDir(), "file.tar.zst")
	name := take(t, folder, o).Name
	take(t, archive, o)
	write(t, filepath.Join(folder, "backups", name, "secrets.key"), "kez")
	if err := os.Remove(filepath.Join(folder, "segments", "table=T", "day=2026-11-26", "000000000001-a1.parquet")); err != nil {
		t.Fatal(err)
	}
	_, problems, err := Check(t.Context(), folder, "")
	if err != nil || len(problems) != 2 {
		t.Errorf("%v %q", err, problems)
	}
	b, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	write(t, archive, string(b[:len(b)/2]))
	if _, _, err := Check(t.Context(), archive, ""); err == nil {
		t.Error("half an archive passes")
	}
	for _, from := range []string{folder, archive} {
		to := t.TempDir()
		if _, err := Restore(t.Context(), from, "", to); err == nil {
			t.Errorf("%s is restored", from)
		}
		if left, err := os.ReadDir(to); err != nil || len(left) > 0 {
			t.Errorf("%v is left of it, %v", left, err)
		}
	}
}

func TestWhatCannotBeBackedUpOrRestoredIsRefused(t *testing.T) {
	o := install(t)
	folder := filepath.Join(t.TempDir(), "folder")
	take(t, folder, o)
	full := t.TempDir()
	write(t, filepath.Join(full, "state.db"), "")
	existing := filepath.Join(t.TempDir(), "there.tar.zst")
	write(t, existing, "")
	for want, err := range map[string]error{
		"within the data folder":    second(Take(t.Context(), filepath.Join(o.Data, "backup"), o)),
		"there already":             second(Take(t.Context(), existing, o)),
		"no Penstock's data":        second(Take(t.Context(), filepath.Join(t.TempDir(), "b"), Options{Data: t.TempDir()})),
		"not empty (state.db)":      second(Restore(t.Context(), folder, "", full)),
		"no backup 2026":            second(Restore(t.Context(), folder, "2026", filepath.Join(t.TempDir(), "r"))),
		"there is no backup in":     second(Restore(t.Context(), filepath.Dir(folder), "", filepath.Join(t.TempDir(), "r"))),
		"no such file or directory": second(Restore(t.Context(), filepath.Join(folder, "gone"), "", filepath.Join(t.TempDir(), "r"))),
	} {
		if err == nil || !strings.Contains(err.Error(), want) && !strings.Contains(err.Error(), "no such file") {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestAnArchiveThatLeadsElsewhereIsRefused(t *testing.T) {
	for _, name := range []string{"data/../../etc/passwd", "/etc/passwd", "data//etc/passwd", "other/file", "data/a\\b"} {
		path := filepath.Join(t.TempDir(), "evil.tar.zst")
		var b bytes.Buffer
		zip, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		w := tar.NewWriter(zip)
		if err := errors.Join(w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: 1}), second(w.Write([]byte("x"))), w.Close(), zip.Close()); err != nil {
			t.Fatal(err)
		}
		write(t, path, b.String())
		if _, err := Restore(t.Context(), path, "", filepath.Join(t.TempDir(), "r")); err == nil || !strings.Contains(err.Error(), "which no backup has") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadManifest(f *testing.F) {
	f.Add([]byte(`{"format":1,"files":[{"path":"state.db","at":"backups/x/state.db","size":1,"sha256":"00"}]}`))
	f.Add([]byte(`{"format":1,"files":[{"path":"../state.db","at":"/x"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := readManifest(bytes.NewReader(text))
		if err != nil {
			return
		}
		for _, file := range m.Files {
			for _, p := range []string{file.Path, file.At} {
				if joined := filepath.Join("/root/of/it", filepath.FromSlash(p)); !strings.HasPrefix(joined, "/root/of/it/") {
					t.Errorf("%q leads to %s", p, joined)
				}
			}
		}
	})
}
