package catalogue_test

import (
	"strings"
	"testing"

	"penstock/catalogue"
	"penstock/format/defender"
	"penstock/sigma"
)

func TestARuleIsProvenByARecordMadeFromItsOwnTexts(t *testing.T) {
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	router, err := defender.Pipeline(plan)
	if err != nil {
		t.Fatal(err)
	}
	p := catalogue.NewProver(plan, router)
	for _, c := range []struct{ detection, fails string }{
		{`{s: {Image|endswith: '\a.exe', CommandLine|contains|all: [x, y]}, f: {User: bob}, condition: s and not f}`, ""},
		{`{s: {CurrentDirectory: C}, condition: s}`, "does not apply"},
		{`{s: {CommandLine: x}, f: {CommandLine: x}, condition: s and not f}`, "value"},
	} {
		read := sigma.Read("t.yml", []byte("title: T\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {category: process_creation, product: windows}\ndetection: "+c.detection+"\n"), sigma.Options{})
		if len(read.Rules) != 1 {
			t.Fatal(read.Problems)
		}
		rule := read.Rules[0]
		raw, err := p.Record(rule)
		if c.fails == "" && (err != nil || !strings.Contains(string(raw), "AdvancedHunting-DeviceProcessEvents")) {
			t.Errorf("%s: %s, %v", c.detection, raw, err)
		}
		if c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)) {
			t.Errorf("%s: %s, %v, want %q", c.detection, raw, err, c.fails)
		}
		for range 2 { // the answer is kept
			if proven := p.Proven(rule); proven != (err == nil) {
				t.Errorf("%s: proven %t", c.detection, proven)
			}
		}
	}
}
