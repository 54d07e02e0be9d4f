package intakes

import (
	"errors"
	"slices"
	"testing"

	"penstock/config"
)

const tableHub = "insights-logs-advancedhunting-"

func TestAnIntakeReadsTheHubsOfAllTables(t *testing.T) {
	in := draft(map[string]string{HubConnectionString: namespaceString, "hubName": tableHub + "deviceinfo,\n" + tableHub + "emailevents ; " + tableHub + "DeviceInfo,", "consumerGroup": "acmecp"})
	c, err := in.complete(FormatTables{Defender: nil}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if e := c.EventHub; e.Hub != "" || !slices.Equal(e.Hubs, []string{tableHub + "deviceinfo", tableHub + "emailevents"}) {
		t.Errorf("it reads %q %q", e.Hub, e.Hubs)
	}
	if want := tableHub + "deviceinfo, " + tableHub + "emailevents"; in.HubName != want {
		t.Errorf("the hubs are %q", in.HubName)
	}
	if got := configured(c).HubName; got != in.HubName {
		t.Errorf("the same of the configuration is told as %q", got)
	}
	if got := configuredHubs(&config.EventHub{Tables: []string{"DeviceInfo", "*"}, TableHubPrefix: tableHub}); got != tableHub+"deviceinfo, "+tableHub+"*" {
		t.Errorf("tables of the configuration are told as %q", got)
	}
}

func TestTheHubsThatDefenderMakesForTablesAreReadByWhatTheirNamesBeginWith(t *testing.T) {
	for hubs, prefix := range map[string]string{tableHub + "*": tableHub, "acme-*": "acme-"} {
		c, err := draft(map[string]string{HubConnectionString: namespaceString, "hubName": hubs}).complete(FormatTables{Defender: nil}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if e := c.EventHub; e.Hub != "" || !slices.Equal(e.Tables, []string{"*"}) || e.TableHubPrefix != prefix || configured(c).HubName != hubs {
			t.Errorf("%s: it reads %+v", hubs, e)
		}
	}
	for _, hubs := range []string{"one, " + tableHub + "*", "*", "a*b", "x y*"} {
		_, err := draft(map[string]string{HubConnectionString: namespaceString, "hubName": hubs}).complete(FormatTables{Defender: nil}, nil)
		if wrong := (Mistakes{}); !errors.As(err, &wrong) || !wrong.has("hubName") {
			t.Errorf("%s: got %v", hubs, err)
		}
	}
}

func TestHubsAreAddedAndTakenAwayWithoutANewIntake(t *testing.T) {
	s := newSite(t)
	sup, closeIt := s.open()
	defer closeIt()
	s.read["north"] = true
	in := draft(map[string]string{HubConnectionString: namespaceString, "hubName": "one"})
	if _, err := sup.Create(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	s.runs("north", 1)
	for i, hubs := range []string{"one, two", "two"} {
		st, err := sup.Change(t.Context(), "north", func(in *Intake) { in.HubName = hubs })
		if err != nil || st.HubName != hubs {
			t.Fatalf("%s: %v", hubs, err)
		}
		s.runs("north", i+2)
	}
	_, err := sup.Change(t.Context(), "north", func(in *Intake) { in.HubName = "one, /subscriptions/x" })
	if wrong := (Mistakes{}); !errors.As(err, &wrong) || !wrong.has("hubName") {
		t.Errorf("got %v", err)
	}
}
