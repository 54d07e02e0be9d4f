package lake

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/format"
	"penstock/record"
	"penstock/search"
)

var (
	longAgo  = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	farAhead = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

func query(t testing.TB, text string) *search.Query {
	t.Helper()
	q, err := search.ParseWith(text, nil)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return q
}

// mixedRecords are records of many tables and forms, the conformance cases among them where they are.
func mixedRecords(t testing.TB) []string {
	records := testRecords(0, 30)
	for _, properties := range []string{
		`DeviceNetworkEvents","properties":{"Timestamp":"2026-11-23T10:00:00Z","RemoteIP":"10.1.2.3","LocalIP":"fe80::1","RemotePort":443,"RemoteUrl":"https://shop.example.co.uk/a?b=1","ActionType":"ConnectionSuccess"`,
		`DeviceNetworkEvents","properties":{"Timestamp":"2026-11-23T10:00:01Z","RemoteIP":"999.1.2.3","LocalIP":"192.168.0.7","RemoteUrl":"example.com","ActionType":"InboundConnectionAccepted"`,
		`DeviceNetworkEvents","properties":{"Timestamp":"2026-11-23T10:00:02.5Z","RemoteIP":"","LocalIP":null,"ActionType":"ConnectionAttempt","AdditionalFields":"{\"direction\":\"In\",\"Source Mac\":\"aa\"}"`,
		`EmailEvents","properties":{"Timestamp":"2026-11-23T11:00:00Z","SenderFromAddress":"a@b.example","DeliveryAction":"Delivered","EmailDirection":"Inbound","SenderIPv4":"10.9.9.9","AuthenticationDetails":"{\"SPF\":\"pass\"}","Subject":"100 % off [today]"`,
		`EmailEvents","properties":{"Timestamp":"2026-11-23T11:00:00Z","DeliveryAction":"Blocked","EmailDirection":"Odd","AttachmentCount":0,"UrlCount":"2"`,
		`DeviceEvents","properties":{"Timestamp":"2026-11-23T12:00:00Z","ActionType":"UsbDriveMounted","AdditionalFields":"{\"Manufacturer\":\"Acme\",\"BusType\":7}","InitiatingProcessFolderPath":"C:\\x\\y.exe","ProcessId":"12","FileName":"[odd]"`,
		`DeviceLogonEvents","properties":{"Timestamp":"2026-11-23T12:00:00Z","ActionType":"LogonFailed","IsLocalAdmin":true,"AccountName":"É-lise","LogonId":77,"InitiatingProcessFolderPath":"\\\\server\\share\\"`,
		`DeviceProcessEvents","properties":{"Timestamp":"2026-11-23T12:10:00Z","ProcessCommandLine":"\u0130nvo\u212Ae-web .*[a] ma\u017F\u017Fe STRA\u1E9EE"`,
		`SomethingNew","properties":{"Timestamp":"2026-11-23T12:30:00Z","DeviceName":"ws-9","Fresh":"value 1","Count":7`,
		`DeviceInfo","properties":{"Timestamp":"never","LoggedOnUsers":"[{\"UserName\":\"anna\"}]","OSPlatform":"Windows11","IsAzureADJoined":"true"`,
		`CloudAppEvents","properties":{"Timestamp":"2026-11-23T13:00:00Z","UserAgent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36","IPAddress":"2001:db8::1","RawEventData":{"Status":"\u003cok\u003e"}`,
	} {
		records = append(records, `{"time":"2026-11-23T14:00:00.0000000Z","tenantId":"t","operationName":"Publish","category":"AdvancedHunting-`+properties+`}}`)
	}
	return records
}

// distinct leaves out records that are there already, as the journal's window does.
func distinct(t testing.TB, records []string) (kept []string) {
	seen := map[record.ID]bool{}
	for _, raw := range records {
		if id := parse(t, raw).ID; !seen[id] {
			seen[id] = true
			kept = append(kept, raw)
		}
	}
	return kept
}

// events are the records as the lake's own plan makes them.
func (f *fixture) events(records []string) []*ecs.Event {
	var list []*ecs.Event
	for _, raw := range records {
		s, err := f.lake.Event(f.t.Context(), parse(f.t, raw).ID)
		if err != nil {
			f.t.Fatalf("%v: %s", err, raw)
		}
		var p record.Parser
		var rec record.Record
		if err := p.Parse(s.Record, &rec); err != nil {
			f.t.Fatal(err)
		}
		ev := new(ecs.Event)
		f.lake.normalise(ev, &rec, &row{schema: f.lake.schemaOf(s.Table), id: s.ID, origin: s.Origin, time: s.Clocks.Event.UnixMicro(),
			received: micros(s.Clocks.Received), published: micros(s.Clocks.Published)})
		list = append(list, ev)
	}
	return list
}

func micros(at time.Time) value {
	if at.IsZero() {
		return value{}
	}
	return value{set: true, num: at.UnixMicro()}
}

// queriesAbout makes conditions that hold for the event, and some that nearly do.
func queriesAbout(ev *ecs.Event, random *rand.Rand) []string {
	var list []string
	add := func(name string, v ecs.Value) {
		text := string(v.Text(nil))
		if len(text) > 2000 || strings.Contains(name, " ") || v.Kind == ecs.Map || v.Kind == ecs.Literal {
			list = append(list, escapeName(name)+": *")
			return
		}
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
		list = append(list, name+": "+quoted, name+": *")
		if word := strings.FieldsFunc(text, func(r rune) bool { return !isTokenByte(byte(r)) || r > 127 }); len(word) > 0 {
			w := word[random.IntN(len(word))]
			list = append(list, name+": *"+w+"*", name+": "+strings.ToUpper(w)+"*", `"`+w+`"`, w+"*")
		}
		if f, ok := ecs.Lookup(name); ok && (f.Type() == ecs.Long || f.Type() == ecs.Date) {
			list = append(list, name+" >= "+quoted, name+" < "+quoted)
		}
		if f, ok := ecs.Lookup(name); ok && f.Type() == ecs.IP && !strings.Contains(text, ":") {
			list = append(list, name+": "+text+"/16", name+" > "+text)
		}
	}
	visit := func(name string, v ecs.Value) {
		if v.Kind == ecs.List {
			for _, e := range v.Elements(nil) {
				add(name, e)
			}
			return
		}
		add(name, v)
	}
	for f, v := range ev.All() {
		visit(f.Name(), v)
	}
	for name, v := range ev.Extras() {
		visit(name, v)
	}
	return list
}

func escapeName(s string) string { return strings.ReplaceAll(s, " ", `\ `) }

// someRules are the rules that match a record: none, one or several, the same every time.
func someRules(id record.ID) []string {
	rules := []string{"5af54681-df95-4c26-854f-2565e13cfab0", "Proc_Creation.Encoded", "5af54681-df95", `od"d [rule]\`, "rule"}
	var list []string
	for i, r := range rules {
		if id[i]%4 == 0 {
			list = append(list, r)
		}
	}
	return list
}

func TestSQLAndEventsAgreeOnEveryQuery(t *testing.T) {
	records := mixedRecords(t)
	records = distinct(t, append(records, conformance()...))
	f := newFixture(t, Options{})
	f.matches = someRules
	f.keep(records...)
	f.close()
	f.options.FlushRows = 1 // one half of the test in segments, the other in memory
	f.open()
	f.wait(int64(len(records)))
	f.settle()
	f.close()
	f.options.FlushRows = 1 << 20
	f.open()
	more := []string{
		strings.Replace(records[0], "ws-0", "ws-memory", 1), strings.Replace(records[30], "10.1.2.3", "10.1.2.4", 1),
	}
	f.keep(more...)
	records = append(records, more...)
	events := f.events(records)
	random := rand.New(rand.NewPCG(11, 12))
	seen := map[string]bool{}
	var simple []string
	for _, ev := range events {
		for _, q := range queriesAbout(ev, random) {
			if !seen[q] {
				seen[q] = true
				simple = append(simple, q)
			}
		}
	}
	// Letters that are not upper and lower case of each other everywhere, and what means something to a regular expression.
	for _, pattern := range []string{"*invo*", "*nvoke-web*", "*VOKE*", "*masse*", "*ma\u017F*", "*stra\u00DFe*", "*.\\*[a]*", "*.* ma*", "*voke*stra*"} {
		f.compare("process.command_line: "+pattern, events)
	}
	for _, text := range []string{
		"5af54681-df95", "5AF54681-df95-4c26-854f-2565e13cfab0", "*", "5af54681*", "*cfab0", "*rule*", "p*c*o*encoded", `"od\"d [rule]\\"`, "rule", "*.encoded*",
	} {
		f.compare("penstock.rules: "+text, events)
	}
	f.compare("not penstock.rules: *rule* and host.name: *", events)
	f.compare("penstock.rules >= proc and penstock.rules < proc_d", events)
	random.Shuffle(len(simple), func(i, k int) { simple[i], simple[k] = simple[k], simple[i] })
	checks := 30
	if testing.Short() {
		checks = 10
	}
	for i := range min(checks, len(simple)) {
		text := simple[i]
		switch i % 5 {
		case 1:
			text = "not " + text
		case 2:
			text += " and not (" + simple[(i+7)%len(simple)] + ")"
		case 3:
			text = "(" + text + " or " + simple[(i+3)%len(simple)] + ") and " + simple[(i+9)%len(simple)]
		}
		f.compare(text, events)
	}
}

// compare holds what a search in SQL counts against what the events themselves say.
func (f *fixture) compare(text string, events []*ecs.Event) {
	f.t.Helper()
	q, err := search.ParseWith(text, nil)
	if err != nil {
		return // a name that only the record itself could know
	}
	want := int64(0)
	for _, ev := range events {
		if q.Match(ev) {
			want++
		}
	}
	got, err := f.lake.Count(f.t.Context(), search.Request{Query: q, From: longAgo, To: farAhead})
	if err != nil || got != want {
		f.t.Errorf("%s: SQL counts %d, the events say %d, %v", text, got, want, err)
		return
	}
	page, err := f.lake.Search(f.t.Context(), search.Request{Query: q, From: longAgo, To: farAhead, Limit: 1000})
	if err != nil || int64(len(page.Hits)) != want {
		f.t.Errorf("%s: a search finds %d, the events say %d, %v, %v", text, len(page.Hits), want, err, page.Warnings)
	}
}

func TestTopValuesAndHistogramsCountWhatEventsSay(t *testing.T) {
	records := distinct(t, append(mixedRecords(t), conformance()...))
	f := newFixture(t, Options{FlushRows: 25})
	f.matches = someRules
	f.keep(records...)
	events := f.events(records)
	for _, name := range []string{"host.name", "event.category", "event.dataset", "process.args", "user_agent.name", "related.ip", "source.ip", "process.pid",
		"penstock.table", "penstock.warnings", "penstock.rules", "url.domain", "event.type", "@timestamp", "action.properties.IsLocalAdmin", "email.direction"} {
		want, missing := map[string]int64{}, int64(0)
		field := ecs.MustLookup(name)
		for _, ev := range events {
			switch v := ev.Get(field); v.Kind {
			case ecs.None:
				missing++
			case ecs.List:
				for _, e := range v.Elements(nil) {
					want[string(e.Text(nil))]++
				}
			default:
				want[string(v.Text(nil))]++
			}
		}
		top, err := f.lake.Top(t.Context(), search.TopRequest{From: longAgo, To: farAhead, Field: name, Limit: 1000})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := map[string]int64{}
		for _, v := range top.Values {
			got[v.Value] = v.Count
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || top.Missing != missing || top.Total != int64(len(records)) {
			t.Errorf("%s: %v, %d missing of %d; want %v, %d of %d", name, got, top.Missing, top.Total, want, missing, len(records))
		}
	}
	h, err := f.lake.Histogram(t.Context(), search.HistogramRequest{
		Query: query(t, "not host.name: ws-1"), SplitBy: "penstock.table", Interval: time.Hour, Limit: 3,
		From: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, b := range h.Buckets {
		split := int64(0)
		for _, n := range b.Split {
			split += n
		}
		if split != b.Count {
			t.Errorf("bucket %s counts %d, its parts %d", b.Start, b.Count, split)
		}
		total += b.Count
	}
	count, err := f.lake.Count(t.Context(), search.Request{
		Query: query(t, "not host.name: ws-1"), From: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC),
	})
	if err != nil || count != total || len(h.Buckets) != 48 {
		t.Errorf("the histogram counts %d in %d buckets, a count %d, %v", total, len(h.Buckets), count, err)
	}
}

func TestAHistogramSplitByRulesCountsEachRuleOfAnEvent(t *testing.T) {
	f := newFixture(t, Options{})
	f.matches = func(id record.ID) []string { return [][]string{nil, {"a"}, {"b"}, {"b", "a"}}[id[0]%4] }
	records := testRecords(0, 40)
	f.keep(records...)
	want, events := map[string]int64{}, int64(0)
	for _, raw := range records {
		rules := f.matches(parse(t, raw).ID)
		for _, r := range rules {
			want[r]++
		}
		if rules == nil {
			want[search.Missing]++
		}
		events++
	}
	h, err := f.lake.Histogram(t.Context(), search.HistogramRequest{
		SplitBy: "penstock.rules", Interval: 48 * time.Hour, From: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	got, counted := map[string]int64{}, int64(0)
	for _, b := range h.Buckets {
		counted += b.Count
		for name, n := range b.Split {
			got[name] += n
		}
	}
	if !maps.Equal(got, want) || counted != events {
		t.Errorf("%d events, by rule %v; want %d and %v", counted, got, events, want)
	}
}

func TestASearchForARuleOpensOnlySegmentsWithItsMatches(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 1})
	for n, rule := range []string{"", "First-Rule", "second"} {
		f.matches = func(record.ID) []string {
			return slices.DeleteFunc([]string{rule}, func(r string) bool { return r == "" })
		}
		f.keep(testRecord(2*n), testRecord(2*n+100), testRecord(2*n+200), testRecord(2*n+300))
		f.settle()
	}
	all := f.lake.view(nil, longAgo, farAhead, nil)
	defer all.release()
	some := f.lake.view(nil, longAgo, farAhead, needles(query(t, "penstock.rules: FIRST-rule").Root))
	defer some.release()
	if n := len(some.tables["DeviceProcessEvents"].segments); n != 1 || len(all.tables["DeviceProcessEvents"].segments) < 3 {
		t.Errorf("%d of %d segments are read", n, len(all.tables["DeviceProcessEvents"].segments))
	}
	if n, err := f.lake.Count(t.Context(), search.Request{Query: query(t, "penstock.rules: FIRST-rule"), From: longAgo, To: farAhead}); n != 4 || err != nil {
		t.Errorf("%d events are found, %v", n, err)
	}
}

func TestPagesAreStableWhileEventsArrive(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 90})
	f.keep(testRecords(0, 200)...)
	seen := map[string]int{}
	var last time.Time
	r := search.Request{Query: query(t, "process.name: f*"), From: longAgo, To: farAhead, Limit: 17}
	for n := 200; ; n += 10 {
		page, err := f.lake.Search(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range page.Hits {
			if !last.IsZero() && h.Time.After(last) {
				t.Fatalf("%s comes after %s", h.Time, last)
			}
			last = h.Time
			seen[h.ID]++
		}
		if r.After = page.Next; r.After == "" {
			break
		}
		f.keep(testRecords(n, n+10)...)
	}
	for n := range 200 {
		if got := seen[parse(t, testRecord(n)).ID.String()]; got != 1 {
			t.Errorf("record %d is on %d pages", n, got)
		}
	}
}

func TestCandidatesGoOnWhereTheBatchBeforeEnded(t *testing.T) {
	f := newFixture(t, Options{})
	f.keep(testRecords(0, 30)...)
	v := f.lake.view(nil, longAgo, farAhead, nil)
	defer v.release()
	for _, name := range v.names() {
		n := &newest{lake: f.lake, query: query(t, "*"), from: longAgo, to: farAhead, limit: 2}
		s := &stream{table: v.tables[name], more: true, batch: 2}
		n.streams = []*stream{s}
		var list []candidate
		for s.more {
			if err := n.refill(t.Context()); err != nil {
				t.Fatal(err)
			}
			list = append(list, s.list...)
			s.list = nil
		}
		if len(list) < 3 || !slices.IsSortedFunc(list, func(a, b candidate) int { return a.compare(b.place) }) {
			t.Errorf("%s: %d candidates in a row", name, len(list))
		}
	}
}

func TestASearchEndsWithItsContext(t *testing.T) {
	f := newFixture(t, Options{})
	f.keep(testRecords(0, 50)...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.lake.Count(ctx, search.Request{From: longAgo, To: farAhead}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled count gives %v", err)
	}
	if n := f.count("DeviceProcessEvents"); n != 50 {
		t.Errorf("after it %d events are found, want 50", n)
	}
}

func TestTailSendsWhatMatchesAsItArrives(t *testing.T) {
	f := newFixture(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan search.Hit, 10)
	done := make(chan error)
	go func() {
		done <- f.lake.Tail(ctx, query(t, "process.pid: 7"), func(h search.Hit) error { got <- h; return nil })
	}()
	for f.lake.watching() == 0 {
		time.Sleep(time.Millisecond)
	}
	f.keep(testRecords(0, 20)...)
	if h := <-got; h.ID != parse(t, testRecord(7)).ID.String() {
		t.Errorf("the tail sent %s", h.Document)
	}
	cancel()
	if err := <-done; err != nil || len(got) > 0 {
		t.Errorf("the tail ended with %v, and %d events too many", err, len(got))
	}
}

func (l *Lake) watching() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.watchers)
}

func TestEventsAreFoundByTheirReferencesInMemoryAndOnDisk(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 20})
	f.keep(testRecords(0, 60)...)
	f.settle()
	f.keep(testRecords(60, 70)...)
	var list []search.Reference
	for _, raw := range append(testRecords(3, 6), append(testRecords(65, 67), testRecord(99))...) {
		rec := parse(t, raw)
		at, _ := format.TimeOf(nil, rec.Time(), time.Time{})
		list = append(list, search.Reference{ID: rec.ID, Table: strings.ToLower(rec.Table), Time: at.Truncate(time.Second)})
	}
	found, err := f.lake.Referred(t.Context(), list)
	if err != nil || len(found) != 5 {
		t.Fatalf("%d events, %v", len(found), err)
	}
	for _, h := range found {
		if !slices.ContainsFunc(list, func(r search.Reference) bool { return r.ID.String() == h.ID }) || len(h.Record) == 0 || len(h.Sentence.Text) == 0 {
			t.Errorf("found %s: %s: %s", h.ID, h.Sentence.Text, h.Record)
		}
	}
	if found, err := f.lake.Referred(t.Context(), nil); len(found) != 0 || err != nil {
		t.Errorf("%d events for nothing, %v", len(found), err)
	}
	if _, err := f.lake.Referred(t.Context(), make([]search.Reference, MaxReferred+1)); err == nil {
		t.Error("too many are taken")
	}
}
