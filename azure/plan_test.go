package azure

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"penstock/format/defender"
	"penstock/kql"
)

func TestPlansFollowTheArithmetic(t *testing.T) {
	one := func(order PlanOrder) *CapacityPlan {
		t.Helper()
		p, err := MakePlan(order)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	measured := func(gbPerDay, peak float64) []MeasuredTable { // of bytes on the wire
		return []MeasuredTable{{Table: "DeviceEvents", Days: 30, Events: gbPerDay * 1e9 / 2000 * 30, Bytes: gbPerDay * 1e9 / wireFactor * 30, PeakEvents: 1000, PeakBytes: peak * 3600 / wireFactor}}
	}
	for name, test := range map[string]struct {
		order                                    PlanOrder
		tier                                     string
		units, most, partitions, retention, hubs int
	}{
		"a small one":              {PlanOrder{Devices: 50, Users: 50, Mailboxes: 50}, Standard, 1, 0, 4, 7, 1},
		"measured, 0.5 MB/s":       {PlanOrder{Measured: measured(20, 0.5e6), Growth: 1}, Standard, 1, 0, 4, 7, 1},
		"measured, 1 MB/s":         {PlanOrder{Measured: measured(20, 1e6), Growth: 1}, Standard, 1, 0, 4, 7, 1},
		"measured, a bit more":     {PlanOrder{Measured: measured(20, 1.01e6), Growth: 1}, Standard, 1, 2, 4, 7, 1},
		"measured, with growth":    {PlanOrder{Measured: measured(20, 4e6)}, Standard, 1, 5, 5, 7, 1},
		"six readers":              {PlanOrder{Measured: measured(20, 1e6), Growth: 1, Readers: 6}, Standard, 1, 3, 4, 7, 1},
		"40 MB/s":                  {PlanOrder{Measured: measured(864, 40e6), Growth: 1}, Standard, 10, 40, 32, 7, 1},
		"41 MB/s":                  {PlanOrder{Measured: measured(864, 41e6), Growth: 1}, Premium, 10, 0, 40, 7, 1},
		"30 days":                  {PlanOrder{Devices: 50, RetentionDays: 30}, Premium, 1, 0, 4, 30, 1},
		"a hub for each":           {PlanOrder{Devices: 50, PerTable: true, Tables: []string{"DeviceEvents", "DeviceInfo"}}, Standard, 1, 0, 4, 7, 2},
		"a hub for each of all":    {PlanOrder{Devices: 50, PerTable: true}, Premium, 1, 0, 4, 7, 28},
		"a table nobody knows yet": {PlanOrder{Measured: []MeasuredTable{{Table: "NewEvents", Days: 1, Events: 10, Bytes: 1000, PeakEvents: 1, PeakBytes: 100}}}, Standard, 1, 0, 4, 7, 1},
	} {
		p := one(test.order)
		if p.Tier != test.tier || p.Units != test.units || p.MaxUnits != test.most || p.Partitions != test.partitions || p.RetentionDays != test.retention || p.Hubs != test.hubs {
			t.Errorf("%s: %s, %d to %d units, %d partitions, %d days, %d hubs", name, p.Tier, p.Units, p.MaxUnits, p.Partitions, p.RetentionDays, p.Hubs)
		}
		o := p.Options
		o.Project = "acme"
		if _, err := Deploy(ARM, o); err != nil {
			t.Errorf("%s: its deployment: %v", name, err)
		}
		if len(p.Lines) == 0 || len(p.Reasons) == 0 || p.Query == "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	// By hand: a device makes 446 records of DeviceEvents a day, of 3,029 bytes each.
	p := one(PlanOrder{Devices: 1000, Tables: []string{"deviceevents"}})
	if math.Abs(p.DailyGB-1000*446*3029/1e9) > 1e-9 || p.DailyEvents != 446_000 || len(p.Tables) != 1 {
		t.Errorf("%+v", p)
	}
	if want := 1000 * 446 * 3029 / 86400.0 * 3 * 1.25 / 1e6; math.Abs(p.PeakMBps-want) > 1e-9 {
		t.Errorf("the busiest hour: %g, wanted %g", p.PeakMBps, want)
	}
}

func TestTheMeanSizeOfARecordIsThatOfTheStream(t *testing.T) {
	p, err := MakePlan(PlanOrder{Devices: 1000, Users: 1000, Mailboxes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	// Samples of the stream have 2 to 3 KB on the mean.
	if size := p.DailyGB * 1e9 / p.DailyEvents; size < 2000 || size > 3000 {
		t.Errorf("%g bytes a record", size)
	}
}

func TestPricesAreMultipliedOut(t *testing.T) {
	m := []MeasuredTable{{Table: "DeviceEvents", Days: 30, Events: 3e6, Bytes: 30 * 50e9, PeakEvents: 1, PeakBytes: 1}}
	p, err := MakePlan(PlanOrder{Measured: m, Growth: 1, Prices: PlanPrices{UnitHour: 0.03, MillionEvents: 0.028, EgressGB: 0.08}})
	if err != nil {
		t.Fatal(err)
	}
	gb := 100 * monthDays
	want := 730*0.03*float64(p.Units) + gb*1e9/64e3/1e6*0.028 + gb*0.08
	if math.Abs(p.Monthly-want) > 1e-6 {
		t.Errorf("%g a month, wanted %g", p.Monthly, want)
	}
	i := slices.IndexFunc(p.Costs, func(c CostDriver) bool { return strings.HasPrefix(c.What, "Stored") })
	if c := p.Costs[i]; c.Amount != 700-84*float64(p.Units) || c.Monthly != 0 {
		t.Errorf("%+v", c)
	}
}

func TestOrdersThatCannotBeAreRefused(t *testing.T) {
	for field, o := range map[string]PlanOrder{
		"devices": {}, "users": {Devices: 1, Users: -1}, "tables": {Devices: 1, Tables: []string{"Nothing"}}, "peakFactor": {Devices: 1, PeakFactor: 0.5},
		"growth": {Devices: 1, Growth: math.NaN()}, "retentionDays": {Devices: 1, RetentionDays: 91}, "readers": {Devices: 1, Readers: 21},
		"measured": {Measured: []MeasuredTable{{Table: "x y", Days: 1}}}, "prices.unitHour": {Devices: 1, Prices: PlanPrices{UnitHour: -1}},
	} {
		_, err := MakePlan(o)
		var one *Mistake
		if !errors.As(err, &one) || one.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestOurOwnKQLTakesTheMeasuringQuery(t *testing.T) {
	tables, err := defender.HuntingTables()
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range [][]string{nil, {"DeviceEvents"}, {"AlertInfo", "EmailEvents"}} {
		query, err := MeasureQuery(names)
		if err != nil {
			t.Fatal(err)
		}
		plan, found := kql.Bind(query, kql.Options{Schema: kql.NewSchema(tables...), Dialect: "defender"})
		if plan == nil || len(found) > 0 {
			t.Fatalf("%v\n%s", found, query)
		}
		var columns []string
		for _, c := range plan.Columns {
			columns = append(columns, c.Name)
		}
		for _, name := range measuredColumns {
			if !slices.Contains(columns, name) || len(columns) != len(measuredColumns) {
				t.Errorf("the result has the columns %v", columns)
			}
		}
	}
}

func TestWhatWasMeasuredIsReadInEveryForm(t *testing.T) {
	want := []MeasuredTable{{Table: "DeviceEvents", Days: 30, Events: 1200, Bytes: 3000000, PeakEvents: 40, PeakBytes: 90000}, {Table: "AlertInfo", Days: 2, Events: 3, Bytes: 900, PeakEvents: 2, PeakBytes: 600}}
	for name, text := range map[string]string{
		"CSV":            "\ufeffTable,Days,Events,Bytes,PeakEvents,PeakBytes\r\nDeviceEvents,30,1200,3000000,40,90000\r\nAlertInfo,2,3,900,2,600\r\n",
		"CSV in quotes":  "\"Table\",\"Days\",\"Events\",\"Bytes\",\"PeakEvents\",\"PeakBytes\"\n\"DeviceEvents\",\"30\",\"1,200\",\"3,000,000\",\"40\",\"90,000\"\nAlertInfo,2,3,900,2,600",
		"semicolons":     "Table;Days;Events;Bytes;PeakEvents;PeakBytes\nDeviceEvents;30;1200;3000000;40;90000\nAlertInfo;2;3;900;2;600",
		"JSON":           `[{"Table":"DeviceEvents","Days":30,"Events":1200,"Bytes":3000000,"PeakEvents":40,"PeakBytes":90000},{"Table":"AlertInfo","Days":2,"Events":3,"Bytes":9E2,"PeakEvents":2,"PeakBytes":600}]`,
		"the API's":      `{"Schema":[],"Results":[{"Table":"DeviceEvents","Days":30,"Events":1200,"Bytes":3000000,"PeakEvents":40,"PeakBytes":90000},{"Table":"AlertInfo","Days":2,"Events":3,"Bytes":900,"PeakEvents":2,"PeakBytes":600}]}`,
		"another order ": "Bytes,Table,Days,Events,PeakEvents,PeakBytes\n3000000,DeviceEvents,30,1200,40,90000\n900,AlertInfo,2,3,2,600",
	} {
		got, err := ReadMeasured(strings.NewReader(text))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, text := range map[string]string{
		"nothing": " \n", "a header alone": "Table,Days,Events,Bytes,PeakEvents,PeakBytes\n", "another query": "DeviceName,Count\na,1", "broken JSON": `[{"Table"`,
		"no number": "Table,Days,Events,Bytes,PeakEvents,PeakBytes\nDeviceEvents,30,many,1,1,1", "a table twice": "Table,Days,Events,Bytes,PeakEvents,PeakBytes\nA1,1,1,1,1,1\na1,1,1,1,1,1",
		"a formula": "Table,Days,Events,Bytes,PeakEvents,PeakBytes\n=cmd(),1,1,1,1,1", "a million days": "Table,Days,Events,Bytes,PeakEvents,PeakBytes\nA1,1000000,1,1,1,1",
		"too much": strings.Repeat("x", maxMeasured+1),
	} {
		_, err := ReadMeasured(strings.NewReader(text))
		var m *Mistake
		if !errors.As(err, &m) || m.Field != "measured" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzMeasured(f *testing.F) {
	f.Add("Table,Days,Events,Bytes,PeakEvents,PeakBytes\nDeviceEvents,30,1200,3000000,40,90000")
	f.Add(`{"Results":[{"Table":"A","Days":1}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ReadMeasured(strings.NewReader(text))
		if err != nil {
			return
		}
		if _, err := MakePlan(PlanOrder{Measured: list}); err != nil {
			t.Errorf("%q is read and cannot be planned with: %v", text, err)
		}
	})
}
