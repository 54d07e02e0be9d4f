package backup

import (
	"path/filepath"
	"testing"
	"time"
)

func TestARestoreLeavesAMarkThatIsTakenAwayPartitionByPartition(t *testing.T) {
	o := install(t)
	folder, to := filepath.Join(t.TempDir(), "folder"), filepath.Join(t.TempDir(), "data")
	take(t, folder, o)
	if _, err := Restore(t.Context(), folder, "", to); err != nil {
		t.Fatal(err)
	}
	r, err := ReadRestored(to)
	if err != nil || r == nil {
		t.Fatal(r, err)
	}
	if r.Of("another") != nil {
		t.Error("an intake of which the backup has nothing was restored")
	}
	in := r.Of("i")
	if in == nil || !in.Untouched("h") || !in.Due("h", "0") {
		t.Fatalf("%+v", r)
	}
	for range 2 {
		if err := in.Done("h", "0"); err != nil {
			t.Fatal(err)
		}
	}
	again, err := ReadRestored(to)
	if err != nil {
		t.Fatal(err)
	}
	if in = again.Of("i"); in.Untouched("h") || in.Due("h", "0") || !in.Due("h", "1") || !in.Untouched("other") || len(again.Begun["i"]) != 1 {
		t.Errorf("%+v", again)
	}
	again.Put = time.Now().Add(-counts - time.Hour)
	if again.Of("i") != nil {
		t.Error("it counts for ever")
	}
	if err := ForgetRestored(to); err != nil {
		t.Fatal(err)
	}
	if r, err := ReadRestored(to); r != nil || err != nil || r.Of("i") != nil {
		t.Errorf("it is still there: %v, %v", r, err)
	}
	write(t, filepath.Join(to, restoredName), "{")
	if _, err := ReadRestored(to); err == nil {
		t.Error("a mark that cannot be read is passed over")
	}
}
