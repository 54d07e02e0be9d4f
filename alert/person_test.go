package alert

import (
	"fmt"
	"slices"
	"testing"
)

func TestAUserWhomTablesNameDifferentlyIsOneEntity(t *testing.T) {
	const sid, object = "S-1-5-21-1-2-3-1001", "6f1c2b6e-0000-4000-8000-000000000001"
	logon := columnsOf{"AccountName": "ann", "AccountDomain": "corp", "AccountSid": sid}
	cloud := columnsOf{"AccountUpn": "ann@corp.example", "AccountObjectId": object}
	whole := columnsOf{"AccountName": "ann", "AccountDomain": "corp", "AccountSid": sid, "AccountUpn": "Ann@corp.example", "AccountObjectId": object}
	for name, c := range map[string]struct {
		evidence []columnsOf
		want     []string
	}{
		"all at once":                  {[]columnsOf{whole}, []string{`corp\ann 1`}},
		"UPN after all":                {[]columnsOf{whole, cloud}, []string{`corp\ann 2`}},
		"UPN before all":               {[]columnsOf{cloud, whole}, []string{`corp\ann 2`}},
		"both before all":              {[]columnsOf{cloud, logon, whole}, []string{`corp\ann 3`}},
		"nothing in common":            {[]columnsOf{cloud, logon}, []string{"ann@corp.example 1", `corp\ann 1`}},
		"the SID of every system":      {[]columnsOf{{"AccountName": "system", "AccountDomain": "nt authority", "AccountSid": "S-1-5-18"}, {"AccountName": "pc1$", "AccountDomain": "corp", "AccountSid": "S-1-5-18"}}, []string{`corp\pc1$ 1`, `nt authority\system 1`}},
		"the same name in two domains": {[]columnsOf{logon, {"AccountName": "ann", "AccountDomain": "lab", "AccountSid": "S-1-5-21-9-9-9-1"}}, []string{`corp\ann 1`, `lab\ann 1`}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, Options{})
			for i, columns := range c.evidence {
				columns["Timestamp"], columns["AlertId"], columns["EntityType"], columns["ReportId"] = stamp(noon), "a1", "User", i
				b.recent = newRecent() // as after a restart
				b.apply(entry(t, evidenceTable, columns))
			}
			a := b.only()
			list, err := b.Entities(t.Context(), a.ID)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range list {
				if e.Kind == User {
					got = append(got, fmt.Sprint(e.Value, " ", e.Occurrences))
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("users %q, want %q", got, c.want)
			}
			if len(c.want) > 1 {
				return
			}
			for _, f := range []Filter{{User: `CORP\ann`}, {User: "ann@CORP.example"}, {User: sid}, {User: object}, {User: "ann"}, {Text: "ann@corp"}, {Text: `corp\a`}} {
				if len(b.list(f)) != 1 {
					t.Errorf("%+v finds nothing", f)
				}
			}
		})
	}
}
