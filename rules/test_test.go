package rules

import (
	"testing"

	"penstock/record"
)

func TestEveryRecordOfTheProofsIsOne(t *testing.T) {
	tests, err := Tests()
	if err != nil {
		t.Fatal(err)
	}
	var parser record.Parser
	for id, test := range tests {
		if len(test.Match) == 0 || len(test.Miss) == 0 {
			t.Errorf("%s: %d cases that match, %d that miss", id, len(test.Match), len(test.Miss))
		}
		for _, c := range append(test.Match, test.Miss...) {
			for _, raw := range c {
				var rec record.Record
				if err := parser.Parse(raw, &rec); err != nil {
					t.Errorf("%s: %v\n%s", id, err, raw)
				}
			}
		}
	}
}

func TestAMissSaysOnlyWhatDiffers(t *testing.T) {
	test, err := parseTest([]byte(`
match:
  - table: DeviceEvents
    properties: {ActionType: A, FileSize: 12, Gone: x, Timestamp: '2026-11-25T09:30:01.0000000Z', ReportId: 1, DeviceId: d, DeviceName: n, MachineGroup: g}
miss:
  - but: {ActionType: B, Gone: null}
`))
	if err != nil {
		t.Fatal(err)
	}
	var parser record.Parser
	var rec record.Record
	if err := parser.Parse(test.Miss[0][0], &rec); err != nil {
		t.Fatal(err)
	}
	if want := `{"FileSize":12,"Timestamp":"2026-11-25T09:30:01.0000000Z","ReportId":1,"DeviceId":"d","DeviceName":"n","MachineGroup":"g","ActionType":"B"}`; string(rec.Properties) != want {
		t.Errorf("%s\nwant\n%s", rec.Properties, want)
	}
}

func TestAStepRepeatsItsRecordWithItsNumber(t *testing.T) {
	test, err := parseTest([]byte(`
match:
  - sequence:
      - {table: IdentityLogonEvents, properties: {AccountName: 'user{n}', ReportId: r}, times: 2, every: 5s}
      - {table: IdentityLogonEvents, properties: {AccountName: last, ReportId: r}, after: 1m}
`))
	if err != nil {
		t.Fatal(err)
	}
	var parser record.Parser
	for i, want := range []string{
		`{"AccountName":"user1","ReportId":"r","Timestamp":"2026-11-25T09:30:01.0000000Z"}`,
		`{"AccountName":"user2","ReportId":"r","Timestamp":"2026-11-25T09:30:06.0000000Z"}`,
		`{"AccountName":"last","ReportId":"r","Timestamp":"2026-11-25T09:31:06.0000000Z"}`,
	} {
		var rec record.Record
		if err := parser.Parse(test.Match[0][i], &rec); err != nil {
			t.Fatal(err)
		}
		if string(rec.Properties) != want || rec.Table != "IdentityLogonEvents" {
			t.Errorf("%s %s\nwant\n%s", rec.Table, rec.Properties, want)
		}
	}
}

func TestMistakesInATestAreTold(t *testing.T) {
	for name, text := range map[string]string{
		"a key that no test has":    "match: [{tabel: DeviceEvents}]",
		"no properties":             "match: [{table: DeviceEvents}]",
		"what differs from nothing": "match: [{but: {A: b}}]",
		"too many records":          "match: [{sequence: [{table: DeviceEvents, properties: {A: b}, times: 1001}]}]",
		"no duration":               "match: [{sequence: [{table: DeviceEvents, properties: {A: b}, after: soon}]}]",
	} {
		if _, err := parseTest([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
