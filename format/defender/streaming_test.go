package defender

import "testing"

func TestEveryTableWithAMappingHasItsBoxInTheStreamingSettings(t *testing.T) {
	choices, err := Streaming()
	if err != nil {
		t.Fatal(err)
	}
	about, err := About()
	if err != nil {
		t.Fatal(err)
	}
	for table := range about.Tables {
		if c := choices[table]; c.Tick(table) == "" || c.Needs == "" || c.Without == "" {
			t.Errorf("%s: %+v", table, c)
		}
	}
	if len(choices) != len(about.Tables) {
		t.Errorf("%d choices for %d tables", len(choices), len(about.Tables))
	}
}
