package syntax

import "testing"

func TestTheNearestNameIsTheOneThatIsMeant(t *testing.T) {
	columns := []string{"InitiatingProcessMD5", "InitiatingProcessFileName", "FileName", "FolderPath", "DeviceName"}
	for typed, want := range map[string]string{
		"InitiatingProcesName": "InitiatingProcessFileName",
		"InitiatingProcesMD5":  "InitiatingProcessMD5",
		"FielName":             "FileName",
		"DeviceNam":            "DeviceName",
		"filename":             "FileName",
		"Nothing":              "",
	} {
		if got := Nearest(typed, columns); got != want {
			t.Errorf("%s: %q, want %q", typed, got, want)
		}
	}
}
