package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestARecordIsExplainedWithoutARunningPenstock(t *testing.T) {
	file := filepath.Join(t.TempDir(), "record.json")
	text := `{"time":"2026-06-01T12:00:00Z","tenantId":"t","category":"AdvancedHunting-DeviceProcessEvents","properties":{"DeviceName":"ws\u202e-1","FileName":"C:\\x.exe","FileSize":"huge","Novel":1,"AccountObjectId":"o"}}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := command()
	cmd.SetArgs([]string{"explain-event", "--record", file})
	cmd.SetOut(&out)
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		`host.name "ws\u202e-1" DeviceName mapping/common.yaml:`, `process.name "x.exe" FileName "C:\\x.exe" mapping/device_process_events.yaml:`,
		`penstock.columns.Novel 1 Novel kept`, `left out value from line file.size "huge" FileSize mapping/common.yaml:`,
		`not mapped value why AccountObjectId "o" no line of the mapping names it`, `penstock.table "DeviceProcessEvents" own`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	cmd = command()
	cmd.SetArgs([]string{"explain-event"})
	if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), "name either a stored event") {
		t.Error(err)
	}
}
