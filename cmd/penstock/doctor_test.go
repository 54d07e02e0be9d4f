package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"penstock/doctor"
	"penstock/eventhubtest"
	"penstock/state/statetest"
)

// examined runs the doctor over a configuration beside another Penstock that has its data folder.
func examined(t *testing.T, conn string, args ...string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	data, config := filepath.Join(dir, "data"), filepath.Join(dir, "penstock.yaml")
	text := fmt.Sprintf("data: %s\nserver: {listen: %q, sign_in: off}\nintakes:\n  - name: north\n    eventhub: {connection_string: %q, consumer_group: penstock}\n", data, freeAddress(t), conn)
	if err := errors.Join(os.Mkdir(data, 0o700), os.WriteFile(config, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	unlock, err := lockData(data)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	db, err := statetest.Open(t.Context(), statePath(data))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	cmd := command()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(append([]string{"doctor", "--config", config}, args...))
	err = cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestTheDoctorWorksBesideARunningPenstockAndShowsNoKey(t *testing.T) {
	const key = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
	hub, err := eventhubtest.Start(t.Context(), eventhubtest.Options{Hubs: []eventhubtest.Hub{{Name: "defender", Partitions: 1}}, Keys: map[string]string{"RootManageSharedAccessKey": key}})
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	conn := hub.ConnectionString("defender")
	wrong := strings.Replace(conn, key, "d3Jvbmctd3Jvbmctd3Jvbmc=", 1)
	for name, test := range map[string]struct {
		conn   string
		args   []string
		status int
		want   string
	}{
		// Nobody answers at the page, though somebody has the data folder: that fails.
		"text":                  {conn, nil, 1, "[page.hung]"},
		"json":                  {wrong, []string{"--format", "json"}, 1, `"id": "hub.key"`},
		"ndjson":                {wrong, []string{"--format", "ndjson", "--intake", "north"}, 1, `{"id":"hub.key"`},
		"an intake of nowhere":  {conn, []string{"--intake", "south"}, 2, ""},
		"a form of no kind":     {conn, []string{"--format", "xml"}, 2, ""},
		"a threshold of nobody": {conn, []string{"--fail-on", "info"}, 2, ""},
	} {
		out, err := examined(t, test.conn, test.args...)
		status := 0
		if err != nil {
			status = 2
		}
		var code exitCode
		if errors.As(err, &code) {
			status = int(code)
		}
		if status != test.status || !strings.Contains(out, test.want) {
			t.Errorf("%s: status %d, %v: %s", name, status, err, out)
		}
		for _, part := range []string{key[:10], "d3Jvbmct"} {
			if strings.Contains(out, part) {
				t.Errorf("%s: a part of the key is shown: %s", name, out)
			}
		}
	}
}

func TestTheDoctorTellsOfAConfigurationThatIsWrong(t *testing.T) {
	out, err := examined(t, "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=<your key>")
	var code exitCode
	if !errors.As(err, &code) || code != 1 || !strings.Contains(out, "[config.wrong]") || !strings.Contains(out, "placeholder") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestTheRunningPenstockLooksItself(t *testing.T) {
	answer := doctor.Report{Worst: doctor.Warn, Findings: []doctor.Finding{{ID: "disk.slow", Subject: "disk", Severity: doctor.Warn, Found: "It is slow."}}}
	r, sent, out, err := asked(t, answer, "doctor", "--running", "--intake", "north", "--fail-on", "warn")
	var code exitCode
	if !errors.As(err, &code) || code != 1 || r.Method != http.MethodPost || r.URL.Path != "/api/v1/doctor" || !strings.Contains(out, "It is slow.") {
		t.Errorf("%v: %v %s", err, r, out)
	}
	var said struct{ Intake string }
	if json.Unmarshal(sent, &said) != nil || said.Intake != "north" {
		t.Errorf("%s", sent)
	}
}
