package pipeline

import (
	"slices"
	"strings"
	"testing"

	"penstock/record"
)

func TestAKeyMayHaveADotItself(t *testing.T) {
	const raw = `{"time":"2026-11-25T09:30:00Z","tenantId":"t","category":"AdvancedHunting-IdentityDirectoryEvents","properties":{
		"AdditionalFields":{"TO.GROUP":"Domain Admins","FROM":{"DEVICE.NAME":"ws-1"},"TO.DEVICE":{"x":"dc-1"}}}}`
	for path, want := range map[string][]string{
		"TO.GROUP":         {"Domain Admins"},
		"to.group":         {"Domain Admins"},
		"FROM.DEVICE.NAME": {"ws-1"},
		"TO.DEVICE.x":      {"dc-1"},
		"TO":               nil,
		"TO.GROUP.x":       nil,
		"TO.USER":          nil,
	} {
		var parser record.Parser
		var rec record.Record
		if err := parser.Parse([]byte(raw), &rec); err != nil {
			t.Fatal(err)
		}
		r := newReader([]string{"AdditionalFields"}, []node{pathNode{0, pathSteps(strings.Split(path, "."))}})
		r.Begin(&rec, nil)
		var got []string
		for _, v := range r.Values(0) {
			got = append(got, string(v.Text))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
