package sigma

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCorrelationsOfBothLayouts(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Correlation
	}{
		"event_count": {`title: Many failures
correlation:
    type: event_count
    rules: failed_logon
    group-by: [User, Host]
    timespan: 5m
    condition: {gte: 10, lt: 1000}
    generate: true
`, Correlation{Type: EventCount, Rules: []string{"failed_logon"}, GroupBy: []string{"User", "Host"}, Timespan: 5 * time.Minute,
			Counts: []Bound{{"gte", 10}, {"lt", 1000}}, Generate: true}},
		"value_count": {`title: Many users
correlation:
    type: value_count
    rules: [failed_logon]
    group-by: Host
    timespan: 1d
    condition: {gt: 5, field: User}
`, Correlation{Type: ValueCount, Rules: []string{"failed_logon"}, GroupBy: []string{"Host"}, Timespan: 24 * time.Hour,
			Counts: []Bound{{"gt", 5}}, Field: "User"}},
		"temporal": {`title: Both
correlation:
    type: temporal
    rules: [a, b]
    timespan: 90s
    aliases:
        ip: {a: SourceIP, b: DestinationIP}
    group-by: [ip]
`, Correlation{Type: Temporal, Rules: []string{"a", "b"}, GroupBy: []string{"ip"}, Timespan: 90 * time.Second,
			Aliases: map[string]map[string]string{"ip": {"a": "SourceIP", "b": "DestinationIP"}}}},
		"temporal_ordered with a count": {`title: Two of three
correlation: {type: temporal_ordered, rules: [a, b, c], timespan: 1w, condition: {gte: 2}}
`, Correlation{Type: TemporalOrdered, Rules: []string{"a", "b", "c"}, Timespan: 7 * 24 * time.Hour, Counts: []Bound{{"gte", 2}}}},
		"an older event_count": {`action: correlation
title: Many failures
type: event_count
rule: failed_logon
group-by: [user.name]
timespan: 10m
gte: 10
lte: 20
level: high
`, Correlation{Type: EventCount, Rules: []string{"failed_logon"}, GroupBy: []string{"user.name"}, Timespan: 10 * time.Minute,
			Counts: []Bound{{"gte", 10}, {"lte", 20}}}},
		"an older value_count": {`action: correlation
name: many_users
type: value_count
rules: [failed_logon]
field: user.name
timespan: 1h
gt: 5
`, Correlation{Type: ValueCount, Rules: []string{"failed_logon"}, Timespan: time.Hour, Counts: []Bound{{"gt", 5}}, Field: "user.name"}},
		"a sum": {`title: Much
correlation:
    type: value_sum
    rules: [download]
    timespan: 1h
    condition: {field: Size, gte: 1.5e9, lt: -0.5}
`, Correlation{Type: ValueSum, Rules: []string{"download"}, Timespan: time.Hour, Counts: []Bound{{"gte", 1.5e9}, {"lt", -0.5}}, Field: "Size"}},
		"a percentile": {`title: Mostly large
correlation:
    type: value_percentile
    rules: [download]
    timespan: 1h
    condition: {field: Size, gte: 100, percentile: 95}
`, Correlation{Type: ValuePercentile, Rules: []string{"download"}, Timespan: time.Hour, Counts: []Bound{{"gte", 100}}, Field: "Size", Percentile: 95}},
		"an older ordered one": {`action: correlation
type: temporal
rule: [a, b]
ordered: true
timespan: 24h
aliases: {host: {a: host.name, b: host.hostname}}
group-by: [host]
generate: false
`, Correlation{Type: TemporalOrdered, Rules: []string{"a", "b"}, GroupBy: []string{"host"}, Timespan: 24 * time.Hour,
			Aliases: map[string]map[string]string{"host": {"a": "host.name", "b": "host.hostname"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := Read("brute_force.yml", []byte(c.text), Options{})
			if len(got.Correlations) != 1 || len(got.Problems) > 0 {
				t.Fatal(told(got.Problems))
			}
			correlation := *got.Correlations[0]
			if correlation.Title == "" || correlation.ID == "" || correlation.Custom != nil {
				t.Errorf("%+v", correlation.Metadata)
			}
			correlation.Metadata = Metadata{}
			if diff := cmp.Diff(c.want, correlation); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRulesOfTheOlderLayoutNeedNeitherTitleNorLogsource(t *testing.T) {
	got := Resolve(Read("brute_force.yml", []byte(`detection:
    sel: {event.action: logon}
    condition: sel
name: failed_logon
---
action: correlation
type: event_count
rule: failed_logon
timespan: 5m
gte: 10
`), Options{}))
	if len(got.Rules) != 1 || len(got.Correlations) != 1 || len(got.Problems) > 0 {
		t.Fatal(told(got.Problems))
	}
	if r := got.Rules[0]; r.Title != "failed_logon" || r.Logsource != (Logsource{}) {
		t.Errorf("%+v", r)
	}
	if c := got.Correlations[0]; c.Title != "brute_force" || c.Rules[0] != got.Rules[0].ID {
		t.Errorf("%+v", c)
	}
}

func TestTheExpressionOfATemporalCorrelation(t *testing.T) {
	got := Read("test.yml", []byte(`title: T
correlation:
    type: temporal
    timespan: 1h
    condition: (dump or copy-1) and not backup
`), Options{})
	if len(got.Correlations) != 1 {
		t.Fatal(told(got.Problems))
	}
	c := got.Correlations[0]
	if e := expression(c.Condition); e != "((dump exists true | copy-1 exists true) & !backup exists true)" {
		t.Error(e)
	}
	if strings.Join(c.Rules, " ") != "dump copy-1 backup" {
		t.Errorf("rules %v", c.Rules)
	}
}

func TestTimespans(t *testing.T) {
	for written, want := range map[string]time.Duration{
		"30s": 30 * time.Second, "10m": 10 * time.Minute, "24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour,
		"2w": 14 * 24 * time.Hour, "1M": 2_629_746 * time.Second, "1y": 31_556_952 * time.Second,
	} {
		if got, err := parseTimespan(written); err != nil || got != want {
			t.Errorf("%s: %v, %v", written, got, err)
		}
	}
	for written, want := range map[string]string{
		"": "is no timespan", "5": "is no timespan", "m": "is no timespan", "-5m": "is no timespan", "5 m": "is no timespan", "1.5h": "is no timespan",
		"5min": "is no timespan", "5H": "is no timespan", "0s": "no time at all", "2y": "longer than a year", "999999999y": "longer than a year",
		"9999999999s": "is no timespan", "１m": "is no timespan",
	} {
		if got, err := parseTimespan(written); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", written, got, err)
		}
	}
}

func TestCorrelationsThatCannotBe(t *testing.T) {
	today := func(keys string) string { return "title: T\ncorrelation: {" + keys + "}\n" }
	for _, c := range []struct{ text, want string }{
		{"title: T\ncorrelation: x\n", `2:14 expected type, rules, group-by, timespan and condition, got the text "x"`},
		{today(`rules: [a], timespan: 1m`), `2:1 expected type:`},
		{today(`type: sum, rules: [a], timespan: 1m, condition: {gt: 1}`), `2:21 unknown type "sum"`},
		{today(`type: value_max, rules: [a], timespan: 1m, condition: {gt: 1, field: x}`), `2:21 unknown type "value_max" of a correlation; expected event_count`},
		{today(`type: value_avg, rules: [a], timespan: 1m, condition: {gt: 1}`), `2:1 expected field:`},
		{today(`type: value_sum, rules: [a], timespan: 1m, condition: {field: x}`), `2:1 expected condition:`},
		{today(`type: value_sum, rules: [a], timespan: 1m, condition: {gt: x, field: x}`), `2:74 expected a number for gt, got "x"`},
		{today(`type: value_median, rules: [a], timespan: 1m, condition: {gt: 1, field: x, percentile: 5}`), `2:102 percentile is for value_percentile`},
		{today(`type: value_percentile, rules: [a], timespan: 1m, condition: {gt: 1, field: x}`), `2:1 expected percentile:`},
		{today(`type: value_percentile, rules: [a], timespan: 1m, condition: {gt: 1, field: x, percentile: 101}`), `2:106 expected a whole number from 0 to 100`},
		{today(`type: value_percentile, rules: [a], timespan: 1m, condition: {gt: 1, field: x, percentile: many}`), `2:106 expected a whole number from 0 to 100`},
		{today(`type: event_count, timespan: 1m, condition: {gt: 1}`), `2:1 expected rules:`},
		{today(`type: event_count, rules: [a], condition: {gt: 1}`), `2:1 expected timespan:`},
		{today(`type: event_count, rules: [a], timespan: soon, condition: {gt: 1}`), `2:56 "soon" is no timespan`},
		{today(`type: event_count, rules: [a], timespan: 1m`), `2:1 expected condition:`},
		{today(`type: event_count, rules: [a], timespan: 1m, condition: {}`), `2:1 expected condition:`},
		{today(`type: event_count, rules: [a], timespan: 1m, condition: [gt]`), `2:71 expected bounds such as gte: 10`},
		{today(`type: event_count, rules: [a], timespan: 1m, condition: {more: 1}`), `2:72 unknown key "more" in the condition`},
		{today(`type: event_count, rules: [a], timespan: 1m, condition: {gt: x}`), `2:76 expected a number for gt, got "x"`},
		{today(`type: event_count, rules: [a], timespan: 1m, condition: {gt: 1.5}`), `2:76 expected a whole number for gt`},
		{today(`type: event_count, rules: [a], timespan: 1m, condition: {gt: -1}`), `2:76 expected a whole number for gt`},
		{today(`type: event_count, rules: [a], timespan: 1m, condition: {gt: 1, field: x}`), `2:1 field is for value_count`},
		{today(`type: value_count, rules: [a], timespan: 1m, condition: {gt: 1}`), `2:1 expected field:`},
		{today(`type: value_count, rules: [a], timespan: 1m, condition: {gt: 1, field: [x, y]}`), `2:86 expected one field, got 2`},
		{today(`type: event_count, rules: [a], timespan: 1m, condition: a and b`), `2:71 an expression is for temporal correlations`},
		{today(`type: temporal, rules: [a, b], timespan: 1m, condition: a and c`), `2:77 "c" is not among the rules`},
		{today(`type: temporal, rules: [a, b], timespan: 1m, condition: a`), `2:71 the expression does not say what is with the rule "b"`},
		{today(`type: temporal, rules: [a, b], timespan: 1m, condition: 1 of them`), `2:71 expected names of rules`},
		{today(`type: temporal, rules: [a, b], timespan: 1m, condition: a and`), `2:76 expected a name`},
		{today(`type: temporal, rules: [a, a], timespan: 1m`), `2:1 the correlation refers to "a" twice`},
		{today(`type: temporal, rules: [a, {b: c}], timespan: 1m`), `2:42 expected the name or id of a rule`},
		{today(`type: temporal, rules: [a, b], timespan: 1m, aliases: {x: {c: y}}`), `2:1 the alias x is for "c"`},
		{today(`type: temporal, rules: [a, b], timespan: 1m, aliases: [x]`), `2:69 expected names, each with a field`},
		{today(`type: temporal, rules: [a, b], timespan: 1m, generate: perhaps`), `2:70 expected true or false for generate`},
		{today(`type: temporal, rules: [a, b], timespan: 1m, gte: 5`), `2:60 gte belongs under condition`},
		{today(`type: temporal, rules: [a, b], timespan: 1m, group_by: x`), `2:60 unknown key "group_by" in a correlation`},
		{today(`type: temporal, rules: [a, b], timespan: 1m, timeframe: 1m`), `2:60 unknown key "timeframe"`},
		{today(`type: temporal, rules: [a, b], timespan: 1m`) + "detection: {}\n", `3:1 a correlation has no detection`},
		{"action: correlation\ntype: event_count\nrule: a\nordered: true\ntimespan: 1m\ngte: 1\n", `1:1 ordered is for temporal correlations`},
		{"action: correlation\ntype: event_count\nrule: a\ntimespan: 1m\n", `1:1 expected condition:`},
		{"action: correlation\ntype: event_count\nrule: a\ntimespan: 1m\ngte: many\n", `5:6 expected a number for gte`},
	} {
		got := Read("test.yml", []byte(c.text), Options{})
		lines := told(got.Problems)
		if len(got.Correlations) != 0 || len(lines) == 0 || !strings.HasPrefix(lines[0], c.want) {
			t.Errorf("%s\ngot %q\nwant %q", c.text, lines, c.want)
		}
	}
}
