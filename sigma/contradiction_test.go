package sigma

import (
	"strings"
	"testing"
)

func TestAConditionThatAsksNothingOfTheEventIsWarnedOf(t *testing.T) {
	for condition, want := range map[string]string{
		"a and not a":                        "contradicts itself",
		"(a or b) and not a and not b":       "contradicts itself",
		"a and not 1 of them":                "contradicts itself",
		"same and not a":                     "contradicts itself",
		"a or not a":                         "holds for every event",
		"not (a and not same)":               "holds for every event",
		"a":                                  "",
		"a and b":                            "",
		"a and not b":                        "",
		"(a or b) and not b":                 "",
		"a or (a and b)":                     "",
		"all of them and not (a and many_1)": "contradicts itself",
	} {
		text := "title: T\nlogsource: {product: windows}\ndetection:\n  a: {Image: x, User: y}\n  same: {Image: x, User: y}\n  b: {Image|endswith: [v, w]}\n  many_1: {CommandLine|contains|all: [p, q]}\n  condition: " + condition + "\n"
		c := Read("t.yml", []byte(text), Options{})
		if len(c.Rules) != 1 {
			t.Fatalf("%s: %v", condition, c.Problems)
		}
		got := ""
		for _, p := range c.Problems {
			got += p.Message
			if !p.Warning || p.Line != 8 {
				t.Errorf("%s: %+v", condition, p)
			}
		}
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, expected %q", condition, got, want)
		}
	}
}

func TestAConditionOfManyTestsIsTakenToDependOnTheEvent(t *testing.T) {
	text := "title: T\nlogsource: {product: windows}\ndetection:\n  a:\n"
	for _, letter := range "abcdefghijklmnop" {
		text += "    " + strings.ToUpper(string(letter)) + ": 1\n"
	}
	c := Read("t.yml", []byte(text+"  condition: a and not a\n"), Options{})
	if len(c.Rules) != 1 || len(c.Problems) != 0 {
		t.Errorf("%v", c.Problems)
	}
}
