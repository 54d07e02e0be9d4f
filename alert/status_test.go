package alert

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTheWorkGoesThroughItsStatuses(t *testing.T) {
	for from, allowed := range map[Status][]Status{
		StatusNew:          {StatusNew, StatusAcknowledged, StatusInProgress, StatusClosed},
		StatusAcknowledged: {StatusNew, StatusAcknowledged, StatusInProgress, StatusClosed},
		StatusInProgress:   {StatusAcknowledged, StatusInProgress, StatusClosed},
		StatusClosed:       {StatusNew, StatusAcknowledged, StatusInProgress, StatusClosed},
	} {
		for _, to := range []Status{StatusNew, StatusAcknowledged, StatusInProgress, StatusClosed, "gone"} {
			b := newBench(t, Options{})
			b.apply(started(t, noon, "pc1", "ann", 1, "r1"))
			id := b.only().ID
			if from != StatusNew {
				e := &Edit{Status: &from}
				if from == StatusClosed {
					e.Verdict = new(TruePositive)
				}
				if _, err := b.Update(t.Context(), "ann", id, 1, e); err != nil {
					t.Fatal(err)
				}
			}
			e := &Edit{Status: &to}
			if to == StatusClosed {
				e.Verdict = new(BenignPositive)
			}
			_, err := b.Update(t.Context(), "ann", id, 0, e)
			var refused *TransitionError
			if slices.Contains(allowed, to) {
				if got := b.only(); err != nil || got.Status != to || (got.Verdict != "") != (to == StatusClosed) || got.Closed.IsZero() == (to == StatusClosed) {
					t.Errorf("%s to %s: %v, alert %+v", from, to, err, got)
				}
			} else if !errors.As(err, &refused) || refused.From != from || !slices.Equal(refused.Allowed, from.Steps()) {
				t.Errorf("%s to %s: %v", from, to, err)
			}
		}
	}
}

func TestClosingNeedsAVerdictAndOnlyClosingHasOne(t *testing.T) {
	b := newBench(t, Options{})
	b.apply(started(t, noon, "pc1", "ann", 1, "r1"))
	id := b.only().ID
	for _, e := range []Edit{
		{Status: new(StatusClosed)},
		{Status: new(StatusClosed), Verdict: new(Verdict("perhaps"))},
		{Verdict: new(TruePositive)},
		{Status: new(StatusInProgress), Verdict: new(TruePositive)},
	} {
		var refused *TransitionError
		if _, err := b.Update(t.Context(), "ann", id, 0, &e); !errors.As(err, &refused) {
			t.Errorf("%+v: %v", e, err)
		}
	}
	b.closeAs(id, FalsePositive)
	b.closeAs(id, TruePositive) // a verdict may be corrected
	if a := b.only(); a.Verdict != TruePositive {
		t.Errorf("alert %+v", a)
	}
}

func TestWhatHappensAgainAfterClosing(t *testing.T) {
	type state struct {
		status      Status
		occurrences int64
		reopened    int
	}
	for name, c := range map[string]struct {
		verdict Verdict
		at      time.Duration // of the event, after noon; it was closed an hour after it
		want    []state
		changes []ChangeKind
	}{
		"reopens a true positive":              {TruePositive, 2 * time.Hour, []state{{StatusNew, 2, 1}}, []ChangeKind{Created, Reopened}},
		"reopens what was meant to happen":     {BenignPositive, 2 * time.Hour, []state{{StatusNew, 2, 1}}, []ChangeKind{Created, Reopened}},
		"is counted on a false positive":       {FalsePositive, 2 * time.Hour, []state{{StatusClosed, 2, 0}}, []ChangeKind{Created}},
		"is late when it was before":           {TruePositive, 30 * time.Minute, []state{{StatusClosed, 2, 0}}, []ChangeKind{Created}},
		"is a new alert beyond the window":     {TruePositive, 26 * time.Hour, []state{{StatusClosed, 1, 0}, {StatusNew, 1, 0}}, []ChangeKind{Created, Created}},
		"is a new alert after a false one":     {FalsePositive, 26 * time.Hour, []state{{StatusClosed, 1, 0}, {StatusNew, 1, 0}}, []ChangeKind{Created, Created}},
		"is a new alert long before the first": {TruePositive, -26 * time.Hour, []state{{StatusClosed, 1, 0}, {StatusNew, 1, 0}}, []ChangeKind{Created, Created}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, Options{})
			b.apply(started(t, noon, "pc1", "ann", 1, "r1"))
			first := b.only().ID
			b.clock = noon.Add(time.Hour)
			b.closeAs(first, c.verdict)
			b.clock = noon.Add(30 * time.Hour)
			b.apply(started(t, noon.Add(c.at), "pc1", "ann", 2, "r1"))
			var got []state
			for _, a := range b.list(Filter{}) {
				got = append(got, state{a.Status, a.Occurrences, a.Reopened})
			}
			if !slices.Equal(got, c.want) || !slices.Equal(b.changes(), c.changes) {
				t.Errorf("alerts %v, changes %v", got, b.changes())
			}
			if len(c.want) == 2 {
				similar, err := b.Similar(t.Context(), first+1)
				if err != nil || len(similar) != 1 || similar[0].ID != first || !similar[0].SameGroup || similar[0].Verdict != c.verdict {
					t.Errorf("similar %+v, %v", similar, err)
				}
				return
			}
			history, err := b.History(t.Context(), first)
			if last := history[len(history)-1]; err != nil || last.Actor != "" || last.Note == "" {
				t.Errorf("history %+v, %v", history, err)
			}
		})
	}
}

func TestManyLateEventsAreToldOnce(t *testing.T) {
	b := newBench(t, Options{})
	b.apply(started(t, noon, "pc1", "ann", 1, "r1"))
	b.closeAs(b.only().ID, FalsePositive)
	b.clock = noon.Add(time.Hour)
	for i := range 5 {
		b.apply(started(t, noon.Add(time.Minute), "pc1", "ann", 2+i, "r1"))
	}
	a := b.only()
	history, err := b.History(t.Context(), a.ID)
	if err != nil || len(history) != 3 || !a.Late || a.Occurrences != 6 {
		t.Errorf("history %+v, %v", history, err)
	}
}

func TestDefendersAlertIsReopenedByWhatHappensAfterClosing(t *testing.T) {
	for verdict, want := range map[Verdict]Status{TruePositive: StatusNew, FalsePositive: StatusClosed} {
		b := newBench(t, Options{})
		b.apply(info(t, "a1", noon, "High"))
		b.clock = noon.Add(time.Hour)
		b.closeAs(b.only().ID, verdict)
		b.apply(evidence(t, "a1", noon, "Machine", columnsOf{"DeviceName": "pc1"}))
		if a := b.only(); a.Status != StatusClosed {
			t.Errorf("late evidence: %+v", a)
		}
		b.clock = noon.Add(90 * 24 * time.Hour)
		b.apply(evidence(t, "a1", b.clock, "Machine", columnsOf{"DeviceName": "pc2"}))
		if a := b.only(); a.Status != want {
			t.Errorf("%s: %+v", verdict, a)
		}
	}
}

func TestSomebodyElseHasChangedIt(t *testing.T) {
	b := newBench(t, Options{})
	b.apply(started(t, noon, "pc1", "ann", 1, "r1"))
	id := b.only().ID
	b.apply(started(t, noon, "pc1", "ann", 2, "r1")) // more of it is in nobody's way
	if err := b.Comment(t.Context(), "bob", id, "mine?"); err != nil {
		t.Fatal(err)
	}
	a, err := b.Update(t.Context(), "ann", id, 1, &Edit{Assignee: new("ann"), Status: new(StatusAcknowledged)})
	if err != nil || a.Version != 2 || a.Assignee != "ann" {
		t.Fatalf("%+v, %v", a, err)
	}
	var stale *VersionError
	if _, err := b.Update(t.Context(), "bob", id, 1, &Edit{Assignee: new("bob")}); !errors.As(err, &stale) || stale.Current != 2 {
		t.Errorf("%v", err)
	}
	if _, err := b.Update(t.Context(), "bob", 99, 1, &Edit{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestOfManyAtOnceOneWins(t *testing.T) {
	b := newBench(t, Options{})
	b.apply(started(t, noon, "pc1", "ann", 1, "r1"))
	id := b.only().ID
	var group sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for i := range 8 {
		group.Go(func() {
			_, err := b.Update(t.Context(), "ann", id, 1, &Edit{Assignee: new(fmt.Sprint("a", i))})
			var stale *VersionError
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errors.As(err, &stale) {
				t.Error(err)
			}
		})
	}
	for i := range 8 {
		b.apply(started(t, noon, "pc1", "ann", 10+i, "r1"))
	}
	group.Wait()
	if a := b.only(); won != 1 || a.Version != 2 || a.Occurrences != 9 {
		t.Errorf("%d won, alert %+v", won, a)
	}
}

func TestManyAreChangedAtOnceAndEachIsToldApart(t *testing.T) {
	b := newBench(t, Options{})
	b.apply(started(t, noon, "pc1", "ann", 1, "r1"), started(t, noon, "pc2", "ann", 1, "r1"), started(t, noon, "pc3", "ann", 1, "r1"))
	if _, err := b.Update(t.Context(), "ann", 2, 0, &Edit{Status: new(StatusInProgress)}); err != nil {
		t.Fatal(err)
	}
	results, err := b.UpdateAll(t.Context(), "ann", []int64{1, 2, 3, 3, 99}, &Edit{Status: new(StatusNew), Assignee: new("bob"), Comment: "back"})
	if err != nil || len(results) != 4 {
		t.Fatalf("%+v, %v", results, err)
	}
	var refused *TransitionError
	if results[0].Err != nil || !errors.As(results[1].Err, &refused) || results[2].Err != nil || !errors.Is(results[3].Err, ErrNotFound) {
		t.Errorf("results %+v", results)
	}
	list := b.list(Filter{})
	if list[0].Assignee != "bob" || list[1].Assignee != "" || list[1].Status != StatusInProgress || list[2].Assignee != "bob" {
		t.Errorf("alerts %+v", list)
	}
	comments, err := b.Comments(t.Context(), 2)
	if err != nil || len(comments) != 0 {
		t.Errorf("comments %+v, %v", comments, err)
	}
	var limit *LimitError
	if _, err := b.UpdateAll(t.Context(), "ann", make([]int64, MaxBulk+1), &Edit{}); !errors.As(err, &limit) {
		t.Error(err)
	}
}

func TestEveryChangeIsInTheHistory(t *testing.T) {
	b := newBench(t, Options{})
	b.apply(started(t, noon, "pc1", "ann", 1, "r1"))
	id := b.only().ID
	edits := []Edit{
		{Status: new(StatusAcknowledged), Assignee: new("ann")},
		{AddTags: []string{"b", " a "}, RemoveTags: []string{"cve.2021-44228"}, Comment: "look"},
		{Tags: &[]string{"c"}},
		{Urgency: new(95)},
		{NoUrgency: true},
		{Status: new(StatusClosed), Verdict: new(TruePositive)},
	}
	for i, e := range edits {
		b.clock = b.clock.Add(time.Minute)
		if _, err := b.Update(t.Context(), "ann", id, int64(i+1), &e); err != nil {
			t.Fatal(i, err)
		}
	}
	history, err := b.History(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range history {
		got = append(got, fmt.Sprintf("%s %s %q→%q", e.Time.Sub(noon), e.What, e.Old, e.New))
	}
	want := []string{
		`1m0s status "new"→"acknowledged"`, `1m0s assignee ""→"ann"`, `2m0s tags "cve.2021-44228"→"a, b"`, `2m0s comment ""→""`, `3m0s tags "a, b"→"c"`,
		`4m0s urgency "50"→"95"`, `5m0s urgency "95"→"by the formula"`, `6m0s status "acknowledged"→"closed"`, `6m0s verdict ""→"true_positive"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("history\n%s", strings.Join(got, "\n"))
	}
	s, err := b.Stats(t.Context(), noon, noon.Add(time.Hour))
	if err != nil || s.Created != 1 || s.Closed != 1 || s.ToAcknowledge.P50 != time.Minute || s.ToClose.Mean != 6*time.Minute || s.Verdicts[TruePositive] != 1 || s.Rules[0].Verdicts[TruePositive] != 1 {
		t.Errorf("statistics %+v, %v", s, err)
	}
}

func TestWhatIsTooMuchIsRefused(t *testing.T) {
	b := newBench(t, Options{})
	b.apply(started(t, noon, "pc1", "ann", 1, "r1"))
	id := b.only().ID
	many := make([]string, 51)
	for i := range many {
		many[i] = fmt.Sprint("t", i)
	}
	for name, e := range map[string]Edit{
		"tags": {Tags: &many}, "a tag": {AddTags: []string{strings.Repeat("x", 101)}}, "an empty tag": {AddTags: []string{" "}}, "urgency": {Urgency: new(101)},
		"a comment": {Comment: strings.Repeat("x", 10<<10+1)}, "an assignee": {Assignee: new(strings.Repeat("x", 201))},
	} {
		_, err := b.Update(t.Context(), "ann", id, 0, &e)
		var input *InputError
		var limit *LimitError
		if !errors.As(err, &input) && !errors.As(err, &limit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.Update(t.Context(), " ", id, 0, &Edit{Urgency: new(1)}); err == nil {
		t.Error("nobody changed an alert")
	}
	if a := b.only(); a.Version != 1 || a.Urgency != 50 {
		t.Errorf("alert %+v", a)
	}
	for i := range maxComments {
		if err := b.Comment(t.Context(), "ann", id, fmt.Sprint(i)); err != nil {
			t.Fatal(i, err)
		}
	}
	var limit *LimitError
	if err := b.Comment(t.Context(), "ann", id, "one more"); !errors.As(err, &limit) {
		t.Error(err)
	}
}
