package catalogue

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/pipeline"
	"penstock/state"
	"penstock/state/statetest"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// router answers process_creation by DeviceProcessEvents, all fields but those whose name begins with No and, in part,
// Part; and dns_query by two ActionTypes of DeviceEvents.
type router struct {
	streams map[string]*pipeline.Stream
	columns map[string]*column
}

func newRouter() *router {
	return &router{columns: map[string]*column{}, streams: map[string]*pipeline.Stream{
		"process_creation": {Name: "process_creation", Table: "DeviceProcessEvents"},
		"linux_process":    {Name: "linux_process", Table: "DeviceProcessEvents", OS: "linux"},
		"dns_query":        {Name: "dns_query", Table: "DeviceEvents", ActionTypes: []string{"DnsQueryResponse", "DnsConnectionInspected"}},
	}}
}

func (r *router) Route(ls sigma.Logsource) pipeline.Route {
	if s := r.streams[ls.Category]; s != nil {
		return pipeline.Route{Streams: []*pipeline.Stream{s}}
	}
	return pipeline.Route{Reason: "nothing answers the category " + ls.Category}
}

func (r *router) Field(_ *pipeline.Stream, name string) pipeline.Source {
	if r.columns[name] == nil {
		r.columns[name] = &column{name}
	}
	return r.columns[name]
}

func (r *router) Reader(sources []pipeline.Source) pipeline.Reader {
	return &reader{sources: sources}
}

// column is the source that reads a column of its name.
type column struct{ name string }

func (c *column) Support() (pipeline.Support, string) {
	switch {
	case strings.HasPrefix(c.name, "No"):
		return pipeline.None, "there is no such column"
	case strings.HasPrefix(c.name, "Part"):
		return pipeline.Partial, "only the name is there"
	}
	return pipeline.Full, ""
}

func (c *column) Columns() []string { return []string{c.name} }

func (c *column) Answers(t *sigma.Test) (bool, string) {
	if c.name == "Hashes" && strings.Contains(t.Source, "IMPHASH") {
		return false, "there is no IMPHASH"
	}
	return true, ""
}

type reader struct {
	sources []pipeline.Source
	rec     *record.Record
}

func (r *reader) Begin(rec *record.Record, _ *ecs.Event) { r.rec = rec }

func (r *reader) Values(source int) []pipeline.Value {
	for i := range r.rec.Columns {
		if m := &r.rec.Columns[i]; string(m.Key) == r.sources[source].Columns()[0] {
			return []pipeline.Value{{Text: record.Unescape(nil, m.Text())}}
		}
	}
	return nil
}

func (r *reader) All() []pipeline.Value {
	var list []pipeline.Value
	for i := range r.rec.Columns {
		list = append(list, pipeline.Value{Text: r.rec.Columns[i].Text()})
	}
	return list
}

// bench is a catalogue with what it depends on.
type bench struct {
	*Catalogue
	t     testing.TB
	db    *state.DB
	clock *clock
}

func openBench(t testing.TB, change func(*Options)) *bench {
	t.Helper()
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	b := &bench{t: t, db: db, clock: &clock{noon}}
	b.reopen(change)
	return b
}

// reopen reads the catalogue again from the database.
func (b *bench) reopen(change func(*Options)) {
	b.t.Helper()
	o := Options{Router: newRouter(), Now: b.clock.Now, Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}
	c, err := Open(b.t.Context(), b.db, o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Catalogue = c
}

// id is a UUID that ends in n.
func id(n int) string { return fmt.Sprintf("11111111-1111-4111-8111-%012d", n) }

// ruleOf is a rule about Image with more lines at its end.
func ruleOf(n int, title, image string, more ...string) string {
	return fmt.Sprintf("title: %s\nid: %s\nstatus: test\nlevel: medium\nlogsource:\n  category: process_creation\ndetection:\n  s:\n    Image: '%s'\n  condition: s\n%s",
		title, id(n), image, strings.Join(append(more, ""), "\n"))
}

func (b *bench) install(pack string, policy *Policy, files map[string]string) *Report {
	b.t.Helper()
	r, err := b.Install(b.t.Context(), &Installation{Pack: pack, Origin: "test", Files: filesOf(b.t, files), Policy: policy}, By{Who: "ann"})
	if err != nil {
		b.t.Fatal(err)
	}
	b.Refresh()
	return r
}

func (b *bench) edit(rule string, ed Edit) *Rule {
	b.t.Helper()
	r, err := b.Edit(b.t.Context(), rule, ed, By{"ann", "because"})
	if err != nil {
		b.t.Fatal(err)
	}
	b.Refresh()
	return r
}

func (b *bench) rule(id string) *Detail {
	b.t.Helper()
	d, err := b.Rule(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

func (b *bench) live(image string) []string {
	b.t.Helper()
	return matches(b.t, b.Live(), map[string]string{"Image": image})
}

var everything = &Policy{MinLevel: sigma.Informational}

// History0 is all of the history.
// fired is what is known of rules that have fired.
// evaluate tries a rule on the fields of an event.
