package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestARunReportsWhatEveryProbeFindsInTheirOrder(t *testing.T) {
	one, two := Kind{ID: "a.b", Severity: Warn, Why: "w", Mend: "m"}, Kind{ID: "c.d", Severity: OK}
	first := make(chan struct{})
	probes := []Probe{
		{Name: "first", Subject: "x", Look: func(_ context.Context, tell func(Finding)) { <-first; tell(one.Found("%d", 1)) }},
		{Name: "second", Subject: "y", Look: func(_ context.Context, tell func(Finding)) { tell(two.Found("two")); close(first) }},
		{Name: "silent", Subject: "y", Look: func(context.Context, func(Finding)) {}},
		{Name: "slow", Subject: "z", Timeout: time.Millisecond, Look: func(ctx context.Context, _ func(Finding)) { <-ctx.Done() }},
	}
	var told []string
	r := Run(t.Context(), probes, Options{Tell: func(f Finding) { told = append(told, f.ID) }})
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.Subject+" "+f.ID)
	}
	if !slices.Equal(got, []string{"x a.b", "y c.d", "z probe.slow"}) || r.Worst != Warn || r.Count(Warn) != 2 || len(told) != 3 {
		t.Errorf("%v, the worst is %s, told were %v", got, r.Worst, told)
	}
}

func TestARunThatIsEndedSaysWhatItDidNotSee(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := Run(ctx, []Probe{{Name: "x", Look: func(ctx context.Context, _ func(Finding)) { <-ctx.Done() }}}, Options{})
	if len(r.Findings) != 1 || r.Findings[0].ID != "probe.slow" {
		t.Errorf("%+v", r)
	}
}

func TestNoPartOfASecretIsShown(t *testing.T) {
	const conn = "Endpoint=sb://x/;SharedAccessKeyName=a;SharedAccessKey=MDEyMzQ1Njc4OQ=="
	const sas = "BlobEndpoint=https://x;SharedAccessSignature=sv=1&sp=r&sig=c2lnbmF0dXJl%3D&se=2030"
	k := Kind{ID: "x.y", Severity: Fail}
	r := Run(t.Context(), []Probe{{Look: func(_ context.Context, tell func(Finding)) {
		tell(k.Found("a server said %s and MDEyMzQ1Njc4OQ", conn).With("fact", "key MDEyMzQ1Njc4OQ==, sig=c2lnbmF0dXJl%3D").Mending("not %s", sas))
	}}}, Options{Hidden: []string{conn, sas, "", "a"}})
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{string(text), b.String()} {
		if strings.Contains(shown, "MDEyMz") || strings.Contains(shown, "c2lnbm") {
			t.Error(shown)
		}
	}
}

func TestAReportIsReadBySubject(t *testing.T) {
	r := &Report{Seconds: 1, Findings: []Finding{
		{ID: "a.ok", Subject: "disk", Severity: OK, Found: "There is room.", Why: "never shown"},
		{ID: "b.bad", Subject: "hub", Severity: Fail, Found: "It is gone.", Why: "Nothing is read.", Mend: "Make it:\n  name: x"},
		{ID: "c.info", Subject: "disk", Severity: Info, Found: "It is new."},
	}}
	var b strings.Builder
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	const want = `disk
  ok    There is room.
  info  It is new.

hub
  FAIL  It is gone.  [b.bad]
        Nothing is read.
        → Make it:
            name: x

1 failed, 0 to be warned of, 1 to know, 1 right, in 1.0 s
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

// look runs one probe and returns what it found as "id id".
func look(t *testing.T, p Probe) (string, []Finding) {
	t.Helper()
	r := Run(t.Context(), []Probe{p}, Options{})
	var ids []string
	for _, f := range r.Findings {
		ids = append(ids, f.ID)
	}
	return strings.Join(ids, " "), r.Findings
}

func TestAClockIsJudgedByTheDateOfAnAnswer(t *testing.T) {
	there := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for by, want := range map[time.Duration]string{
		0: "clock.right", 20 * time.Second: "clock.right", 2 * time.Minute: "clock.off", -2 * time.Minute: "clock.off", 10 * time.Minute: "clock.wrong", -time.Hour: "clock.wrong",
	} {
		f := skew("x", there, there.Add(by), 0)
		ahead := "ahead"
		if by < 0 {
			ahead = "behind"
		}
		if f.ID != want || want != "clock.right" && !strings.Contains(f.Found, ahead) {
			t.Errorf("%s: %s: %s", by, f.ID, f.Found)
		}
	}
}

func TestKindsHaveWordsForPeople(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Kinds() {
		if seen[k.ID] || k.Title == "" || strings.Count(k.ID, ".") != 1 {
			t.Errorf("%s: %+v", k.ID, k)
		}
		seen[k.ID] = true
		if k.Severity.AtLeast(Warn) && k.Why == "" {
			t.Errorf("%s does not say why it matters", k.ID)
		}
	}
}

func TestSizesAreSaidAsPeopleSayThem(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 3 << 30: "3.0 GiB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	if got := firstLine(errors.New("one\ntwo")); got != "one" {
		t.Error(got)
	}
	if got := firstLine(fmt.Errorf("%s", strings.Repeat("x", 400))); len(got) > 310 {
		t.Error(len(got))
	}
}
