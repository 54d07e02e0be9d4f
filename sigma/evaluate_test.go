package sigma

import "testing"

func TestWhatTestsHoldFor(t *testing.T) {
	type event map[string][]string
	for _, c := range []struct {
		item  string
		holds []event
		not   []event
	}{
		{`A: x`, []event{{"A": {"x"}}, {"A": {"X"}}, {"A": {"y", "x"}}}, []event{{}, {"A": {}}, {"A": {""}}, {"A": {"xy"}}, {"B": {"x"}}}},
		{`A: 1`, []event{{"A": {"1"}}}, []event{{"A": {"1.0"}}, {"A": {"01"}}, {"A": {"11"}}}},
		{`A: true`, []event{{"A": {"true"}}, {"A": {"True"}}}, []event{{"A": {"1"}}, {"A": {"false"}}}},
		{`A: '*'`, []event{{"A": {"x"}}}, []event{{}, {"A": {""}}}},
		{`A: '?'`, []event{{"A": {"x"}}, {"A": {"ß"}}}, []event{{"A": {"xy"}}}},
		{`A|cased: Foo`, []event{{"A": {"Foo"}}}, []event{{"A": {"foo"}}}},
		{`A: null`, []event{{}, {"A": {}}, {"A": {""}}, {"B": {"x"}}}, []event{{"A": {"x"}}, {"A": {"", "x"}}}},
		{`A: ''`, []event{{}, {"A": {}}, {"A": {""}}}, []event{{"A": {"x"}}}},
		{`A|exists: true`, []event{{"A": {"x"}}, {"A": {"", "x"}}}, []event{{}, {"A": {""}}}},
		{`A|exists: false`, []event{{}, {"A": {""}}}, []event{{"A": {"x"}}}},
		{`A|neq: x`, []event{{}, {"A": {"y"}}}, []event{{"A": {"x"}}, {"A": {"x", "y"}}}},
		{`A|re: '^a.c'`, []event{{"A": {"abcd"}}}, []event{{"A": {"Abc"}}, {"A": {"xabc"}}, {"A": {"a\nc"}}}},
		{`A|re|i: '^a.c'`, []event{{"A": {"ABC"}}}, nil},
		{`A|re|s: '^a.c'`, []event{{"A": {"a\nc"}}}, nil},
		{`A|re|m: '^b'`, []event{{"A": {"a\nb"}}}, []event{{"A": {"ab"}}}},
		{`A|re: b`, []event{{"A": {"abc"}}}, []event{{}}},
		{`A|re|startswith: 'a|b'`, []event{{"A": {"bc"}}}, []event{{"A": {"cb"}}}},
		{`A|cidr: 10.0.0.0/8`, []event{{"A": {"10.1.2.3"}}, {"A": {"::ffff:10.1.2.3"}}, {"A": {"x", "10.0.0.0"}}},
			[]event{{}, {"A": {"11.0.0.1"}}, {"A": {"10.1.2"}}, {"A": {"fe80::1"}}, {"A": {"10.0.0.0/8"}}}},
		{`A|cidr: 'fe80::/10'`, []event{{"A": {"FE80::1"}}}, []event{{"A": {"fe80::1%eth0"}}, {"A": {"fec0::1"}}}},
		{`A|gte: 10`, []event{{"A": {"10"}}, {"A": {"10.5"}}, {"A": {"1e2"}}, {"A": {"9", "11"}}}, []event{{}, {"A": {"9"}}, {"A": {"x"}}, {"A": {"0xff"}}, {"A": {"inf"}}}},
		{`A|gt: 10`, []event{{"A": {"11"}}}, []event{{"A": {"10"}}}},
		{`A|lte: 10`, []event{{"A": {"10"}}, {"A": {"-1"}}}, []event{{"A": {"11"}}, {"A": {"NaN"}}}},
		{`A|lt: 10`, []event{{"A": {"9.9"}}}, []event{{"A": {"10"}}, {"A": {"-inf"}}}},
		{`A|hour|gte: 22`, []event{{"A": {"2025-01-31T22:00:00Z"}}, {"A": {"2025-01-31 23:59:59"}}, {"A": {"2025-01-31T21:30:00.123-01:00"}}},
			[]event{{"A": {"2025-01-31T21:59:59.999Z"}}, {"A": {"2025-01-31T22:30:00+01:00"}}, {"A": {"23"}}, {}}},
		{`A|week: 1`, []event{{"A": {"2024-12-30"}}}, []event{{"A": {"2025-01-31"}}}},
		{`A|minute: 5`, []event{{"A": {"2024-12-30T10:05:59Z"}}}, []event{{"A": {"2024-12-30T10:06:00Z"}}}},
		{`A|day: 30`, []event{{"A": {"2024-12-30T10:05:59Z"}}}, []event{{"A": {"2024-12-31T10:05:00Z"}}}},
		{`A|month: 12`, []event{{"A": {"2024-12-30T10:05:59Z"}}}, []event{{"A": {"2024-11-30"}}}},
		{`A|year: 2024`, []event{{"A": {"2024-12-30T10:05:59Z"}}}, []event{{"A": {"2025-12-30"}}}},
		{`A|fieldref: B`, []event{{"A": {"x"}, "B": {"X"}}, {"A": {"x", "y"}, "B": {"z", "y"}}, {"A": {"*"}, "B": {"*"}}},
			[]event{{}, {"A": {""}, "B": {""}}, {"A": {"x"}}, {"B": {"x"}}, {"A": {"xy"}, "B": {"x"}}, {"A": {"x"}, "B": {"*"}}}},
		{`A|fieldref|cased: B`, []event{{"A": {"x"}, "B": {"x"}}}, []event{{"A": {"x"}, "B": {"X"}}}},
		{`A|fieldref|startswith: B`, []event{{"A": {"xy"}, "B": {"x"}}}, []event{{"A": {"yx"}, "B": {"x"}}}},
		{`A|fieldref|endswith: B`, []event{{"A": {"yx"}, "B": {"x"}}}, []event{{"A": {"xy"}, "B": {"x"}}}},
		{`A|fieldref|contains: B`, []event{{"A": {"yxy"}, "B": {"x"}}}, []event{{"A": {"x"}, "B": {"xx"}}}},
		{`'|all': [one, two]`, []event{{"A": {"xone"}, "B": {"Twoy"}}, {"A": {"one two"}}}, []event{{"A": {"one"}}, {}}},
	} {
		got := reading(c.item, Options{})
		if len(got.Rules) != 1 {
			t.Errorf("%s: %v", c.item, got.Problems)
			continue
		}
		condition := got.Rules[0].Condition
		check := func(e event, want bool) {
			fields := func(name string) []string {
				if name != "" {
					return e[name]
				}
				var values []string
				for _, list := range e {
					values = append(values, list...)
				}
				return values
			}
			if Evaluate(condition, fields) != want {
				t.Errorf("%s on %q: %v", c.item, e, !want)
			}
		}
		for _, e := range c.holds {
			check(e, true)
		}
		for _, e := range c.not {
			check(e, false)
		}
	}
}

func TestEmptyListsOfConditions(t *testing.T) {
	none := func(string) []string { return nil }
	if !Evaluate(&And{}, none) || Evaluate(&Or{}, none) || Evaluate(&Not{Of: &And{}}, none) {
		t.Error("an empty And holds, an empty Or does not")
	}
}
