package eventhub

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"penstock/config"
	"penstock/doctor"
	"penstock/eventhubtest"
	"penstock/journal"
	"penstock/source/eventhub/azuritetest"
)

// examine runs the doctor over an intake and returns its report, and the ids of what is not right.
func examine(t *testing.T, p Patient) (*doctor.Report, string) {
	t.Helper()
	p.Subject = "intake test"
	r := doctor.Run(t.Context(), p.Probes(), doctor.Options{})
	var bad []string
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Severity.AtLeast(doctor.Warn) {
			bad = append(bad, f.ID)
		}
	}
	return r, strings.Join(bad, " ")
}

func has(r *doctor.Report, id string) bool {
	return slices.ContainsFunc(r.Findings, func(f doctor.Finding) bool { return f.ID == id })
}

func TestTheDoctorSaysWhatIsWrongWithAHub(t *testing.T) {
	t.Parallel()
	const key = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
	e := emulate(t, 1, func(o *eventhubtest.Options) { o.Keys = map[string]string{"listen": key} })
	send(t, e.conn, "0", "one", "two")
	wrong := strings.Replace(e.conn, key, "d3Jvbmctd3Jvbmctd3Jvbmc=", 1)
	for name, test := range map[string]struct {
		conn, hub, group string
		readUpTo         int64 // -1: nothing was read
		bad, there       string
	}{
		"right":             {e.conn, "hub", "", 1, "", "reading.kept_up"},
		"nothing read":      {e.conn, "hub", "", -1, "", "reading.never"},
		"made anew":         {e.conn, "hub", "", 90, "reading.rebuilt", "hub.there"},
		"wrong key":         {wrong, "hub", "", -1, "hub.key", "port.open"},
		"no such hub":       {e.conn, "other", "", -1, "hub.missing", "storage.none"},
		"no consumer group": {e.conn, "hub", "nobody", -1, "hub.group", "port.open"},
	} {
		in := &config.Intake{Name: "test", EventHub: &config.EventHub{ConnectionString: config.Secret(test.conn), Hub: test.hub, ConsumerGroup: test.group}}
		if wrong, err := config.CheckIntake(in, nil); err != nil || len(wrong) > 0 {
			t.Fatal(wrong, err)
		}
		p := Patient{Options: Options{Intake: "test", Config: *in.EventHub, Resume: func(string, string) (journal.Position, bool) {
			return journal.Position{Sequence: test.readUpTo}, test.readUpTo >= 0
		}}}
		r, bad := examine(t, p)
		if bad != test.bad || !has(r, test.there) {
			t.Errorf("%s: %q is wrong, want %q and %s: %+v", name, bad, test.bad, test.there, r.Findings)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{key, key[:12], "d3Jvbmct"} {
			if strings.Contains(string(text), part) {
				t.Errorf("%s: a part of the key is shown: %s", name, text)
			}
		}
	}
}

func TestWhereReadingIsIsJudgedByWhatTheHubKeeps(t *testing.T) {
	for name, test := range map[string]struct {
		places []place
		want   string
	}{
		"all read":             {[]place{{"0", 0, 99, 99, true}}, "reading.kept_up"},
		"a few to go":          {[]place{{"0", 0, 99, 90, true}}, "reading.kept_up"},
		"far behind":           {[]place{{"0", 0, 9999, 5000, true}}, "reading.behind"},
		"at the end of it":     {[]place{{"0", 1000, 99999, 1500, true}}, "reading.expiring"},
		"expired":              {[]place{{"0", 1000, 9999, 500, true}, {"1", 0, 5, 5, true}}, "reading.expired"},
		"made anew":            {[]place{{"0", 0, 5, 500, true}}, "reading.rebuilt"},
		"never read":           {[]place{{"0", 0, 5, 0, false}}, "reading.never"},
		"an empty hub":         {[]place{{"0", 0, -1, 0, false}}, "reading.empty"},
		"one partition is new": {[]place{{"0", 0, 5, 5, true}, {"1", 0, -1, 0, false}}, "reading.kept_up"},
	} {
		if got := judgeReading("hub", test.places); got.ID != test.want {
			t.Errorf("%s: %s: %s", name, got.ID, got.Found)
		}
	}
}

func TestAClosedPortIsToldWithTheLineThatMendsIt(t *testing.T) {
	closed := errors.New("no answer")
	for name, test := range map[string]struct {
		websockets bool
		amqp, web  error
		want, line string
	}{
		"amqp and open":           {false, nil, closed, "transport.open", ""},
		"amqp and closed":         {false, closed, nil, "transport.amqp", "  - name: north\n    eventhub:\n      transport: websockets"},
		"nothing is open":         {false, closed, closed, "transport.closed", "NoSuchLine"},
		"websockets and closed":   {true, nil, closed, "transport.websockets", "transport: amqp"},
		"websockets where needed": {true, closed, nil, "transport.open", ""},
		"websockets without need": {true, nil, nil, "transport.spare", ""},
	} {
		f := judgePorts(test.websockets, "north", "contoso.servicebus.windows.net", test.amqp, test.web)
		if f.ID != test.want || test.line != "NoSuchLine" && !strings.Contains(f.Mend, test.line) {
			t.Errorf("%s: %s: %s", name, f.ID, f.Mend)
		}
	}
}

func TestTheDoctorTriesTheStorageAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	azurite := azuritetest.Start(t)
	e := emulate(t, 1)
	check := func(conn string) (*doctor.Report, string) {
		c := config.EventHub{ConnectionString: config.Secret(e.conn), Hub: "hub", Namespace: e.Addr().String(), Storage: &config.Storage{Container: "penstock", ConnectionString: config.Secret(conn)}}
		return examine(t, Patient{Options: Options{Intake: "test", Config: c}})
	}
	if _, bad := check(azurite.ConnectionString()); bad != "storage.container reading.empty" && bad != "reading.empty storage.container" {
		t.Errorf("without a container: %s", bad)
	}
	c := azurite.Container("penstock", true)
	if r, bad := check(azurite.ConnectionString()); bad != "reading.empty" || !has(r, "storage.usable") {
		t.Errorf("with a container: %s, %+v", bad, r.Findings)
	}
	pages := c.NewListBlobsFlatPager(nil)
	for pages.More() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range page.Segment.BlobItems {
			t.Errorf("%s was left behind", *b.Name)
		}
	}
	wrong := strings.Replace(azurite.ConnectionString(), "AccountKey=Eby8", "AccountKey=AAAA", 1)
	// Of a wrong key Azurite says what Azure says of its networking rules (AuthorizationFailure).
	if _, bad := check(wrong); !strings.Contains(bad, "storage.network") {
		t.Errorf("a wrong key: %s", bad)
	}
}

func TestWhatAHubSaysIsToldWithTheClaimThatIsMissing(t *testing.T) {
	d := &diagnosis{probe: &probe{options: &Options{Config: config.EventHub{ConnectionString: "x", ConsumerGroup: "g"}}}, patient: &Patient{}, host: "contoso.servicebus.windows.net"}
	//nolint:misspell // it is what the hub says
	said := errors.New("(unauthorized): Condition: amqp:unauthorized-access, Unauthorized access. 'Listen' claim(s) are required to perform this operation")
	f := d.ofHub(said, "defender")
	if f.ID != "hub.claim" || !strings.Contains(f.Found, "claim Listen") {
		t.Errorf("%s: %s", f.ID, f.Found)
	}
	d.options.Config.ConnectionString = ""
	if f = d.ofHub(said, "defender"); f.ID != "hub.role" || !strings.Contains(f.Mend, "Azure Event Hubs Data Receiver") {
		t.Errorf("%s: %s", f.ID, f.Mend)
	}
}
