package defender

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"penstock/ecs"
	"penstock/format"
	"penstock/record"
)

// sentenceCase is a line of testdata/sentences.txt: an ActionType, the columns that differ from the table's usual ones,
// and what is said of it.
type sentenceCase struct {
	table, action string
	columns       map[string]any // the usual ones with those of the case
	own           string
	want          string
}

func readSentences(t testing.TB) []sentenceCase {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "sentences.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []sentenceCase
	var table string
	var usual map[string]any
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		brace := strings.IndexByte(line, '{')
		head := strings.TrimSpace(line[:brace])
		if name, ok := strings.CutPrefix(head, "table "); ok {
			table, usual = name, nil
			if err := json.Unmarshal([]byte(line[brace:]), &usual); err != nil {
				t.Fatalf("line %d: %v", n, err)
			}
			continue
		}
		own, want, _ := strings.Cut(line[brace:], " => ")
		c := sentenceCase{table: table, action: head, columns: maps.Clone(usual), own: own, want: want}
		if head != "-" {
			c.columns["ActionType"] = head
		}
		var columns map[string]any
		if err := json.Unmarshal([]byte(own), &columns); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		maps.Copy(c.columns, columns)
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}

// described parses a record and makes the event and the sentence of it.
type described struct {
	parser   record.Parser
	record   record.Record
	event    ecs.Event
	sentence format.Sentence
}

func describe(t testing.TB, p *format.Plan, raw []byte) *described {
	t.Helper()
	d := &described{}
	if err := d.parser.Parse(raw, &d.record); err != nil {
		t.Fatal(err)
	}
	p.Normalize(&d.event, &d.record, arrival)
	p.Describe(&d.sentence, &d.record, &d.event)
	return d
}

func rawRecord(t testing.TB, table string, columns map[string]any) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"time": "2026-05-31T08:17:02Z", "tenantId": "t", "category": "AdvancedHunting-" + table, "properties": columns})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestEveryTemplateSaysWhatItIsToSay(t *testing.T) {
	p, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, c := range readSentences(t) {
		d := describe(t, p, rawRecord(t, c.table, c.columns))
		used[d.sentence.Source] = true
		if got := d.sentence.String(); got != c.want {
			t.Errorf("%s %s %s\n got %s\nwant %s", c.table, c.action, c.own, got, c.want)
		}
		checkReferences(t, d)
	}
	for _, table := range p.Tables() {
		for _, source := range table.Sentences {
			if !used[source] {
				t.Errorf("no case shows the sentence at %s", source)
			}
		}
	}
}

// checkReferences asks of every reference with a field that the event has its value there.
func checkReferences(t testing.TB, d *described) {
	t.Helper()
	at := 0
	for _, r := range d.sentence.References {
		if r.From < at || r.To <= r.From || r.To > len(d.sentence.Text) {
			t.Errorf("%s: a reference from %d to %d", d.sentence.Text, r.From, r.To)
		}
		at = r.To
		if r.Field == "" {
			continue
		}
		v := d.event.GetExtra(r.Field)
		if f, ok := ecs.Lookup(r.Field); ok {
			v = d.event.Get(f)
		}
		var texts []string
		for _, e := range v.Elements(nil) {
			texts = append(texts, string(e.AppendText(nil)))
		}
		if r.Value != nil && !slices.Contains(texts, string(r.Value)) {
			t.Errorf("%s: %s has %q, the reference %q", d.sentence.Text, r.Field, texts, r.Value)
		}
	}
}

func TestEveryTableHasASentence(t *testing.T) {
	p, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	templates := 0
	for _, table := range p.Tables() {
		if len(table.Sentences) == 0 {
			t.Errorf("%s has no sentence", table.Name)
		}
		if table.Specified {
			templates += len(table.Sentences)
		}
		d := describe(t, p, rawRecord(t, table.Name, map[string]any{}))
		if text := d.sentence.String(); text == "" || strings.Contains(text, "  ") {
			t.Errorf("%s, of an empty record: %q", table.Name, text)
		}
	}
	if templates < 120 {
		t.Errorf("%d templates", templates)
	}
}

func TestHostileValuesAreShownHarmlessly(t *testing.T) {
	p, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("A", 100<<10)
	for _, c := range []struct{ value, want string }{
		{"a\x00b\r\n\tc.exe", "a b c.exe"},
		{"invoice\u202egnp.exe", "invoicegnp.exe"},
		{"\u200b\u2066x\u2069.exe", "x.exe"},
		{long, strings.Repeat("A", 120) + "…"},
		{"\u202e\u200b", "A process"},
		{"<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"},
	} {
		d := describe(t, p, rawRecord(t, "DeviceProcessEvents", map[string]any{
			"ActionType": "ProcessCreated", "FileName": c.value, "DeviceName": "ws", "AccountName": "anna", "AccountDomain": "corp",
		}))
		want := c.want + " was started on ws as corp\\anna"
		if got := d.sentence.String(); got != want {
			t.Errorf("%.40q: %.200q, want %.200q", c.value, got, want)
		}
		for _, r := range d.sentence.References {
			if len(r.Value) > 1000 {
				t.Errorf("a reference with %d bytes", len(r.Value))
			}
		}
	}
}

func TestAReferenceIsAllOfTheNameAndItsFieldsValue(t *testing.T) {
	p, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	d := describe(t, p, rawRecord(t, "DeviceProcessEvents", map[string]any{
		"ActionType": "ProcessCreated", "FileName": "powershell.exe", "InitiatingProcessFileName": "winword.exe",
		"DeviceName": "ws-0042", "AccountName": "anna", "AccountDomain": "corp",
	}))
	var got []string
	for _, r := range d.sentence.References {
		got = append(got, fmt.Sprintf("%s|%s|%s|%s", d.sentence.Text[r.From:r.To], r.Kind, r.Field, r.Value))
	}
	want := []string{
		"winword.exe|process|process.parent.name|winword.exe", "powershell.exe|process|process.name|powershell.exe",
		"ws-0042|host|host.name|ws-0042", `corp\anna|user|user.name|anna`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	clone := d.sentence.Clone()
	p.Describe(&d.sentence, &record.Record{Table: "AlertInfo"}, &ecs.Event{})
	if clone.String() != `winword.exe started powershell.exe on ws-0042 as corp\anna` || string(clone.References[3].Value) != "anna" {
		t.Errorf("the clone is %s", clone.Text)
	}
}

func BenchmarkDescribe(b *testing.B) {
	p, err := Plan()
	if err != nil {
		b.Fatal(err)
	}
	cases := readSentences(b)
	var list []*described
	for i := 0; i < len(cases); i += 7 {
		list = append(list, describe(b, p, rawRecord(b, cases[i].table, cases[i].columns)))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d := list[i%len(list)]
		p.Describe(&d.sentence, &d.record, &d.event)
	}
}

func TestATraceTellsOfEveryFieldOfAnEvent(t *testing.T) {
	p, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	var raws [][]byte
	for _, c := range readSentences(t) {
		raws = append(raws, rawRecord(t, c.table, c.columns))
	}
	scripts, err := filepath.Glob(filepath.Join("testdata", "*.test"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range scripts {
		for _, c := range readScript(t, file) {
			raws = append(raws, []byte(c.record))
		}
	}
	for _, raw := range raws {
		d := &described{}
		if d.parser.Parse(raw, &d.record) != nil {
			continue // scripts have records that are none
		}
		p.Normalize(&d.event, &d.record, arrival)
		got := map[string]string{}
		for _, f := range p.Trace(&d.record, arrival).Fields {
			got[f.Field] = string(f.Value.JSON)
			if f.Source == format.Mapped && f.Line.Text == "" || f.Source == format.Derived && len(f.Follows) == 0 {
				t.Errorf("%s: %s, %s, from %+v, following %v", d.record.Table, f.Field, f.Source, f.Line, f.Follows)
			}
		}
		want := map[string]string{}
		for f, v := range d.event.All() {
			want[f.Name()] = string(v.JSON)
		}
		for name, v := range d.event.Extras() {
			want[name] = string(v.JSON)
		}
		for name, v := range want {
			if g, ok := got[name]; !ok || g != v && got[name] == "" {
				t.Errorf("%s: %s is %s, traced %s", d.record.Table, name, v, g)
			}
		}
		for name := range got {
			if _, ok := want[name]; !ok {
				t.Errorf("%s: %s is traced and not there", d.record.Table, name)
			}
		}
	}
}
