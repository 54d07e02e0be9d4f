package defender

import "testing"

func TestTheCatalogueDescribesEveryTableWithAMapping(t *testing.T) {
	about, err := About()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	specified := 0
	for _, table := range plan.Tables() {
		if !table.Specified {
			continue
		}
		specified++
		if about.Tables[table.Name] == "" {
			t.Errorf("%s is not described", table.Name)
		}
	}
	if len(about.Tables) != specified {
		t.Errorf("%d tables are described, and %d have a mapping", len(about.Tables), specified)
	}
	if about.UUID != "05e6f36d-cee0-4f06-b575-9e43af779f9f" || len(about.Setup) != 5 {
		t.Errorf("%s asks for %d values", about.UUID, len(about.Setup))
	}
	for _, v := range about.Setup {
		if v.Label == "" || v.Explanation == "" || v.Where == "" || v.Example == "" {
			t.Errorf("%s is not explained", v.Field)
		}
	}
}
