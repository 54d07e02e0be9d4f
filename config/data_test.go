package config

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheDataFolderIsFoundWithoutTheSecretsOfTheConfiguration(t *testing.T) {
	t.Setenv("PENSTOCK_TEST_DISK", "/disk")
	dir := t.TempDir()
	for text, want := range map[string]string{
		"data: /var/lib/penstock\nintakes: [{name: a, eventhub: {connection_string: \"${PENSTOCK_NOT_SET}\"}}]\n": "/var/lib/penstock",
		"data: lib\nunknown: 1\n":             filepath.Join(dir, "lib"),
		"intakes: []\n":                       filepath.Join(dir, "data"),
		"data: ${PENSTOCK_TEST_DISK}/data\n":  "/disk/data",
		"data: ${PENSTOCK_NOT_SET_AT_ALL}/\n": "",
		"data: [\n":                           "",
	} {
		path := filepath.Join(dir, "penstock.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := DataFolder(path); got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
