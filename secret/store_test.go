package secret

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"penstock/state"
	"penstock/state/statetest"
)

func openState(t *testing.T, dir string) *state.DB {
	t.Helper()
	db, err := statetest.Open(t.Context(), filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func openStore(t *testing.T, db *state.DB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), db, path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func keep(t *testing.T, s *Store, name, value string) {
	t.Helper()
	if err := s.db.Change(t.Context(), func(tx *sql.Tx) error { return s.Put(t.Context(), tx, name, []byte(value)) }); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, s *Store, name, value string) {
	t.Helper()
	if got, err := s.Get(t.Context(), name); err != nil || string(got) != value {
		t.Errorf("%s is %q, %v; want %q", name, got, err, value)
	}
}

func TestASecretIsThereAgainAndNotReadableInTheDatabase(t *testing.T) {
	dir := t.TempDir()
	path, db := filepath.Join(dir, "secrets.key"), openState(t, dir)
	s := openStore(t, db, path)
	keep(t, s, "notify/1", "correct horse battery staple")
	keep(t, s, "notify/1", "a second one that replaces it")
	want(t, openStore(t, db, path), "notify/1", "a second one that replaces it")
	if _, err := s.Get(t.Context(), "notify/2"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a secret that is none: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file: %v, %v", info.Mode(), err)
	}
	if _, err := db.Writer.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(filepath.Join(dir, "state.db")); err != nil || bytes.Contains(raw, []byte("replaces it")) {
		t.Errorf("the database shows the secret (%v)", err)
	}
	if err := db.Change(t.Context(), func(tx *sql.Tx) error { return s.Delete(t.Context(), tx, "notify/1") }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "notify/1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a forgotten secret: %v", err)
	}
}

func TestASecretIsNotPassedOffAsAnother(t *testing.T) {
	dir := t.TempDir()
	db := openState(t, dir)
	s := openStore(t, db, filepath.Join(dir, "secrets.key"))
	keep(t, s, "notify/1", "for one alone")
	for _, change := range []string{
		`UPDATE secret SET name = 'notify/2'`,
		`UPDATE secret SET name = 'notify/2', sealed = x'00'`,
	} {
		if _, err := db.Writer.Exec(change); err != nil {
			t.Fatal(err)
		}
		if value, err := s.Get(t.Context(), "notify/2"); !errors.Is(err, errDamaged) {
			t.Errorf("%s: %q, %v", change, value, err)
		}
	}
}

func TestRotationSealsAnewAndForgetsTheOldKey(t *testing.T) {
	dir := t.TempDir()
	path, db := filepath.Join(dir, "secrets.key"), openState(t, dir)
	s := openStore(t, db, path)
	keep(t, s, "a", "first")
	keep(t, s, "b", "second")
	old := s.keys[0]
	if n, err := s.Rotate(t.Context()); err != nil || n != 2 {
		t.Fatalf("rotated %d, %v", n, err)
	}
	again := openStore(t, db, path)
	if len(again.keys) != 1 || again.keys[0] == old {
		t.Errorf("the file has %d keys, or still the old one", len(again.keys))
	}
	want(t, s, "a", "first")
	want(t, again, "b", "second")
}

func TestAfterARotationThatWasCutOffEverythingOpens(t *testing.T) {
	dir := t.TempDir()
	path, db := filepath.Join(dir, "secrets.key"), openState(t, dir)
	s := openStore(t, db, path)
	keep(t, s, "a", "first")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Rotate(cancelled); err == nil {
		t.Fatal("a rotation went through that was cancelled")
	}
	want(t, s, "a", "first")
	again := openStore(t, db, path)
	want(t, again, "a", "first")
	if n, err := again.Rotate(t.Context()); err != nil || n != 1 || len(again.keys) != 1 {
		t.Errorf("rotated %d, %v; %d keys are left", n, err, len(again.keys))
	}
	want(t, again, "a", "first")
}

func TestALostKeyFileIsNotReplacedWhileSecretsNeedIt(t *testing.T) {
	dir := t.TempDir()
	path, db := filepath.Join(dir, "secrets.key"), openState(t, dir)
	keep(t, openStore(t, db, path), "a", "first")
	os.Remove(path)
	if _, err := Open(t.Context(), db, path); err == nil || !strings.Contains(err.Error(), "penstock secrets forget") {
		t.Errorf("opened without its key: %v", err)
	}
	if n, err := Forget(t.Context(), db); err != nil || n != 1 {
		t.Errorf("forgot %d, %v", n, err)
	}
	openStore(t, db, path)
}

func TestAKeyFileThatOthersReadOrThatIsDamagedIsRefused(t *testing.T) {
	db := openState(t, t.TempDir())
	for _, test := range []struct {
		text string
		mode os.FileMode
		want string
	}{
		{"k MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n", 0o644, "chmod 600"},
		{"", 0o600, "no key"},
		{"# a\nk c2hvcnQ=\n", 0o600, "line 2"},
		{strings.Repeat("#", maxKeyFile+1), 0o600, "larger"},
	} {
		path := filepath.Join(t.TempDir(), "secrets.key")
		if err := os.WriteFile(path, []byte(test.text), test.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), db, path); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.20q: %v; want %q", test.text, err, test.want)
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(keyHeading + "k MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n"))
	f.Add([]byte("k\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := parseKeys(text)
		if (err == nil) != (len(keys) > 0) {
			t.Errorf("%d keys, %v", len(keys), err)
		}
	})
}
