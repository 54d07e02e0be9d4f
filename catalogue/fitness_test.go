package catalogue

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/census"
	"penstock/record"
	"penstock/state/statetest"
)

// arrivals is a census that tests fill.
type arrivals struct {
	*census.Census
	observer *census.Observer
	t        testing.TB
}

func newArrivals(t testing.TB) *arrivals {
	t.Helper()
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "census.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	c, err := census.Open(t.Context(), db, census.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return &arrivals{c, c.Observer(), t}
}

// arrive lets a number of equal records arrive at a moment.
func (a *arrivals) arrive(n int, table string, at time.Time, columns map[string]any) {
	a.t.Helper()
	raw, err := json.Marshal(map[string]any{"category": "AdvancedHunting-" + table, "properties": columns})
	if err != nil {
		a.t.Fatal(err)
	}
	var p record.Parser
	var rec record.Record
	if err := p.Parse(raw, &rec); err != nil {
		a.t.Fatal(err)
	}
	for i := range n {
		a.observer.Observe(&rec, at)
		if i%16 == 15 {
			a.Gather() // the first records behind it are looked at
		}
	}
	a.Gather()
}

func TestARuleIsGradedByWhatArrives(t *testing.T) {
	a := newArrivals(t)
	a.arrive(40, "DeviceProcessEvents", noon, map[string]any{"ActionType": "ProcessCreated", "Image": "x", "User": "u", "Empty": "", "Vacant": nil})
	a.arrive(40, "DeviceProcessEvents", noon.AddDate(0, 0, -45), map[string]any{"ActionType": "ProcessCreated", "Gone": "x"})
	a.arrive(40, "DeviceEvents", noon, map[string]any{"ActionType": "DnsQueryResponse", "Query": "x"})
	b := openBench(t, func(o *Options) { o.Seen = a.View })
	for i, c := range []struct {
		logsource, detection string
		want                 Grade
		blocking             string
	}{
		{"process_creation", "s: {Image: x, User: u}\n  condition: s", Live, ""},
		{"process_creation", "s: {Image: x, Empty: u}\n  condition: s", Blind, "Empty: no value arrives in DeviceProcessEvents.Empty"},
		{"process_creation", "s: {Image: x}\n  t: {Vacant: u}\n  condition: s or t", Partial, "Vacant: no value"},
		{"process_creation", "s: {Image: x}\n  t: {Vacant: u}\n  condition: s and not t", Partial, "Vacant: no value"},
		{"process_creation", "s: {Vacant: null, Image: x}\n  condition: s", Partial, "Vacant: no value"},
		{"process_creation", "s: {Image: x, Gone: y}\n  condition: s", Blind, "Gone: no value"},
		{"process_creation", "s: {NoColumn: x}\n  condition: s", Dead, "there is no such column"},
		{"process_creation", "s: {Image: x}\n  t: {NoColumn: x}\n  condition: s or t", Partial, "there is no such column"},
		{"process_creation", "s: {Hashes|contains: 'IMPHASH=1'}\n  condition: s", Dead, "there is no IMPHASH"},
		{"dns_query", "s: {Query: x}\n  condition: s", Live, ""},
		{"firewall", "s: {Query: x}\n  condition: s", Dead, "nothing answers"},
		{"process_creation", "s: [word]\n  condition: s", Live, ""},
	} {
		name := fmt.Sprintf("%d.yml", i)
		b.install("p"+fmt.Sprint(i), nil, map[string]string{name: fmt.Sprintf("title: R\nid: %s\nlevel: low\nlogsource:\n  category: %s\ndetection:\n  %s\n", id(i+1), c.logsource, c.detection)})
		f := b.rule(id(i + 1)).Fitness
		if f.Grade != c.want || !strings.Contains(strings.Join(f.Blocking, "\n"), c.blocking) || c.blocking == "" && len(f.Blocking) > 0 {
			t.Errorf("%s, %s: %+v, want %s", c.logsource, c.detection, f, c.want)
		}
	}
	if f := b.rule(id(6)).Fitness; !f.Since.Equal(noon.AddDate(0, 0, -45)) {
		t.Errorf("a column that does not arrive any more: since %s", f.Since)
	}
	if f := b.rule(id(2)).Fitness; !f.Since.Equal(a.View().Began) {
		t.Errorf("a column that never arrived: since %s", f.Since)
	}
}

func TestARuleIsBlindForATableThatDoesNotArrive(t *testing.T) {
	a := newArrivals(t)
	b := openBench(t, func(o *Options) { o.Seen = a.View })
	b.install("p", nil, map[string]string{
		"a.yml": ruleOf(1, "A", "x"), "b.yml": strings.ReplaceAll(ruleOf(2, "B", "x"), "process_creation", "dns_query"),
		"c.yml": "title: C\nid: " + id(3) + "\ncorrelation:\n  type: temporal\n  rules: [" + id(1) + ", " + id(2) + "]\n  timespan: 1h\n",
		"d.yml": "title: D\nid: " + id(4) + "\ncorrelation:\n  type: event_count\n  rules: [" + id(1) + ", " + id(2) + "]\n  timespan: 1h\n  condition: {gte: 2}\n",
	})
	grade := func(n int) string {
		f := b.rule(id(n)).Fitness
		return string(f.Grade) + " " + strings.Join(f.Blocking, ", ")
	}
	if got := grade(1); got != "blind nothing of the table DeviceProcessEvents has arrived" {
		t.Error(got)
	}
	a.arrive(3, "DeviceProcessEvents", noon, map[string]any{"ActionType": "ProcessCreated", "Image": "x"})
	a.arrive(3, "DeviceEvents", noon, map[string]any{"ActionType": "Other"})
	if got := grade(1); got != "live " {
		t.Error(got)
	}
	if got := grade(2); got != "blind nothing of DeviceEvents arrives with ActionType DnsQueryResponse or DnsConnectionInspected" {
		t.Error(got)
	}
	if got := grade(3); got != "blind B: nothing of DeviceEvents arrives with ActionType DnsQueryResponse or DnsConnectionInspected" {
		t.Errorf("a correlation is as fit as the worst of its rules, not %s", got)
	}
	if got := grade(4); got != "live " {
		t.Errorf("a correlation that counts is as fit as the best of its rules, not %s", got)
	}
	b.clock.now = noon.AddDate(0, 2, 0)
	if got := grade(1); got != "blind nothing of the table DeviceProcessEvents arrives any more" {
		t.Error(got)
	}
}

func TestARuleForLinuxIsBlindWhereNoDeviceHasIt(t *testing.T) {
	a := newArrivals(t)
	a.arrive(40, "DeviceProcessEvents", noon, map[string]any{"ActionType": "ProcessCreated", "Image": "x"})
	b := openBench(t, func(o *Options) { o.Seen = a.View })
	b.install("p", nil, map[string]string{"a.yml": strings.ReplaceAll(ruleOf(1, "A", "x"), "process_creation", "linux_process")})
	if f := b.rule(id(1)).Fitness; f.Grade != Live {
		t.Errorf("where nothing is known of the devices: %+v", f)
	}
	a.arrive(40, "DeviceInfo", noon, map[string]any{"OSPlatform": "Windows11"})
	if f := b.rule(id(1)).Fitness; f.Grade != Blind || !strings.Contains(f.Blocking[0], "no device with linux") {
		t.Errorf("%+v", f)
	}
	a.arrive(16, "DeviceInfo", noon, map[string]any{"OSPlatform": "Linux"})
	if f := b.rule(id(1)).Fitness; f.Grade != Live {
		t.Errorf("%+v", f)
	}
}

func TestARuleThatHasFiredIsNotBlind(t *testing.T) {
	a := newArrivals(t)
	a.arrive(40, "DeviceProcessEvents", noon, map[string]any{"ActionType": "ProcessCreated", "User": "u"})
	for last, want := range map[time.Time]Grade{noon: Live, noon.Add(-Stale - time.Hour): Blind} {
		b := openBench(t, func(o *Options) { o.Seen, o.Fired = a.View, fired{id(1): {Count: 2, Last: last}} })
		b.install("p", nil, map[string]string{"a.yml": ruleOf(1, "A", "x"), "b.yml": ruleOf(2, "B", "x")})
		if f := b.rule(id(1)).Fitness; f.Grade != want || (want == Live) != (len(f.Blocking) == 0) {
			t.Errorf("a rule that fired at %s: %+v", last, f)
		}
		if f := b.rule(id(2)).Fitness; f.Grade != Blind {
			t.Errorf("a rule that has not fired: %+v", f)
		}
	}
}

func TestCoverageAsksForData(t *testing.T) {
	a := newArrivals(t)
	a.arrive(3, "DeviceProcessEvents", noon, map[string]any{"ActionType": "ProcessCreated", "Image": "x"})
	b := openBench(t, func(o *Options) {
		o.Seen, o.Fired, o.Proofs = a.View, fired{id(1): {Count: 2, Last: noon}}, proofs{id(3): "its test event"}
	})
	b.install("p", everything, map[string]string{
		"a.yml": ruleOf(1, "A", "x", "tags: [attack.t1059.001]"), "b.yml": strings.ReplaceAll(ruleOf(2, "B", "x", "tags: [attack.t1003]"), "process_creation", "dns_query"),
		"c.yml": ruleOf(3, "C", "x", "tags: [attack.t1105]"), "d.yml": ruleOf(4, "D", "x", "tags: [attack.t1135]"),
	})
	c, err := b.CoverageOf(t.Context(), &Selection{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, x := range c.Techniques {
		if x.Known > 0 {
			got[x.Technique] = x.Score()
		}
		if fired := x.Technique == "T1059.001"; (x.Fired > 0) != fired {
			t.Errorf("%s: %d rules have fired", x.Technique, x.Fired)
		}
	}
	if want := map[string]int{"T1059.001": 3, "T1003": 1, "T1105": 3, "T1135": 2}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("scores %v, want %v", got, want)
	}
	i := slices.IndexFunc(c.Tactics, func(x TacticCoverage) bool { return x.Key == "command-and-control" })
	if c.Tactics[i].Covered != 1 {
		t.Errorf("%d techniques of the tactic are covered", c.Tactics[i].Covered)
	}
}

type proofs map[string]string

func (p proofs) Proof(r *Rule) string { return p[r.ID] }
