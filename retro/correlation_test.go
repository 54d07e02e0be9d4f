package retro

import (
	"slices"
	"strings"
	"testing"

	"penstock/record"
	"penstock/search"
	"penstock/sigma"
	"penstock/sigma/correlate"
)

// correlatedRules are rules of which a correlation counts some.
type correlatedRules struct {
	contains
	set *correlate.Set
}

func (c correlatedRules) Correlations() *correlate.Set { return c.set }

func (c correlatedRules) Silent(rule string) bool { return c.set.Silent(rule) }

func (c correlatedRules) Counter() Counter { return byHost{c} }

type byHost struct{ rules correlatedRules }

func (b byHost) Count(number int32, e *search.Scanned) correlate.Match {
	host := string(e.Event.Get(fieldHost).AppendText(nil))
	return correlate.Match{Rule: b.rules.Rule(number).ID, Event: e.Record.ID, Time: e.Time, Note: "of " + host, Values: func(string) []string { return []string{host} }}
}

func TestAHuntTellsWhatSeveralMatchesShow(t *testing.T) {
	c := &sigma.Correlation{
		Metadata: sigma.Metadata{ID: "burst", Title: "A burst", Level: sigma.High}, Type: sigma.EventCount, Rules: []string{"encoded"},
		GroupBy: []string{"Host"}, Timespan: 40 * 60e9, Counts: []sigma.Bound{{Op: "gte", Count: 2}},
	}
	// Of host ws-0 one in 36 minutes, and so of ws-1.
	events := &stored{plan: defenderPlan(t), records: hours(6)}
	rules := correlatedRules{twoRules(), correlate.New([]*sigma.Correlation{c}, 0)}
	s := &sink{}
	jobs, _ := running(t, openState(t), events, &workshop{rules: rules}, Options{Workers: 3, Sink: s})
	job, err := jobs.Start(t.Context(), Work{Kind: Detect, From: monday, To: tuesday})
	if err != nil {
		t.Fatal(err)
	}
	if job = until(t, jobs, job.ID, Done); job.Matches != 26+2 {
		t.Errorf("%d matches, want those of the rules and one a host", job.Matches)
	}
	counts, err := jobs.Rules(t.Context(), job.ID)
	if err != nil || len(counts) != 3 || counts[2] != (RuleCount{Rule{ID: "burst", Title: "A burst", Level: "high"}, 2}) {
		t.Errorf("rules %+v, %v", counts, err)
	}
	page, err := jobs.Matches(t.Context(), job.ID, Selection{Rule: "burst"})
	if err != nil || len(page.Matches) != 2 || page.Matches[0].Table != "DeviceProcessEvents" || !strings.Contains(page.Matches[0].Summary, "10 matches since") {
		t.Errorf("matches %+v, %v", page, err)
	}
	if len(s.shown) > 0 {
		t.Errorf("alerts of %q, for which nobody has asked", s.shown)
	}
	if job, err = jobs.Start(t.Context(), Work{Kind: Detect, From: monday, To: tuesday, Alerts: true}); err != nil {
		t.Fatal(err)
	}
	until(t, jobs, job.ID, Done)
	slices.Sort(s.shown)
	if want := []string{"burst [ws-0] of ws-0", "burst [ws-1] of ws-1"}; !slices.Equal(s.shown, want) || s.flushed != 1 {
		t.Errorf("the sink is told of %q, want %q, and flushed %d times", s.shown, want, s.flushed)
	}
	if len(s.got) != 6 || !strings.Contains(s.got[0], "download") {
		t.Errorf("the sink is told of %d matches, want those of the rule that is not only counted", len(s.got))
	}
}

func TestNotesOfMatchesAreBounded(t *testing.T) {
	c := correlating{tables: map[record.ID]string{}}
	note := strings.Repeat("x", maxNotes/4)
	for n := range 6 {
		c.take(&correlate.Match{Event: record.ID{byte(n)}, Note: note}, "T")
	}
	for n, m := range c.counted {
		if (m.Note == "") != (n >= 4) {
			t.Errorf("the note of match %d has %d bytes", n, len(m.Note))
		}
	}
	if len(c.counted) != 6 || len(c.tables) != 6 {
		t.Errorf("%d matches of %d events", len(c.counted), len(c.tables))
	}
}
