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
	for detection, want := range map[string]string{
		`{s: {Image|endswith: '\a.exe', CommandLine|contains|all: [x, y]}, f: {User: bob}, condition: s and not f}`: "",
		`{s: {CurrentDirectory: C}, condition: s}`:                           "does not apply",
		`{s: {CommandLine: x}, f: {CommandLine: x}, condition: s and not f}`: "",
	} {
		text := "title: T\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {category: process_creation, product: windows}\ndetection: " + detection + "\n"
		c := sigma.Read("t.yml", []byte(text), sigma.Options{})
		if len(c.Rules) != 1 {
			t.Fatal(c.Problems)
		}
		raw, err := p.Record(c.Rules[0])
		impossible := strings.Contains(detection, "f: {CommandLine: x}")
		switch {
		case want == "" && !impossible && (err != nil || !strings.Contains(string(raw), `AdvancedHunting-DeviceProcessEvents`)):
			t.Errorf("%s: %s, %v", detection, raw, err)
		case impossible && err == nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %s, %v, want %q", detection, raw, err, want)
		}
		if p.Proven(c.Rules[0]) != (err == nil) || p.Proven(c.Rules[0]) != (err == nil) {
			t.Errorf("%s: proven %t", detection, p.Proven(c.Rules[0]))
		}
	}
}
