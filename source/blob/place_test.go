package blob

import (
	"reflect"
	"testing"
	"time"

	"penstock/record"
)

func TestNames(t *testing.T) {
	for text, want := range map[string]*name{
		"tenantId=a/y=2026/m=11/d=26/h=07/m=00/PT1H.json":                                         {"tenantId=a/", "2026-11-26", "07/m=00/PT1H.json"},
		"resourceId=/TENANTS/A/PROVIDERS/MICROSOFT.SECURITY/y=2026/m=01/d=02/h=23/m=00/PT1H.json": {"resourceId=/TENANTS/A/PROVIDERS/MICROSOFT.SECURITY/", "2026-01-02", "23/m=00/PT1H.json"},
		"y=2026/m=11/d=26/h=07/m=00/PT1H.json":                                                    {"", "2026-11-26", "07/m=00/PT1H.json"},
		"tenantId=a/y=2026/m=11/d=26/h=24/m=00/PT1H.json":                                         nil,
		"tenantId=a/y=2026/m=02/d=30/h=01/m=00/PT1H.json":                                         nil,
		"tenantId=a/y=2026/m=11/d=26/h=07":                                                        nil,
		"notes.txt":                                                                               nil,
		"tenantId=a/y=2025/m=11/d=26/h=07/x/y=2026/m=11/d=26/h=07/m=00/PT1H.json":                 {"tenantId=a/y=2025/m=11/d=26/h=07/x/", "2026-11-26", "07/m=00/PT1H.json"},
	} {
		n, ok := parseName(text)
		if ok != (want != nil) || ok && (n != *want || n.full() != text) {
			t.Errorf("%s: %+v %v", text, n, ok)
		}
	}
	n, _ := parseName("y=2026/m=11/d=26/h=07/m=00/PT1H.json")
	if want := time.Date(2026, 11, 26, 7, 0, 0, 0, time.UTC); !n.hour().Equal(want) {
		t.Errorf("hour %v", n.hour())
	}
}

func TestWhereADayWasReadToIsWrittenAndReadBack(t *testing.T) {
	day := places{"07/m=00/PT1H.json": {Offset: 12, Created: 17, Tail: "a", Tag: "b"}, "08/m=00/PT1H.json": {}}
	text, err := offsetText("tenantId=a/x", 12, day)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseOffset(text)
	if err != nil || !reflect.DeepEqual(got, day) {
		t.Errorf("%q: %+v %v", text, got, err)
	}
	for _, bad := range []string{"", "17", "a@1\n", "a@1\n[]", "a@1\n{\"07/x\":{\"o\":-1}}", "a@1\n{\"\":{\"o\":1}}"} {
		if _, err := parseOffset(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func FuzzPositions(f *testing.F) {
	f.Add("tenantId=a/y=2026/m=11/d=26/h=07/m=00/PT1H.json@5\n{\"07/m=00/PT1H.json\":{\"o\":5,\"c\":7,\"t\":\"x\"}}")
	f.Fuzz(func(t *testing.T, text string) {
		if n, ok := parseName(text); ok && n.full() != text {
			t.Errorf("%q became %q", text, n.full())
		}
		day, err := parseOffset(text)
		if err != nil {
			return
		}
		again, err := offsetText("a", 1, day)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parseOffset(again); err != nil || !reflect.DeepEqual(back, day) {
			t.Errorf("%+v became %+v: %v", day, back, err)
		}
	})
}

func TestTheMessageThatMovesAPositionBringsNothing(t *testing.T) {
	var s record.Splitter
	s.Split(nothing, func(*record.Record) { t.Error("a record") }, func(r record.Rejected) { t.Errorf("rejected: %+v", r) })
}
