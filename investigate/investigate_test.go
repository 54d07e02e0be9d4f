package investigate

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/format"
	"penstock/format/defender"
	"penstock/record"
	"penstock/search"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// store keeps records in memory, and finds them as the lake does.
type store struct {
	t    testing.TB
	plan *format.Plan
	hits []search.Hit
	refs map[string]search.Reference
}

func newStore(t testing.TB) *store {
	t.Helper()
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return &store{t: t, plan: plan, refs: map[string]search.Reference{}}
}

// keep stores a record of a table, so many minutes after noon, and gives its id.
func (s *store) keep(table string, minute float64, columns map[string]any) string {
	s.t.Helper()
	at := noon.Add(time.Duration(minute * float64(time.Minute)))
	all := map[string]any{"Timestamp": at, "DeviceId": "d1", "DeviceName": "ws-1"}
	maps.Copy(all, columns)
	raw, err := json.Marshal(map[string]any{"time": at, "tenantId": "t", "category": "AdvancedHunting-" + table, "properties": all})
	if err != nil {
		s.t.Fatal(err)
	}
	var p record.Parser
	var rec record.Record
	if err := p.Parse(raw, &rec); err != nil {
		s.t.Fatal(err)
	}
	s.hits = append(s.hits, search.Hit{ID: rec.ID.String(), Table: table, Time: at, Record: raw})
	s.refs[rec.ID.String()] = search.Reference{ID: rec.ID, Table: table, Time: at}
	return rec.ID.String()
}

func (s *store) Search(ctx context.Context, r search.Request) (*search.Page, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	slices.SortStableFunc(s.hits, func(a, b search.Hit) int { return b.Time.Compare(a.Time) })
	page := &search.Page{}
	var p record.Parser
	var rec record.Record
	var ev ecs.Event
	for _, h := range s.hits {
		if h.Time.Before(r.From) || !h.Time.Before(r.To) {
			continue
		}
		if err := p.Parse(h.Record, &rec); err != nil {
			return nil, err
		}
		s.plan.Normalize(&ev, &rec, h.Time)
		if !r.Query.Match(&ev) {
			continue
		}
		if len(page.Hits) == r.Limit {
			page.Next = "more"
			break
		}
		page.Hits = append(page.Hits, h)
	}
	return page, nil
}

func (s *store) Count(ctx context.Context, r search.Request) (int64, error) {
	r.Limit = 1 << 20
	page, err := s.Search(ctx, r)
	if err != nil {
		return 0, err
	}
	return int64(len(page.Hits)), nil
}

func (s *store) Referred(_ context.Context, list []search.Reference) ([]search.Hit, error) {
	var found []search.Hit
	for _, h := range s.hits {
		if slices.ContainsFunc(list, func(r search.Reference) bool { return r.ID.String() == h.ID }) {
			found = append(found, h)
		}
	}
	return found, nil
}

func (s *store) subject(i *Investigator, id string) *Subject {
	s.t.Helper()
	for _, h := range s.hits {
		if h.ID == id {
			subject, err := i.Subject(h.Record, h.Time)
			if err != nil {
				s.t.Fatal(err)
			}
			return subject
		}
	}
	s.t.Fatal("no event " + id)
	return nil
}

type process struct {
	pid    int
	minute float64
	name   string
}

func (p process) started() string {
	return noon.Add(time.Duration(p.minute * float64(time.Minute))).Format("2006-01-02T15:04:05.0000000Z")
}

var (
	winlogon = process{50, -700, "winlogon.exe"}
	explorer = process{100, -600, "explorer.exe"}
	winword  = process{200, -300, "winword.exe"}
	earlier  = process{300, -20, "notepad.exe"} // the id is used again
	shell    = process{300, 0, "powershell.exe"}
	whoami   = process{400, 1, "whoami.exe"}
	browser  = process{201, -10, "chrome.exe"}
	silent   = process{500, 2, "rundll32.exe"} // the event of its start is missing
)

func start(s *store, child, parent, grandparent process) string {
	return s.keep("DeviceProcessEvents", child.minute, map[string]any{
		"ActionType": "ProcessCreated", "FileName": child.name, "ProcessId": child.pid, "ProcessCreationTime": child.started(), "ProcessCommandLine": child.name + " -x",
		"AccountName": "anna", "AccountDomain": "corp",
		"InitiatingProcessFileName": parent.name, "InitiatingProcessId": parent.pid, "InitiatingProcessCreationTime": parent.started(),
		"InitiatingProcessParentFileName": grandparent.name, "InitiatingProcessParentId": grandparent.pid, "InitiatingProcessParentCreationTime": grandparent.started(),
	})
}

func outline(t *Tree) string {
	depth := map[string]int{"": -1}
	var b strings.Builder
	for _, p := range t.Processes {
		depth[p.ID] = depth[p.Parent] + 1
		mark := ""
		if p.ID == t.Subject {
			mark = "*"
		}
		if p.Event == "" {
			mark += "?"
		}
		fmt.Fprintf(&b, "%s%s %d%s\n", strings.Repeat(" ", depth[p.ID]), p.Name, p.PID, mark)
	}
	return b.String()
}

func TestTheTreeHasAncestorsSiblingsAndDescendants(t *testing.T) {
	s := newStore(t)
	start(s, winword, explorer, winlogon)
	start(s, earlier, explorer, winlogon)
	start(s, browser, explorer, winlogon)
	started := start(s, shell, winword, explorer)
	start(s, whoami, shell, winword)
	connected := s.keep("DeviceNetworkEvents", 3, map[string]any{
		"ActionType": "ConnectionSuccess", "RemoteIP": "203.0.113.7",
		"InitiatingProcessFileName": silent.name, "InitiatingProcessId": silent.pid, "InitiatingProcessCreationTime": silent.started(),
		"InitiatingProcessParentFileName": shell.name, "InitiatingProcessParentId": shell.pid, "InitiatingProcessParentCreationTime": shell.started(),
	})
	s.keep("DeviceProcessEvents", 1, map[string]any{"DeviceId": "d2", "ActionType": "ProcessCreated", "FileName": "other.exe", "ProcessId": 9, "InitiatingProcessId": 300})
	i := New(s.plan, s)
	want := `winlogon.exe 50?
 explorer.exe 100?
  winword.exe 200
   powershell.exe 300*
    whoami.exe 400
    rundll32.exe 500?
  notepad.exe 300
  chrome.exe 201
`
	tree, err := i.Tree(t.Context(), s.subject(i, started), time.Hour)
	if err != nil || outline(tree) != want || tree.Truncated || tree.Host != "ws-1" {
		t.Errorf("%v, truncated: %v\n%s", err, tree.Truncated, outline(tree))
	}
	// From an event of another table, of a process whose start nobody told of.
	tree, err = i.Tree(t.Context(), s.subject(i, connected), time.Hour)
	want = strings.Replace(strings.Replace(want, "300*", "300", 1), "500?", "500*?", 1)
	want = strings.Replace(want, "    whoami.exe 400\n    rundll32.exe 500*?\n", "    rundll32.exe 500*?\n    whoami.exe 400\n", 1)
	if err != nil || outline(tree) != want {
		t.Errorf("%v\n%s", err, outline(tree))
	}
}

func TestATreeIsBoundedAndNeverACircle(t *testing.T) {
	s := newStore(t)
	a, b := process{1, 0, "a.exe"}, process{2, 0, "b.exe"}
	start(s, a, b, a)
	id := start(s, b, a, b)
	for n := range 600 {
		start(s, process{1000 + n, float64(n) / 60, "child.exe"}, b, a)
	}
	i := New(s.plan, s)
	tree, err := i.Tree(t.Context(), s.subject(i, id), time.Hour)
	if err != nil || len(tree.Processes) != maxProcesses || !tree.Truncated {
		t.Errorf("%d processes, %v", len(tree.Processes), err)
	}
	mail := s.keep("EmailEvents", 0, map[string]any{"Subject": "x"})
	if tree, err := i.Tree(t.Context(), s.subject(i, mail), time.Hour); err != nil || len(tree.Processes) != 0 {
		t.Errorf("a mail: %+v, %v", tree, err)
	}
}

func TestTheGraphJoinsTheRelationsOfEvents(t *testing.T) {
	s := newStore(t)
	ids := []string{start(s, shell, winword, explorer), start(s, whoami, shell, winword)}
	for n := range 3 {
		ids = append(ids, s.keep("DeviceNetworkEvents", float64(2+n), map[string]any{
			"ActionType": "ConnectionSuccess", "RemoteIP": "203.0.113.7", "RemotePort": 443 + n, "InitiatingProcessAccountName": "anna", "InitiatingProcessAccountDomain": "corp",
			"InitiatingProcessFileName": shell.name, "InitiatingProcessId": shell.pid, "InitiatingProcessCreationTime": shell.started(),
		}))
	}
	refs := []search.Reference{{Table: "DeviceEvents"}} // not there any more
	for _, id := range ids {
		refs = append(refs, s.refs[id])
	}
	found, err := New(s.plan, s).Referred(t.Context(), refs)
	if err != nil || len(found) != 5 || !slices.IsSortedFunc(found, func(a, b search.Hit) int { return a.Time.Compare(b.Time) }) {
		t.Errorf("%d events in the order of time, %v", len(found), err)
	}
	g, err := New(s.plan, s).Graph(t.Context(), refs)
	if err != nil || g.Events != 5 || g.Missing != 1 || g.LeftOut != 0 {
		t.Fatalf("%+v, %v", g, err)
	}
	names := map[string]string{}
	for _, n := range g.Nodes {
		names[n.ID] = n.Entity.Kind + " " + n.Entity.Value
	}
	var got []string
	for _, e := range g.Edges {
		got = append(got, fmt.Sprintf("%s | %s | %s: %d in %d", names[e.From], e.Verb, names[e.To], e.Count, len(e.Events)))
	}
	want := []string{
		"process winword.exe | started | process powershell.exe: 2 in 2",
		"process explorer.exe | started | process winword.exe: 1 in 1",
		`user corp\anna | ran | process powershell.exe: 4 in 4`,
		"process powershell.exe | ran on | host ws-1: 4 in 4",
		"process powershell.exe | has the image | file powershell.exe: 1 in 1",
		"process powershell.exe | started | process whoami.exe: 1 in 1",
		`user corp\anna | ran | process whoami.exe: 1 in 1`,
		"process whoami.exe | ran on | host ws-1: 1 in 1",
		"process whoami.exe | has the image | file whoami.exe: 1 in 1",
		"process powershell.exe | connected to | ip 203.0.113.7: 3 in 3",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	last := g.Edges[len(g.Edges)-1]
	if !last.First.Equal(noon.Add(2*time.Minute)) || !last.Last.Equal(noon.Add(4*time.Minute)) {
		t.Errorf("from %v to %v", last.First, last.Last)
	}
}

func TestRelatedQueriesFindTheEventThatTheyStartFrom(t *testing.T) {
	s := newStore(t)
	hostile := `a" or host.name: * \`
	ids := []string{
		s.keep("DeviceProcessEvents", 0, map[string]any{
			"ActionType": "ProcessCreated", "FileName": hostile, "ProcessId": 7, "AccountName": hostile, "AccountUpn": "anna@corp.example", "LogonId": 77, "SHA256": "ab", "SHA1": "cd",
			"InitiatingProcessId": 6, "InitiatingProcessFileName": "x.exe",
		}),
		s.keep("DeviceRegistryEvents", 0, map[string]any{"ActionType": "RegistryValueSet", "RegistryKey": `HKLM\a "b"`, "InitiatingProcessId": 6}),
		s.keep("EmailEvents", 0, map[string]any{"NetworkMessageId": "m1", "SenderFromAddress": "x@evil.example", "SenderIPv4": "203.0.113.7"}),
		s.keep("DeviceNetworkEvents", 0, map[string]any{"ActionType": "ConnectionSuccess", "RemoteIP": "203.0.113.7", "LocalIP": "10.0.0.5", "RemoteUrl": "https://evil.example/x", "InitiatingProcessId": 6}),
		s.keep("AlertEvidence", 0, map[string]any{"AlertId": "da1"}),
	}
	i := New(s.plan, s)
	groups := map[string]bool{}
	for _, id := range ids {
		related, err := i.Related(t.Context(), s.subject(i, id), true)
		if err != nil || len(related) == 0 {
			t.Fatalf("%d, %v", len(related), err)
		}
		for _, r := range related {
			groups[r.Group] = true
			others := r.Name == "Started by the process" || r.Name == "Same program on other hosts"
			if r.Count == nil || *r.Count == 0 && !others {
				t.Errorf("%s does not find it: %s", r.Name, r.Query)
			}
			if strings.Contains(r.Query, hostile) {
				t.Errorf("%s: %s", r.Name, r.Query)
			}
		}
	}
	for _, group := range []string{"process", "host", "user", "logon", "file", "ip", "url", "mail", "registry", "alert"} {
		if !groups[group] {
			t.Errorf("nothing is related by %s", group)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if related, err := i.Related(ended, s.subject(i, ids[0]), true); err != nil || len(related) == 0 || related[0].Count != nil {
		t.Errorf("without time: %+v, %v", related, err)
	}
}

func TestATimelineIsOfOneHostOrUser(t *testing.T) {
	s := newStore(t)
	s.keep("DeviceEvents", 0, map[string]any{"AccountName": "anna", "AccountDomain": "corp"})
	s.keep("DeviceEvents", 1, map[string]any{"DeviceId": "d2", "DeviceName": "ws-2", "InitiatingProcessAccountName": "anna", "InitiatingProcessAccountDomain": "corp"})
	s.keep("EmailEvents", 2, map[string]any{"DeviceId": nil, "DeviceName": nil, "RecipientEmailAddress": "anna@corp.example"})
	for _, c := range []struct {
		query string
		want  int
	}{
		{HostQuery("ws-1"), 1}, {HostQuery("d2"), 1}, {HostQuery(`"*`), 0},
		{UserQuery(`corp\anna`), 2}, {UserQuery(`other\anna`), 0}, {UserQuery("anna"), 2}, {UserQuery("anna@corp.example"), 1},
	} {
		q, err := search.Parse(c.query)
		if err != nil {
			t.Fatalf("%s: %v", c.query, err)
		}
		n, err := s.Count(t.Context(), search.Request{Query: q, From: noon.Add(-time.Hour), To: noon.Add(time.Hour)})
		if err != nil || n != int64(c.want) {
			t.Errorf("%s finds %d, %v, want %d", c.query, n, err, c.want)
		}
	}
}
