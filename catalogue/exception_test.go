package catalogue

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAnExceptionHidesUntilItExpires(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", everything, map[string]string{"a.yml": ruleOf(1, "A", "x"), "b.yml": ruleOf(2, "B", "x")})
	x, err := b.AddException(t.Context(), id(1), &NewException{
		Where: []Where{{Field: "User", Values: []string{`NT\*svc`}}}, Expires: noon.Add(time.Hour),
	}, By{"ann", "backup"})
	if err != nil {
		t.Fatal(err)
	}
	b.Refresh()
	hit := func(user string) []string {
		return matches(t, b.Live(), map[string]string{"Image": "x", "User": user})
	}
	if got := hit(`NT\*svc`); !slices.Equal(got, []string{id(2)}) {
		t.Errorf("%q match: %s", got, x.Text)
	}
	if got := hit("NT other svc"); len(got) != 2 {
		t.Errorf("a star in a value is a wildcard: %q match", got)
	}
	if d := b.rule(id(1)); d.Exceptions != 1 || len(d.AllExceptions) != 1 {
		t.Errorf("%d exceptions", d.Exceptions)
	}
	b.clock.now = noon.Add(2 * time.Hour)
	b.Refresh()
	if got := hit(`NT\*svc`); len(got) != 2 {
		t.Errorf("%q match after the exception has expired", got)
	}
	if d := b.rule(id(1)); d.Exceptions != 0 || len(d.AllExceptions) != 1 {
		t.Errorf("%d exceptions hold", d.Exceptions)
	}
	if err := b.EndException(t.Context(), x.ID, By{}); !errors.Is(err, ErrNotFound) {
		t.Error("an exception that has expired was taken back")
	}
}

func TestTheLiveSetFollowsAnExpiryByItself(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", everything, map[string]string{"a.yml": ruleOf(1, "A", "x")})
	_, err := b.AddException(t.Context(), id(1), &NewException{Text: "s: {User: svc}", Expires: noon.Add(time.Minute)}, By{"ann", "backup"})
	if err != nil {
		t.Fatal(err)
	}
	if next := b.expire(); !next.Equal(noon.Add(time.Minute)) {
		t.Errorf("the next expiry is %s", next)
	}
	b.clock.now = noon.Add(time.Hour)
	if next := b.expire(); !next.IsZero() || b.rule(id(1)).Exceptions != 0 {
		t.Errorf("the next expiry is %s", next)
	}
}

func TestAnExceptionThatIsTakenBackHidesNothing(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", everything, map[string]string{"a.yml": ruleOf(1, "A", "x")})
	x, err := b.AddException(t.Context(), id(1), &NewException{Text: "s: {User: svc}\ncondition: s", Never: true}, By{"ann", "ours"})
	if err != nil {
		t.Fatal(err)
	}
	b.reopen(nil)
	if got := matches(t, b.Live(), map[string]string{"Image": "x", "User": "svc"}); len(got) != 0 {
		t.Errorf("%q match after a restart", got)
	}
	if err := b.EndException(t.Context(), x.ID, By{"bob", "not any more"}); err != nil {
		t.Fatal(err)
	}
	b.Refresh()
	if got := matches(t, b.Live(), map[string]string{"Image": "x", "User": "svc"}); len(got) != 1 {
		t.Errorf("%q match", got)
	}
	list, err := b.Exceptions(t.Context(), id(1), true)
	if err != nil || len(list) != 1 || list[0].EndedBy != "bob" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestAnExceptionComesBackWithItsRule(t *testing.T) {
	b := openBench(t, nil)
	files := map[string]string{"a.yml": ruleOf(1, "A", "x"), "b.yml": ruleOf(2, "B", "x")}
	b.install("p", everything, files)
	if _, err := b.AddException(t.Context(), id(1), &NewException{Text: "s: {User: svc}", Never: true}, By{"ann", "ours"}); err != nil {
		t.Fatal(err)
	}
	b.install("p", nil, map[string]string{"b.yml": files["b.yml"]})
	b.reopen(nil)
	b.install("p", nil, files)
	if got := matches(t, b.Live(), map[string]string{"Image": "x", "User": "svc"}); !slices.Equal(got, []string{id(2)}) {
		t.Errorf("%q match", got)
	}
}

func TestAnExceptionNeedsAReasonAndAnEnd(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", everything, map[string]string{
		"a.yml": ruleOf(1, "A", "x"),
		"c.yml": "title: C\nid: " + id(3) + "\ncorrelation:\n  type: event_count\n  rules: [" + id(1) + "]\n  timespan: 1h\n  condition: {gte: 3}\n",
	})
	later := noon.Add(time.Hour)
	for name, c := range map[string]struct {
		rule   string
		n      NewException
		reason string
		says   string
	}{
		"no reason":           {id(1), NewException{Text: "s: {User: a}", Expires: later}, " ", "reason"},
		"no end":              {id(1), NewException{Text: "s: {User: a}"}, "r", "expires"},
		"an end that is past": {id(1), NewException{Text: "s: {User: a}", Expires: noon}, "r", "already"},
		"an end and none":     {id(1), NewException{Text: "s: {User: a}", Expires: later, Never: true}, "r", "both"},
		"an end far away":     {id(1), NewException{Text: "s: {User: a}", Expires: noon.AddDate(9, 0, 0)}, "r", "five years"},
		"nothing":             {id(1), NewException{Expires: later}, "r", "text"},
		"broken YAML":         {id(1), NewException{Text: "s: [", Expires: later}, "r", "YAML"},
		"an unknown modifier": {id(1), NewException{Text: "s:\n  User: b\nt:\n  User|fits: a\n", Expires: later}, "r", "line 4"},
		"an unknown selection": {
			id(1), NewException{Text: "s: {User: a}\ncondition: t", Expires: later}, "r", "line 2",
		},
		"an operator that there is not": {id(1), NewException{Where: []Where{{"User", "like", []string{"a"}}}, Expires: later}, "r", "like"},
		"a field without a value":       {id(1), NewException{Where: []Where{{Field: "User"}}, Expires: later}, "r", "value"},
		"a field twice":                 {id(1), NewException{Where: []Where{{"User", "", []string{"a"}}, {"User", "is", []string{"b"}}}, Expires: later}, "r", "twice"},
		"a way out of the detection":    {id(1), NewException{Text: "s: {User: a}\n---\ntitle: x", Expires: later}, "r", "exception"},
		"a correlation":                 {id(3), NewException{Text: "s: {User: a}", Expires: later}, "r", "correlation"},
		"a rule that is not there":      {id(7), NewException{Text: "s: {User: a}", Expires: later}, "r", "no such rule"},
	} {
		_, err := b.AddException(t.Context(), c.rule, &c.n, By{"ann", c.reason})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: what kind of error is %v", name, err)
		}
	}
}

func TestValuesFromEventsAreTakenLiterally(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", everything, map[string]string{"a.yml": ruleOf(1, "A", "x")})
	for _, value := range []string{`C:\a\b.exe`, `\\host\share\*.txt`, `a\`, `a\\`, `\*`, `what?`, `x\\\y`, `***`, `it's "quoted": [x]`, "- a\nb", "true", "1", "~", ""} {
		n := &NewException{Where: []Where{{"User", "is", []string{value}}}, Never: true}
		x, err := b.AddException(t.Context(), id(1), n, By{"ann", "r"})
		if err != nil {
			t.Errorf("%q: %v", value, err)
			continue
		}
		rule, err := b.ExceptionRule(b.rule(id(1)).Rule, x.Text)
		if err != nil {
			t.Fatal(err)
		}
		fits := func(user string) bool { return evaluate(rule, map[string]string{"User": user}) }
		if value != "" && !fits(value) || fits(value+"z") || fits("z"+value) {
			t.Errorf("%q: the exception is %s", value, x.Text)
		}
	}
}

func TestAnExceptionTellsWhichFieldsNoEventOfItsRuleHas(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", everything, map[string]string{"a.yml": ruleOf(1, "A", "x")})
	for text, want := range map[string]string{
		"s: {User: a}": "", "s: [backup]": "", "s: {Hashes|contains: IMPHASH}": "",
		"s: {User: a, NoUser: b}":                  "NoUser: there is no such column",
		"s: {User: a}\nt: {NoUser: b, NoOther: c}": "NoUser: there is no such column NoOther: there is no such column",
	} {
		x, err := b.ExceptionRule(b.rule(id(1)).Rule, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(b.Unanswered(x), " "); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestDoubtfulExceptionsAreNamed(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", everything, map[string]string{"a.yml": ruleOf(1, "A", "x")})
	for text, want := range map[string]string{
		"s: {User: 'NT AUTHORITY\\SYSTEM'}":                     "",
		"s: {Image|endswith: '\\backup.exe'}":                   "",
		"s: {User: '*'}":                                        "fits every event",
		"s: {User: '*', Image: y}":                              "* fits every value",
		"s: {User: 'a*'}":                                       "single character",
		"s: {User|contains: abc}":                               "3 given characters",
		"s: {User|contains: a}":                                 "single character",
		"s: {User|re: '.*'}":                                    "empty text",
		"s: {User|exists: true}":                                "every event that has the field",
		"s: {User: a}\ncondition: not s":                        "must not be",
		"s: {User: null}":                                       "must not be",
		"s: [backup]":                                           "every field",
		"s: {User|cidr: 16.0.0.0/4}":                            "large part",
		"s: {NoUser: a}":                                        "never hides anything",
		"s: {User: a}\nt: {User: '*'}":                          "* fits every value",
		"s: {User: [abcd, '*']}":                                "fits every event",
		"s: {User: a}\ncondition: s and not s":                  "",
		"s: {User: a}\ncondition: s or not s":                   "must not be",
		"s: {User: a}\nn: {User: '*b'}\ncondition: s and not n": "",
	} {
		_, warnings, err := b.CheckException(id(1), &NewException{Text: text})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		all := strings.Join(warnings, "\n")
		if want == "" && all != "" || !strings.Contains(all, want) {
			t.Errorf("%q: %q", text, warnings)
		}
	}
}

func TestAPreviewTellsWhatWouldBeHidden(t *testing.T) {
	past := []Past{
		{Event: "1", Alert: "a", Title: "A", Verdict: TruePositive, Hidden: true}, {Event: "2", Alert: "a", Title: "A", Verdict: TruePositive},
		{Event: "3", Alert: "b", Title: "B", Verdict: "false_positive", Hidden: true}, {Event: "4", Alert: "b", Title: "B", Verdict: "false_positive", Hidden: true},
		{Event: "5", Alert: "c", Title: "C"}, {Event: "6", Hidden: true},
	}
	p := PreviewOf(slices.Values(past))
	if p.Events != 6 || p.HiddenEvents != 4 || p.Alerts != 3 || p.HiddenAlerts != 1 || p.SmallerAlerts != 1 || p.Verdicts["false_positive"] != 1 {
		t.Errorf("%+v", p)
	}
	if len(p.TruePositives) != 1 || p.TruePositives[0] != (HiddenAlert{"a", "A", 2, 1}) {
		t.Errorf("%+v", p.TruePositives)
	}
}

func FuzzException(f *testing.F) {
	for _, text := range []string{"s: {User: a}", "s:\n  - a\n  - b\ncondition: 1 of s*", "condition: x", "a: &x {b: c}\nd: *x", "- a"} {
		f.Add(text)
	}
	b := openBench(f, nil)
	b.install("p", everything, map[string]string{"a.yml": ruleOf(1, "A", "x")})
	f.Fuzz(func(t *testing.T, text string) {
		_, warnings, err := b.CheckException(id(1), &NewException{Text: text})
		if err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", text, err)
		}
		if len(warnings) > maxNotes {
			t.Errorf("%q: %d warnings", text, len(warnings))
		}
	})
}
