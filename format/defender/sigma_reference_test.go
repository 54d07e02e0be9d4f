package defender

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheReferenceOfFieldsIsUpToDate(t *testing.T) {
	path, text := filepath.Join("..", "..", "docs", "fields.md"), testPipeline(t).Reference()
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != text {
		t.Errorf("docs/fields.md is out of date (%v): go test ./format/defender -run Reference -update", err)
	}
}
