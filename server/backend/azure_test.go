package backend

import (
	"testing"

	"penstock/azure"
	"penstock/format/defender"
)

func TestTheGuideCountsTheRulesOfEachTable(t *testing.T) {
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	router, err := defender.Pipeline(plan)
	if err != nil {
		t.Fatal(err)
	}
	g, err := Azure(router, nil).Guide(azure.DeploymentOptions{Project: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	most, share := "", 0.0
	rules := 0
	for _, table := range g.Tables {
		if table.Rules == 0 || table.Only > table.Rules || table.About == "" {
			t.Errorf("%+v", table)
		}
		if table.Rules > rules {
			most, rules = table.Name, table.Rules
		}
		share += table.Share
	}
	if most != "DeviceProcessEvents" {
		t.Errorf("most rules look at %s", most) // tables.yaml says so
	}
	if share < 0.999 || share > 1.001 {
		t.Errorf("the shares are %g together", share)
	}
	if len(g.Clouds) < 5 || g.Query == "" || len(g.Steps) == 0 {
		t.Errorf("%+v", g)
	}
}
