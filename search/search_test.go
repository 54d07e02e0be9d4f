package search

import (
	"errors"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/format/defender"
	"penstock/record"
)

const sample = `{"time":"2026-11-23T10:05:00.0000000Z","tenantId":"t","operationName":"Publish","category":"AdvancedHunting-DeviceProcessEvents","properties":{` +
	`"Timestamp":"2026-11-23T10:00:00.1234567Z","DeviceId":"abc","DeviceName":"ws-0042.corp.example","ActionType":"ProcessCreated",` +
	`"FileName":"PowerShell.exe","FolderPath":"C:\\Windows\\System32\\PowerShell.exe","ProcessId":4711,"ProcessCommandLine":"PowerShell.exe -enc ZQBjAGgAbw== http://10.1.2.3/x",` +
	`"AccountName":"anna","AccountDomain":"corp","InitiatingProcessFileName":"WINWORD.EXE","LocalIP":"10.1.2.3","ReportId":77,"Strange column":"odd Value"}}`

func sampleEvent(t testing.TB) *ecs.Event {
	t.Helper()
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	var p record.Parser
	var rec record.Record
	if err := p.Parse([]byte(sample), &rec); err != nil {
		t.Fatal(err)
	}
	ev := new(ecs.Event)
	plan.Normalize(ev, &rec, time.Date(2026, 11, 23, 10, 6, 0, 0, time.UTC))
	ev.Set(ecs.MustLookup("penstock.rules"), ecs.Value{JSON: []byte(`["5f0b3c8e-6d0a-4f6c-9d58-1f4d7d9a4c11"]`), Kind: ecs.List, Texts: true})
	return ev
}

func TestQueriesDecideAboutAnEvent(t *testing.T) {
	ev := sampleEvent(t)
	for query, want := range map[string]bool{
		``:                                    true,
		`*`:                                   true,
		`host.name: ws-0042.corp.example`:     true,
		`host.name: WS-0042.CORP.example`:     true,
		`host.name: ws-*`:                     true,
		`host.name: *0042*`:                   true,
		`host.name: ws-`:                      false,
		`host.name: "ws-*"`:                   false,
		`host.name: ws-* and user.name: anna`: true,
		`host.name: ws-* AND NOT user.name: (system or root)`:                        true,
		`host.name: ws-* and not user.name: (system or anna)`:                        false,
		`user.name: (a* and *a and not bob)`:                                         true,
		`not user.name: anna or process.pid: 4711`:                                   true,
		`not (user.name: anna or process.pid: 1)`:                                    false,
		`process.pid: 4711`:                                                          true,
		`process.pid > 4710 and process.pid <= 4711`:                                 true,
		`process.pid >= 4712`:                                                        false,
		`process.pid: 47*`:                                                           true,
		`process.command_line: *-enc*`:                                               true,
		`process.command_line: "PowerShell.exe -enc ZQBjAGgAbw== http://10.1.2.3/x"`: true,
		`process.executable: C:\Windows\System32\powershell.exe`:                     true,
		`process.executable: "c:\windows\system32\powershell.exe"`:                   true,
		`process.executable: "c:\\windows\\system32\\powershell.exe"`:                true,
		`process.executable: C\:\\Windows\\*`:                                        true,
		`source.ip: 10.1.2.3`:                                                        true,
		`source.ip: 10.0.0.0/8`:                                                      true,
		`source.ip: 10.2.0.0/16`:                                                     false,
		`source.ip: 10.1.*`:                                                          true,
		`related.user: anna`:                                                         true,
		`container.id: *`:                                                            false,
		`user.name: *`:                                                               true,
		`not container.id: *`:                                                        true,
		`@timestamp: 2026-11-23`:                                                     true,
		`@timestamp: "2026-11-23T10:00"`:                                             true,
		`@timestamp: 2026-11-23T10:01`:                                               false,
		`@timestamp >= 2026-11-23T10:00:00Z and @timestamp < 2026-11-24`:             true,
		`@timestamp > 2026-11-23`:                                                    false,
		`powershell.exe`:                                                             true,
		`powershell`:                                                                 true,
		`shell`:                                                                      false,
		`*shell`:                                                                     true,
		`power*`:                                                                     true,
		`"-enc ZQBjAGgAbw"`:                                                          true,
		`10.1.2.3`:                                                                   true,
		`anna winword`:                                                               true,
		`anna nobody`:                                                                false,
		`ProcessCreated and not mail`:                                                true,
		`process.*: winword.exe`:                                                     true,
		`file.*: winword.exe`:                                                        false,
		`"odd value"`:                                                                true,
		`process`:                                                                    false,
		`event.category: process`:                                                    true,
		`event.dataset: device_process_events`:                                       true,
		`penstock.table: DeviceProcessEvents`:                                        true,
		`microsoft.defender.report.id: 77`:                                           true,
		`action.properties.Novel: x`:                                                 false,
	} {
		q, err := Parse(query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if got := q.Match(ev); got != want {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
		again, err := Parse(q.String())
		if err != nil || again.String() != q.String() || again.Match(ev) != want {
			t.Errorf("%s is written as %s, which means something else (%v)", query, q, err)
		}
	}
}

func TestSyntaxErrorsPointAtTheColumn(t *testing.T) {
	for query, want := range map[string]SyntaxError{
		`host.name: `:                    {Column: 12},
		`host.nam: x`:                    {Column: 1, Hint: "Did you mean host.name?"},
		`user.name: a and proces.pid: 1`: {Column: 18, Hint: "Did you mean process.pid?"},
		`(user.name: a`:                  {Column: 1},
		`user.name: a)`:                  {Column: 13},
		`user.name: (a or`:               {Column: 17},
		`"open`:                          {Column: 1},
		`process.pid: many`:              {Column: 14},
		`process.pid > ü`:                {Column: 15},
		`source.ip: 10.0.0.0/99`:         {Column: 12},
		`@timestamp > yesterday`:         {Column: 14},
		`and`:                            {Column: 1},
		`user.name: a or`:                {Column: 16},
		`é é: x`:                         {Column: 3},
		`: x`:                            {Column: 1},
		`a\`:                             {Column: 2},
		`nothing.*: x`:                   {Column: 1},
		`process.pid >= 1*`:              {Column: 16},
	} {
		_, err := Parse(query)
		var got *SyntaxError
		if !errors.As(err, &got) {
			t.Errorf("%s: %v, want a syntax error", query, err)
			continue
		}
		if got.Column != want.Column || want.Hint != "" && got.Hint != want.Hint {
			t.Errorf("%s: %v, want column %d, hint %q", query, got, want.Column, want.Hint)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`host.name: ws-* and not user.name: (system or root)`, `process.pid >= 1 or "x y"`, `a\*b *c* @timestamp: 2026-01-01`, `((not a))`, `source.ip: ::1`} {
		f.Add(seed)
	}
	ev := sampleEvent(f)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := Parse(text)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Column < 1 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := Parse(q.String())
		if err != nil {
			t.Fatalf("%q is written as %q: %v", text, q.String(), err)
		}
		if again.String() != q.String() || again.Match(ev) != q.Match(ev) {
			t.Fatalf("%q is written as %q, that as %q", text, q.String(), again.String())
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	ev := sampleEvent(b)
	q, err := Parse(`host.name: ws-* and not user.name: (system or root) and process.command_line: *-enc*`)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		q.Match(ev)
	}
}
