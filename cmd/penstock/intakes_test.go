package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"penstock/eventhubtest"
	"penstock/server"
)

// request sends JSON to the API, and decodes the answer into out where there is one.
func (p *process) request(t *testing.T, method, path string, in, out any) (int, string) {
	t.Helper()
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+p.address+"/api/v1"+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if out != nil && resp.StatusCode < 300 {
		if err := json.Unmarshal(text, out); err != nil {
			t.Fatal(err)
		}
	}
	return resp.StatusCode, string(text)
}

// test walks the way with settings, and gives what came of each step.
func (p *process) test(t *testing.T, settings map[string]any) (steps []server.TestStep, passed bool) {
	t.Helper()
	status, text := p.request(t, "POST", "/intakes/test", settings, nil)
	if status != http.StatusOK {
		t.Fatalf("the test is refused: %d %s", status, text)
	}
	lines, event := bufio.NewScanner(strings.NewReader(text)), ""
	for lines.Scan() {
		name, data, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case name == "event":
			event = data
		case name == "data" && event == "end":
			var end server.TestEnd
			if err := json.Unmarshal([]byte(data), &end); err != nil {
				t.Fatal(err)
			}
			return steps, end.Passed
		case name == "data":
			var s server.TestStep
			if err := json.Unmarshal([]byte(data), &s); err != nil {
				t.Fatal(err)
			}
			if s.State != "running" {
				steps = append(steps, s)
			}
		}
	}
	t.Fatalf("the test does not end: %s", text)
	return nil, false
}

func (p *process) intake(t *testing.T, name string) server.Intake {
	t.Helper()
	var in server.Intake
	if status, text := p.request(t, "GET", "/intakes/"+name, nil, &in); status != http.StatusOK {
		t.Fatalf("%s: %d %s", name, status, text)
	}
	return in
}

// withoutIntakes takes the intakes out of the configuration.
func (p *process) withoutIntakes(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(p.config)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "intakes:")
	if err := os.WriteFile(p.config, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
}

// numbered are messages of one record each.
func numbered(from, to int) (bodies [][]byte) {
	for n := from; n < to; n++ {
		bodies = append(bodies, fmt.Appendf(nil, `{"records":[%s]}`, testRecord(n, testStart)))
	}
	return bodies
}

func TestAnIntakeIsMadeTestedPausedChangedAndDeletedWithoutARestart(t *testing.T) {
	t.Parallel()
	hub, err := eventhubtest.Start(t.Context(), eventhubtest.Options{
		Hubs: []eventhubtest.Hub{{Name: "defender", Partitions: 2, ConsumerGroups: []string{"penstock"}}}, Keys: map[string]string{"listen": "c2VjcmV0LWtleQ=="},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hub.Close() })
	send := func(from, to int) {
		t.Helper()
		if _, err := hub.Append("defender", "", numbered(from, to)...); err != nil {
			t.Fatal(err)
		}
	}
	p := installPenstock(t, "unused")
	p.withoutIntakes(t)
	p.start(t)
	p.waitReady(t)

	right := hub.ConnectionString("defender")
	wrong := strings.Replace(right, "c2VjcmV0LWtleQ==", "d3Jvbmcta2V5LXdyb25nIQ==", 1)
	settings := map[string]any{"hubConnectionString": wrong, "consumerGroup": "penstock", "entity": "Headquarters", "tags": []string{"test"}}
	steps, passed := p.test(t, settings)
	last := steps[len(steps)-1]
	if passed || last.State != "failed" || last.Name != "hub defender" || last.Field != "hubConnectionString" || !strings.Contains(last.Hint, "Shared access policies") {
		t.Errorf("with a wrong key: %+v", steps)
	}
	settings["hubConnectionString"] = "  " + right + "\n"
	if steps, passed := p.test(t, settings); !passed {
		t.Errorf("with the right key: %+v", steps)
	}
	settings["consumerGroup"] = "nobody"
	if steps, passed := p.test(t, settings); passed || steps[len(steps)-1].Field != "consumerGroup" {
		t.Errorf("with a consumer group that is not there: %+v", steps)
	}
	settings["consumerGroup"] = "penstock"

	settings["name"], settings["format"] = "headquarters", "defender"
	send(0, 100)
	if status, text := p.request(t, "POST", "/intakes", settings, nil); status != http.StatusCreated || strings.Contains(text, "c2VjcmV0") {
		t.Fatalf("it is not made: %d %s", status, text)
	}
	if status, text := p.request(t, "POST", "/intakes", settings, nil); status != 422 || !strings.Contains(text, "body.name") {
		t.Errorf("made twice: %d %s", status, text)
	}
	p.waitCount(t, 100)

	var paused server.Intake
	if status, text := p.request(t, "POST", "/intakes/headquarters/pause", nil, &paused); status != 200 || paused.State != "paused" {
		t.Fatalf("it is not paused: %d %s", status, text)
	}
	send(100, 150)
	if status, text := p.request(t, "POST", "/intakes/headquarters/resume", nil, nil); status != 200 {
		t.Fatalf("it is not resumed: %d %s", status, text)
	}
	p.waitCount(t, 150)

	if status, text := p.request(t, "PATCH", "/intakes/headquarters", map[string]any{"entity": "Branch", "hubConnectionString": "", "categories": []string{"Device*"}}, nil); status != 200 {
		t.Fatalf("it is not changed: %d %s", status, text)
	}
	send(150, 200)
	p.waitCount(t, 200)
	in := p.intake(t, "headquarters")
	if *in.Entity != "Branch" || !slices.Equal(in.SecretsSet, []string{"hubConnectionString"}) || *in.HubName != "defender" || in.Origin != "api" {
		t.Errorf("after the change it is %+v", in)
	}
	if slices.Contains(in.NeverArrived, "DeviceProcessEvents") || !slices.Contains(in.NeverArrived, "EmailEvents") {
		t.Errorf("never arrived: %v", in.NeverArrived)
	}

	p.terminate(t)
	send(200, 250)
	p.start(t)
	p.waitReady(t)
	p.waitCount(t, 250)
	if again := p.intake(t, "headquarters"); *again.Entity != "Branch" || again.Tags[0] != "test" || !slices.Equal(again.NeverArrived, in.NeverArrived) {
		t.Errorf("after a restart it is %+v", again)
	}
	p.deletedAndMadeAnew(t, settings, send)
	found := p.reportIDs(t)
	if len(found) != 300 {
		t.Errorf("%d records are found", len(found))
	}
	for id, n := range found {
		if n != 1 {
			t.Errorf("record %s is found %d times", id, n)
		}
	}
	if report := p.ledger(t); !report.Complete || report.Counts.Records != 300 {
		t.Errorf("the ledger misses something, or has it twice: %+v", report)
	}
	if strings.Contains(p.log.tail(), "c2VjcmV0") {
		t.Error("the log shows the key")
	}
}

// deletedAndMadeAnew deletes the intake, and makes it again: it goes on where it was.
func (p *process) deletedAndMadeAnew(t *testing.T, settings map[string]any, send func(from, to int)) {
	t.Helper()
	if status, text := p.request(t, "DELETE", "/intakes/headquarters", nil, nil); status != http.StatusNoContent {
		t.Fatalf("it is not deleted: %d %s", status, text)
	}
	var list server.IntakeList
	p.get(t, "/intakes", nil, &list)
	if len(list.Intakes) != 0 {
		t.Errorf("after it was deleted there are %+v", list.Intakes)
	}
	resp, err := http.Get("http://" + p.address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	metrics, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`penstock_(intake|source)_[a-z_]+\{[^}]*intake="headquarters"`).Find(metrics); m != nil {
		t.Errorf("the deleted intake has the metric %s", m)
	}
	if n := p.count(t); n != 250 {
		t.Errorf("after it was deleted there are %d events", n)
	}
	send(250, 300)
	if status, text := p.request(t, "POST", "/intakes", settings, nil); status != http.StatusCreated {
		t.Fatalf("it is not made again: %d %s", status, text)
	}
	p.waitCount(t, 300)
}

func TestAnIntakeOfTheConfigurationIsShownAndNotChanged(t *testing.T) {
	t.Parallel()
	hub := startHub(t, 1)
	p := installPenstock(t, hub.ConnectionString("defender"))
	p.start(t)
	p.waitReady(t)
	in := p.intake(t, "defender")
	if in.Origin != "configuration" || !strings.Contains(in.Locked, "penstock.yaml") {
		t.Errorf("%+v", in)
	}
	for _, change := range []struct{ method, path string }{
		{"PATCH", "/intakes/defender"}, {"DELETE", "/intakes/defender"}, {"POST", "/intakes/defender/pause"}, {"POST", "/intakes/defender/resume"},
	} {
		if status, text := p.request(t, change.method, change.path, map[string]any{}, nil); status != http.StatusConflict || !strings.Contains(text, "penstock.yaml") {
			t.Errorf("%s %s: %d %s", change.method, change.path, status, text)
		}
	}
	if steps, passed := p.test(t, map[string]any{"name": "defender"}); !passed {
		t.Errorf("its test: %+v", steps)
	}
	settings := map[string]any{"name": "Defender", "format": "defender", "hubConnectionString": hub.ConnectionString("defender")}
	if status, text := p.request(t, "POST", "/intakes", settings, nil); status != 422 || !strings.Contains(text, "body.name") {
		t.Errorf("its name is given away: %d %s", status, text)
	}
}
