package sigma

import (
	"slices"
	"strings"
	"testing"
)

func TestARuleThatMatchesNearlyEverythingIsWarnedOf(t *testing.T) {
	const negative, open = "it only says what an event must not be", "every value passes "
	for _, c := range []struct{ selections, condition, want string }{
		{"a: {Image: x}", "not a", negative},
		{"a: {Image: x}\n  b: {User: y}", "not (a and b)", negative},
		{"a: {Image: x}\n  b: {User: y}", "a or not b", negative},
		{"a: {Image: '*'}", "a", open + "\"Image: '*'\""},
		{"a: {Image: ['*', x]}", "a", open + "\"Image: '*'\""},
		{"a: {Image: '?*'}\n  b: {User: y}", "a and not b", open + "\"Image: '?*'\""},
		{"a: {Image|re: '.*'}", "a", open + "\"Image|re: '.*'\""},
		{"a: {Image|re: '.'}", "a", open + "\"Image|re: '.'\""},
		{"a: {Image|exists: true}", "a", open + "\"Image|exists: true\""},
		{"a: {IP|cidr: '0.0.0.0/0'}", "a", open + "\"IP|cidr: '0.0.0.0/0'\""},
		{"a: ['*']", "a", open + "\"'*'\""},
		{"a: {Image: x}\n  b: {User: '*'}", "a or b", open + "\"User: '*'\""},

		{"a: {Image: x}", "a", ""},
		{"a: {Image: x}\n  b: {User: y}", "a and not b", ""},
		{"a: {Image: x}\n  b: {User: '*'}", "a and b", ""},
		{"a: {Image|re: '^$'}", "a", ""},
		{"a: {Image|re: 'a*b'}", "a", ""},
		{"a: {Image: '?'}", "a", ""},
		{"a: {Image|contains: '~'}", "a", ""},
		{"a: {IP|cidr: '10.0.0.0/8'}", "a", ""},
		{"a: {Image: x}", "not (not a)", ""},
		{"a: {Size|gt: 0}", "a", ""},
		{"a: {Image: null}", "a", ""},
		{"a: {Image|exists: false}", "a", ""},
		{"a: {Image|exists: true}", "not a", ""},
	} {
		text := "title: T\nlogsource: {product: windows}\ndetection:\n  " + c.selections + "\n  condition: " + c.condition + "\n"
		got := Read("t.yml", []byte(text), Options{})
		if len(got.Rules) != 1 || len(got.Problems) > 1 || len(got.Problems) != min(1, len(c.want)) {
			t.Errorf("%s: %v", text, got.Problems)
			continue
		}
		for _, p := range got.Problems {
			if !p.Warning || p.Line < 3 || !strings.Contains(p.Message, c.want) {
				t.Errorf("%s: %v, want %s", text, p, c.want)
			}
		}
	}
}

func TestAFilterMayOnlySayWhatAnEventMustNotBe(t *testing.T) {
	text := "title: F\nlogsource: {product: windows}\nfilter:\n  rules: [x]\n  a: {Image: x}\n  condition: not a\n"
	if got := Read("f.yml", []byte(text), Options{}); len(got.Filters) != 1 || len(got.Problems) != 0 {
		t.Errorf("%v", got.Problems)
	}
}

// besides leaves out what is said of breadth, in tests about small conditions.
func besides(problems []*Problem) []*Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(p *Problem) bool { return strings.Contains(p.Message, "nearly every event") })
}
