package azure

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/cloud"
	"penstock/formats"
	"penstock/simulate"
)

func TestTheGuideNamesWhatTheDeploymentMakes(t *testing.T) {
	clouds, err := cloud.Known()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range clouds {
		g, err := GuideFor(DeploymentOptions{Project: "contoso", Cloud: c.ID})
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, s := range g.Steps {
			if s.ID == "" || s.Title == "" || s.Where == "" || s.Right == "" || s.Text == "" {
				t.Errorf("%s: %+v", c.ID, s)
			}
			all.WriteString(s.Where + s.Link + s.Text + s.Right)
			for _, v := range s.Values {
				all.WriteString(v.Value)
			}
		}
		text := all.String()
		if strings.ContainsAny(text, "{}") {
			t.Errorf("%s: a name was not filled in: %s", c.ID, text)
		}
		for _, name := range []string{"contosoehns", "contosoeh", "contosocp", "contososa", c.AzurePortal} {
			if !strings.Contains(text, name) {
				t.Errorf("%s does not name %s", c.ID, name)
			}
		}
		if want := "https://" + c.Portal + "/settings/mtp_settings/raw_data_export"; g.Streams != strings.Contains(text, want) || g.Streams != (c.Portal != "") {
			t.Errorf("%s: the portal %s", c.ID, text)
		}
	}
	g, err := GuideFor(DeploymentOptions{Tables: []string{"AlertInfo"}})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(g.Steps, func(s GuideStep) bool { return s.ID == "stream" })
	if v := g.Steps[i].Values[2]; v.Value != "(left empty)" {
		t.Errorf("with a hub for each table: %+v", v)
	}
}

func TestEveryMappedTableIsInTheGuide(t *testing.T) {
	about, err := formats.Defender()
	if err != nil {
		t.Fatal(err)
	}
	tables, err := Tables()
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if about.Tables[table.Name] == "" {
			t.Errorf("%s has no mapping", table.Name)
		}
		delete(about.Tables, table.Name)
		if table.Use == "" || table.Without == "" || table.Daily <= 0 || table.Bytes <= 0 || table.Share <= 0 || !slices.Contains(sources, table.From) {
			t.Errorf("%+v", table)
		}
	}
	for name := range about.Tables {
		t.Errorf("%s is not in tables.yaml", name)
	}
}

func TestSizesAndSharesAreThoseOfTheSimulator(t *testing.T) {
	tenant, err := simulate.New(simulate.Config{Seed: 1, Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Stories: -1})
	if err != nil {
		t.Fatal(err)
	}
	const records = 30_000
	count, bytes := map[string]int{}, map[string]int{}
	var buffer []byte
	for range records {
		record, meta := tenant.Append(buffer[:0])
		buffer = record
		count[meta.Table]++
		bytes[meta.Table] += len(record)
	}
	tables, err := Tables()
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		n := count[table.Name]
		if n < 20 {
			continue // too few to say
		}
		if size := float64(bytes[table.Name]) / float64(n); math.Abs(size/float64(table.Bytes)-1) > 0.15 {
			t.Errorf("a record of %s has %.0f bytes, not %d", table.Name, size, table.Bytes)
		}
		share := 100 * float64(n) / records
		if n > 300 && math.Abs(share/table.Share-1) > 0.2 {
			t.Errorf("%s has %.2f %% of the records, not %.2f %%", table.Name, share, table.Share)
		}
	}
	// What one device makes has the mix of the simulator.
	of, shared := 0.0, 0.0
	for _, table := range tables {
		if table.From == "device" {
			of, shared = of+table.Daily, shared+table.Share
		}
	}
	for _, table := range tables {
		if table.From == "device" && math.Abs(table.Daily/of/(table.Share/shared)-1) > 0.05 {
			t.Errorf("%s: %g records a day are not its share of %.2f %%", table.Name, table.Daily, table.Share)
		}
	}
}
