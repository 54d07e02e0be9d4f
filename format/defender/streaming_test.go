package defender_test

import (
	"testing"

	"penstock/format/defender"
	"penstock/formats"
)

func TestEveryTableWithAMappingHasItsBoxInTheStreamingSettings(t *testing.T) {
	choices, err := defender.Streaming()
	if err != nil {
		t.Fatal(err)
	}
	about, err := formats.Defender()
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
