package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/doctor"
	"penstock/formats"
	"penstock/server"
)

// A format that is nothing but a folder goes the whole way: from what programs send over lake, search, KQL and alerts to the
// quarantine.
func TestASecondFormatGoesTheWholeWayFromItsFolderToSearch(t *testing.T) {
	t.Parallel()
	p := installPenstock(t, "unused")
	dir := filepath.Join(t.TempDir(), "formats")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "formats", "testdata"))); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(p.config)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "intakes:")
	text = []byte("formats: " + dir + "\n" + before + "intakes:\n  - name: programs\n    format: wren-firewall\n    http: {key: " + pushKey + "}\n")
	if err := os.WriteFile(p.config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	p.start(t)
	p.waitReady(t)

	var list server.FormatList
	p.get(t, "/formats", nil, &list)
	if len(list.Formats) != 2 || list.Formats[1].ID != "wren-firewall" || list.Formats[1].Builtin || len(list.Formats[1].Tables) != 2 {
		t.Errorf("%+v", list)
	}
	var made server.Intake
	if status, text := p.request(t, http.MethodPost, "/intakes", map[string]any{"name": "second", "format": "wren-firewall", "source": "http"}, &made); status != http.StatusCreated || len(made.NeverArrived) != 2 {
		t.Errorf("%d %s", status, text)
	}
	if status, text := p.request(t, http.MethodPost, "/intakes", map[string]any{"name": "third", "format": "owl", "source": "http"}, nil); status != http.StatusUnprocessableEntity || !strings.Contains(text, "There is no format owl") {
		t.Errorf("an unknown format: %d %s", status, text)
	}

	line := func(kind, src string, port, after int) string {
		return fmt.Sprintf(`{"ts":%d,"kind":%q,"verdict":"allow","src":%q,"dst":"10.4.0.2","dst_port":%d,"proto":"tcp","user":"anna","threat":"SSH guessing","zone":{"from":"wan","to":"lan"},"extra":7,"sent":"many"}`,
			testStart.UnixMilli()+int64(after), kind, src, port)
	}
	base := "http://" + p.address
	s := mustPush(t, base+"/plain", `{"batch":{"lines":[`+line("traffic", "198.51.100.9", 3389, 1)+`,`+line("threat", "198.51.100.9", 22, 2)+`,`+line("owl", "10.4.0.7", 1, 3)+`]}}`)
	if len(s.EventIDs) != 2 {
		t.Errorf("%d %s", s.status, s.text)
	}
	mustPush(t, base+"/plain/batch", line("flow", "10.4.0.9", 443, 4)+"\n"+line("flow", "10.4.0.9", 443, 4)+"\n")
	p.waitCount(t, 3)
	p.secondFormatIsFound(t, s.EventIDs)
	p.secondFormatIsDocumented(t)
	p.secondFormatBreaks(t, dir, line("flow", "10.4.0.10", 53, 5))
}

// secondFormatBreaks makes a mistake in the folder, and mends it again: the intake waits, and what it brought is found.
func (p *process) secondFormatBreaks(t *testing.T, dir, line string) {
	t.Helper()
	const sentence = "wren-firewall/mapping/traffic.yaml:11: there is no field \"rule.nome\""
	file := filepath.Join(dir, "wren-firewall", "mapping", "traffic.yaml")
	sound, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	again := func(text []byte) {
		t.Helper()
		p.terminate(t)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		p.start(t)
		p.waitReady(t)
	}
	again(bytes.ReplaceAll(sound, []byte("rule.name"), []byte("rule.nome")))

	var list server.FormatList
	p.get(t, "/formats", nil, &list)
	if len(list.Formats) != 1 || len(list.Broken) != 1 || list.Broken[0].ID != "wren-firewall" || len(list.Broken[0].Mistakes) != 1 || list.Broken[0].Mistakes[0].Line != 11 {
		t.Errorf("%+v", list)
	}
	for _, name := range []string{"programs", "second"} { // of the file, and of the API
		var in server.Intake
		if p.get(t, "/intakes/"+name, nil, &in); in.State != "stopped" || !strings.Contains(in.Problem, sentence) || !strings.Contains(in.Problem, "penstock format check") {
			t.Errorf("%s is %s: %s", name, in.State, in.Problem)
		}
	}
	base := "http://" + p.address
	if s := mustPush(t, base+"/plain", line); s.status != http.StatusServiceUnavailable || !strings.Contains(s.text, "its format cannot be used") || strings.Contains(s.text, dir) {
		t.Errorf("%d %s", s.status, s.text)
	}
	if s := mustPush(t, base+"/plain", line, "X-Intake-Key", "another-key"); s.status != http.StatusUnauthorized {
		t.Errorf("%d %s", s.status, s.text)
	}
	if log := p.log.tail(); !strings.Contains(log, "an intake does not collect") || !strings.Contains(log, "a format is set aside") {
		t.Errorf("the log is silent: %s", log)
	}
	var r doctor.Report
	if status, text := p.request(t, http.MethodPost, "/doctor", map[string]any{}, &r); status != http.StatusOK || !strings.Contains(text, "formats.broken") || !strings.Contains(text, "settings.format") {
		t.Errorf("the doctor: %d %s", status, text)
	}
	for _, command := range []string{"check", "doctor"} {
		if out, _, err := penstock(t, "", command, "--config", p.config); err == nil || strings.Count(out, sentence) < 2 {
			t.Errorf("penstock %s: %v, %s", command, err, out)
		}
	}
	// Some of its events were in the journal alone when it stopped. All are there, under the names of their columns.
	p.waitCount(t, 3)
	params := p.allTime()
	params.Set("q", "penstock.columns.dst_port: 3389 and penstock.table: WrenTraffic")
	var page server.EventPage
	if p.get(t, "/events", params, &page); len(page.Events) != 1 {
		t.Errorf("%+v", page)
	}
	const hunt = "WrenTraffic | where zone.to == 'lan' | summarize n = count() by dst_port | order by dst_port asc"
	if status, text := p.request(t, http.MethodPost, "/hunt", map[string]any{"query": hunt, "from": testStart.Add(-time.Hour)}, nil); status != http.StatusOK || !strings.Contains(text, "[443,1]") || !strings.Contains(text, "[3389,1]") {
		t.Errorf("hunt: %d %s", status, text)
	}

	again(sound)
	if s := mustPush(t, base+"/plain", line); s.status != http.StatusOK {
		t.Errorf("%d %s", s.status, s.text)
	}
	p.waitCount(t, 4)
	params.Set("q", "source.ip: 198.51.100.0/24 and wren.zone.from: wan and penstock.table: WrenTraffic")
	page = server.EventPage{}
	if p.get(t, "/events", params, &page); len(page.Events) != 1 {
		t.Errorf("%+v", page)
	}
	p.terminate(t)
	// Without a Penstock: the folder's own format, by the configuration or by its folder.
	for _, flags := range [][]string{{"--config", p.config}, {"--formats", dir}} {
		out, errOut, err := penstock(t, "", append([]string{"hunt", hunt, "--data", filepath.Join(filepath.Dir(p.config), "data"), "--from", testStart.Add(-time.Hour).Format(time.RFC3339), "--format", "csv"}, flags...)...)
		if err != nil || out != "dst_port,n\n53,1\n443,1\n3389,1\n" {
			t.Errorf("%v: %v, %q, %s", flags, err, out, errOut)
		}
	}
}

// secondFormatIsFound looks at what became of the events.
func (p *process) secondFormatIsFound(t *testing.T, ids []string) {
	t.Helper()
	params := p.allTime()
	params.Set("q", "source.ip: 198.51.100.0/24 and wren.zone.from: wan and penstock.table: WrenTraffic")
	var page server.EventPage
	p.get(t, "/events", params, &page)
	if len(page.Events) != 1 || page.Events[0].Sentence.Text != "198.51.100.9 reached 10.4.0.2 at port 3389 as anna" || !page.Events[0].Time.Equal(testStart.Add(1_000_000)) {
		t.Fatalf("%+v", page)
	}
	var found bool
	for _, id := range ids {
		found = found || id == page.Events[0].ID
	}
	document := string(page.Events[0].Document)
	if !found || !strings.Contains(document, `"columns":{"extra":7,`) || !strings.Contains(document, `"warnings":["source.bytes"]`) {
		t.Errorf("%s is %s", page.Events[0].ID, document)
	}
	waitFor(t, "an alert of the format's own rule", func() bool {
		var alerts server.AlertPage
		p.get(t, "/alerts", url.Values{"rule": {"9e0c1f74-6f56-4b0e-8f2c-0f9b6a4d2c31"}}, &alerts)
		return len(alerts.Alerts) == 1 && alerts.Alerts[0].Occurrences == 1
	})
	if n := p.quarantined(t); n != 1 {
		t.Errorf("%d records are in the quarantine", n)
	}
	if report := p.ledger(t); !report.Complete || report.Counts.Records != 5 || report.Counts.Repeated != 1 {
		t.Errorf("%+v", report.Counts)
	}
	status, text := p.request(t, http.MethodPost, "/hunt", map[string]any{
		"query": "WrenTraffic | where Timestamp > ago(2d) and zone.to == 'lan' | summarize n = count() by dst_port | order by dst_port asc",
	}, nil)
	if status != http.StatusOK || !strings.Contains(text, "[443,1]") || !strings.Contains(text, "[3389,1]") {
		t.Errorf("hunt: %d %s", status, text)
	}
	var in server.Intake
	p.get(t, "/intakes/programs", nil, &in)
	if in.Format != "wren-firewall" || len(in.NeverArrived) != 0 || len(in.Unfit) == 0 || in.Unfit[0].Field != "source.bytes" {
		t.Errorf("%+v", in)
	}
}

func (p *process) secondFormatIsDocumented(t *testing.T) {
	t.Helper()
	var d formats.Document
	p.get(t, "/formats/wren-firewall", nil, &d)
	if len(d.Tables) != 2 || len(d.Rules) == 0 || d.Rules[0].Tables == nil {
		t.Errorf("%+v", d)
	}
	var table formats.TableDocument
	p.get(t, "/formats/wren-firewall/tables/WrenTraffic", nil, &table)
	if len(table.SampleList) != 2 || table.SampleList[0].Sentence == "" {
		t.Errorf("%+v", table)
	}
	status, text := p.request(t, http.MethodGet, "/formats/wren-firewall/layer", nil, nil)
	if status != http.StatusOK || !strings.Contains(text, "T1021.001") || !json.Valid([]byte(text)) {
		t.Errorf("%d %s", status, text)
	}
	for _, path := range []string{"/formats/owl", "/formats/wren-firewall/tables/DeviceEvents", "/formats/owl/layer"} {
		if status, _ := p.request(t, http.MethodGet, path, nil, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}
