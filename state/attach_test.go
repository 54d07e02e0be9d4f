package state

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestSomethingIsNotedBesideARunningProgramOfTheSameVersionAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	if _, err := Attach(t.Context(), path); err == nil {
		t.Error("a database that is not there was attached to")
	}
	running := openDB(t, path)
	beside, err := Attach(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := beside.Writer.Exec(`INSERT INTO journal_cursor VALUES ('r', 7)`); err != nil {
		t.Error(err)
	}
	if err := beside.Close(); err != nil {
		t.Error(err)
	}
	var n int
	if err := running.Reader.QueryRow(`SELECT cursor FROM journal_cursor`).Scan(&n); err != nil || n != 7 {
		t.Errorf("cursor %d, %v", n, err)
	}
	if _, err := running.Writer.Exec(`DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`); err != nil {
		t.Fatal(err)
	}
	if _, err := Attach(t.Context(), path); !errors.Is(err, ErrOtherVersion) {
		t.Errorf("an older database gives %v", err)
	}
}
