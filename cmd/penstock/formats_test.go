package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"penstock/formats"
	"penstock/server"
)

// A format that is nothing but a folder goes the whole way: from what programs send over lake, search, KQL and alerts to the
// quarantine.
func TestASecondFormatGoesTheWholeWayFromItsFolderToSearch(t *testing.T) {
	t.Parallel()
	p := installPenstock(t, "unused")
	dir, err := filepath.Abs(filepath.Join("..", "..", "formats", "testdata"))
	if err != nil {
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
	if status, text := p.request(t, http.MethodPost, "/intakes", map[string]any{"name": "third", "format": "owl", "source": "http"}, nil); status != http.StatusUnprocessableEntity || !strings.Contains(text, "no such format") {
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
