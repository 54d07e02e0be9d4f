package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
)

// fake is a small tenant in memory, behind every interface of the server.
type fake struct {
	mu         sync.Mutex
	events     []StoredEvent // newest first
	quarantine []QuarantinedBody
	subscribed chan chan Event
}

func newFake(now time.Time, n int) *fake {
	f := &fake{subscribed: make(chan chan Event, 8)}
	for i := range n {
		f.events = append(f.events, fakeEvent(n-i, now.Add(-time.Duration(i)*7*time.Second)))
	}
	for i, reason := range []string{"not_json", "truncated", "invalid_utf8"} {
		f.quarantine = append(f.quarantine, QuarantinedBody{
			QuarantineItem: QuarantineItem{
				ID: fmt.Sprintf("q%d", i), Time: now.Add(-time.Duration(i) * time.Hour), Reason: reason, Detail: "unexpected byte at offset 17",
				Intake: "tenant", Hub: "defender", Partition: "0", Sequence: int64(900 + i), Index: -1, Size: 24,
			},
			Body: []byte("{\"records\":[{\"time\":\"20\xff"),
		})
	}
	return f
}

var fakeShapes = []struct{ table, action, process, parent, command string }{
	{"DeviceProcessEvents", "ProcessCreated", "powershell.exe", "winword.exe", `powershell.exe -nop -w hidden -enc SQBFAFgA`},
	{"DeviceNetworkEvents", "ConnectionSuccess", "msedge.exe", "explorer.exe", `"msedge.exe" --profile-directory=Default`},
	{"DeviceFileEvents", "FileCreated", "OneDrive.exe", "explorer.exe", `OneDrive.exe /background`},
	{"DeviceLogonEvents", "LogonSuccess", "lsass.exe", "wininit.exe", ``},
	{"EmailEvents", "", "", "", ""},
}

func fakeEvent(i int, at time.Time) StoredEvent {
	shape := fakeShapes[i*i%len(fakeShapes)]
	id := fmt.Sprintf("%032x", i)
	host, user := fmt.Sprintf("ws-%04d", i%12), []string{"anna", "bert", "carla"}[i%3]
	doc := map[string]any{
		"@timestamp": at.Format(time.RFC3339Nano),
		"event":      map[string]any{"kind": "event", "action": shape.action, "category": []string{"process"}, "dataset": "m365_defender.event"},
		"host":       map[string]any{"name": host, "ip": []string{"10.1.0." + fmt.Sprint(i%200)}, "os": map[string]any{"family": "windows"}},
		"user":       map[string]any{"name": user, "domain": "corp"},
		"penstock":   map[string]any{"id": id, "table": shape.table, "intake": "tenant"},
	}
	if shape.process != "" {
		doc["process"] = map[string]any{"name": shape.process, "pid": 4000 + i%3000, "command_line": shape.command, "parent": map[string]any{"name": shape.parent}}
	}
	if shape.table == "EmailEvents" {
		doc["email"] = map[string]any{"subject": "<img src=x onerror=alert(1)> \u202eInvoice", "from": map[string]any{"address": []string{"billing@example.org"}}}
	}
	document, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	clock := func(after time.Duration) *time.Time { t := at.Add(after); return &t }
	return StoredEvent{
		ID: id, Table: shape.table, Intake: "tenant", Time: at, Document: document, Sentence: Sentence{Text: shape.action + " on " + host, Parts: List[SentencePart]{{Text: shape.action + " on "}, {Text: host, Kind: "host", Field: "host.name", Value: &host}}},
		Record: fmt.Sprintf(`{"time":"%s","tenantId":"4f6c","category":"AdvancedHunting-%s","properties":{"DeviceName":%q,"FileName":%q}}`,
			at.Format(time.RFC3339Nano), shape.table, host, shape.process),
		Hub: "defender", Partition: fmt.Sprint(i % 4), Sequence: int64(i), Index: i % 3,
		Clocks: Clocks{Event: clock(0), Received: clock(40 * time.Second), Published: clock(90 * time.Second), Enqueued: clock(92 * time.Second), Read: clock(93 * time.Second), Searchable: clock(94 * time.Second)},
	}
}

func (f *fake) Check(query string) error {
	if i := strings.Index(query, "((" /* the only syntax error that the fake knows */); i >= 0 {
		return &QueryError{Column: i + 1, Message: "a parenthesis is not closed", Hint: "add )"}
	}
	return nil
}

// matches knows "field: value", "not field: value" and "and", which is what the tests ask.
func (f *fake) matches(e *StoredEvent, query string) bool {
	if strings.TrimSpace(query) == "" {
		return true
	}
	var doc map[string]any
	if err := json.Unmarshal(e.Document, &doc); err != nil {
		panic(err)
	}
	for _, clause := range strings.Split(query, " and ") {
		clause, wanted := strings.CutPrefix(strings.TrimSpace(clause), "not ")
		name, value, ok := strings.Cut(clause, ":")
		if !ok {
			if strings.Contains(string(e.Document), clause) == wanted {
				return false
			}
			continue
		}
		got := fmt.Sprint(fakeValue(doc, name))
		if (got == strings.Trim(strings.TrimSpace(value), `"`)) == wanted {
			return false
		}
	}
	return true
}

func fakeValue(doc map[string]any, name string) any {
	head, rest, more := strings.Cut(name, ".")
	v := doc[head]
	if !more {
		if list, ok := v.([]any); ok && len(list) > 0 {
			return list[0]
		}
		return v
	}
	inner, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	return fakeValue(inner, rest)
}

func (f *fake) selected(s Selection) ([]StoredEvent, error) {
	if err := f.Check(s.Query); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []StoredEvent
	for i := range f.events {
		if e := &f.events[i]; !e.Time.Before(s.From) && e.Time.Before(s.To) && f.matches(e, s.Query) {
			found = append(found, *e)
		}
	}
	return found, nil
}

func (f *fake) Search(ctx context.Context, s Selection, limit int, after string) (*EventPage, error) {
	if s.Query == "slow" {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	found, err := f.selected(s)
	if err != nil {
		return nil, err
	}
	page := &EventPage{}
	for i := range found {
		if after != "" && found[i].ID >= after {
			continue
		}
		if len(page.Events) == limit {
			page.Next = page.Events[limit-1].ID
			break
		}
		page.Events = append(page.Events, Event{ID: found[i].ID, Table: found[i].Table, Time: found[i].Time, Document: found[i].Document, Sentence: found[i].Sentence})
	}
	return page, nil
}

func (f *fake) Count(_ context.Context, s Selection) (int64, error) {
	found, err := f.selected(s)
	return int64(len(found)), err
}

func (f *fake) Histogram(_ context.Context, s Selection, interval time.Duration, splitBy string, _ int) (*Histogram, error) {
	found, err := f.selected(s)
	if err != nil {
		return nil, err
	}
	h := &Histogram{IntervalSeconds: interval.Seconds()}
	first := s.From.Truncate(interval)
	for at := first; at.Before(s.To); at = at.Add(interval) {
		h.Buckets = append(h.Buckets, Bucket{Start: at, Split: map[string]int64{}})
	}
	for i := range found {
		b := &h.Buckets[int(found[i].Time.Sub(first)/interval)]
		b.Count++
		if splitBy != "" {
			b.Split[f.value(&found[i], splitBy)]++
		}
	}
	return h, nil
}

func (f *fake) value(e *StoredEvent, field string) string {
	var doc map[string]any
	if err := json.Unmarshal(e.Document, &doc); err != nil {
		panic(err)
	}
	if v := fakeValue(doc, field); v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

func (f *fake) Top(_ context.Context, s Selection, field string, limit int) (*TopValues, error) {
	found, err := f.selected(s)
	if err != nil {
		return nil, err
	}
	top := &TopValues{Field: field, Total: int64(len(found))}
	at := map[string]int{}
	for i := range found {
		v := f.value(&found[i], field)
		if v == "" {
			top.Missing++
			continue
		}
		if _, known := at[v]; !known {
			if len(top.Values) == limit {
				top.Other++
				continue
			}
			at[v] = len(top.Values)
			top.Values = append(top.Values, ValueCount{Value: v})
		}
		top.Values[at[v]].Count++
	}
	return top, nil
}

func (f *fake) Event(_ context.Context, id string) (*StoredEvent, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.events {
		if f.events[i].ID == id {
			return &f.events[i], nil
		}
	}
	return nil, fmt.Errorf("event %s: %w", id, ErrNotFound)
}

func (f *fake) Tail(ctx context.Context, _ string, send func(Event) error) error {
	arrivals := make(chan Event)
	f.subscribed <- arrivals
	for {
		select {
		case e := <-arrivals:
			if err := send(e); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *fake) Fields() []Field {
	return []Field{
		{Name: "@timestamp", Type: "date"}, {Name: "event.action", Type: "keyword"}, {Name: "event.category", Type: "keyword", Array: true},
		{Name: "event.kind", Type: "keyword"}, {Name: "host.ip", Type: "ip", Array: true}, {Name: "host.name", Type: "keyword"},
		{Name: "host.os.family", Type: "keyword"}, {Name: "penstock.table", Type: "keyword"}, {Name: "process.command_line", Type: "keyword"},
		{Name: "process.name", Type: "keyword"}, {Name: "process.parent.name", Type: "keyword"}, {Name: "process.pid", Type: "long"},
		{Name: "user.domain", Type: "keyword"}, {Name: "user.name", Type: "keyword"},
	}
}

func (f *fake) Intakes(context.Context) ([]Intake, error) {
	now := time.Now().UTC()
	at := func(ago time.Duration) *time.Time { t := now.Add(-ago); return &t }
	in := Intake{
		Name: "tenant", Source: "eventhub", State: "running", Since: at(3 * time.Hour), LastMessage: at(2 * time.Second), EventsPerSecond: 214.6,
		Counts: Counts{Records: 2_318_112, Kept: 2_251_873, Repeated: 66_236, Quarantined: 3, Heartbeats: 412},
	}
	for i := range 4 {
		last, lag, age, runway := int64(51_200+i), int64(i*412), float64(i)*3.5, 86_400.0*float64(4-i)
		p := Partition{
			Hub: "defender", Partition: fmt.Sprint(i), State: "running", Owner: "penstock-1", Owned: true, LastSequence: &last, LagMessages: &lag, LagSeconds: &age,
			LastMessage: at(2 * time.Second), Start: &Start{Checkpoint: &last, HubFirst: new(int64), HubLast: &last, Begins: fmt.Sprint("sequence ", last+1), Reason: "the journal has everything up to here", Time: at(3 * time.Hour)},
		}
		if i == 3 {
			p.RunwaySeconds, p.Error, p.ErrorTime = &runway, "the hub is busy (com.microsoft:server-busy); reading goes on in 4 s", at(time.Minute)
		}
		in.Partitions = append(in.Partitions, p)
	}
	for i, s := range fakeShapes {
		in.Tables = append(in.Tables, IntakeTable{Table: s.table, Events: int64(900_000 >> i), Last: at(time.Duration(i) * time.Second)})
	}
	in.Tables = append(in.Tables, IntakeTable{Table: "UrlClickEvents"})
	return []Intake{in}, nil
}

func (f *fake) Report(_ context.Context, from, to time.Time) (*LedgerReport, error) {
	counts := Counts{Records: 100, Kept: 95, Repeated: 4, Quarantined: 1}
	return &LedgerReport{
		From: from, To: to, Balanced: true, Messages: 40, Counts: counts, Stored: &counts.Kept,
		Partitions: []LedgerPartition{{
			Intake: "tenant", Hub: "defender", Partition: "0", Intervals: []Interval{{0, 19}, {30, 49}}, Messages: 40, Counts: counts,
			Gaps: []Gap{{First: 20, Last: 29, Cause: "expired", Detail: "the hub no longer had these messages"}},
		}},
	}, nil
}

func (f *fake) Incidents(_ context.Context, _, to time.Time) ([]Incident, error) {
	first, last := int64(20), int64(29)
	return []Incident{{
		ID: "1", Kind: "gap", Intake: "tenant", Hub: "defender", Partition: "0", First: &first, Last: &last, Opened: to.Add(-time.Hour),
		Message: "10 messages expired before they were read. Raise the hub's retention, or add capacity to Penstock.",
	}}, nil
}

func (f *fake) Acknowledge(_ context.Context, id string) error {
	if id != "1" {
		return ErrNotFound
	}
	return nil
}

func (f *fake) Clocks(context.Context) ([]ClockPercentiles, error) {
	var list []ClockPercentiles
	for i, s := range fakeShapes {
		for j, stage := range []string{"event_received", "received_published", "published_enqueued", "enqueued_read", "read_searchable"} {
			base := float64(1+i) * []float64{22, 40, 2, 0.4, 0.7}[j]
			list = append(list, ClockPercentiles{Table: s.table, Stage: stage, Count: 9000, P50: base, P95: base * 2, P99: base * 3, Max: base * 9})
		}
	}
	return list, nil
}

func (f *fake) List(_ context.Context, reason, _ string, limit int, _ string) (*QuarantinePage, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	page := &QuarantinePage{}
	for _, q := range f.quarantine {
		page.Reasons = append(page.Reasons, ReasonCount{q.Reason, 1})
		if (reason == "" || q.Reason == reason) && len(page.Items) < limit {
			page.Items = append(page.Items, q.QuarantineItem)
		}
	}
	return page, nil
}

func (f *fake) Show(_ context.Context, id string) (*QuarantinedBody, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, q := range f.quarantine {
		if q.ID == id {
			return &q, nil
		}
	}
	return nil, ErrNotFound
}

func (f *fake) Replay(_ context.Context, id string) (*Replayed, error) {
	if err := f.Drop(context.Background(), id); err != nil {
		return nil, err
	}
	return &Replayed{Kept: 1}, nil
}

func (f *fake) Drop(_ context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, q := range f.quarantine {
		if q.ID == id {
			f.quarantine = append(f.quarantine[:i], f.quarantine[i+1:]...)
			return nil
		}
	}
	return ErrNotFound
}

func (f *fake) Stats(context.Context) (*LakeStats, error) {
	now := time.Now().UTC()
	old := now.Add(-72 * time.Hour)
	stats := &LakeStats{Events: 2_251_873, HeadEvents: 18_220, Segments: 214, Bytes: 331_000_000, Oldest: &old, Newest: &now}
	for i, s := range fakeShapes {
		stats.Tables = append(stats.Tables, LakeTable{Table: s.table, Events: int64(900_000 >> i), Segments: int64(80 >> i), Bytes: int64(150_000_000 >> i), Oldest: &old, Newest: &now})
	}
	return stats, nil
}
