package syntax

import (
	"encoding/json"
	"os"
	"testing"
)

// corpus is a file of published queries that may lie beside the project; tests that want it are skipped without it.
func corpus(t testing.TB) map[string][]struct {
	ID      string `json:"id"`
	Verdict string `json:"ms_parser"`
	Query   string `json:"query"`
} {
	data, err := os.ReadFile("../../../shared/kql/queries.json")
	if err != nil {
		data, err = os.ReadFile("../../../../shared/kql/queries.json")
	}
	if err != nil {
		t.Skip("no corpus beside the project")
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	sets := map[string][]struct {
		ID      string `json:"id"`
		Verdict string `json:"ms_parser"`
		Query   string `json:"query"`
	}{}
	for _, name := range []string{"core", "externaldata", "cloud_only"} {
		list := sets[name]
		if err := json.Unmarshal(all[name], &list); err != nil {
			t.Fatal(err)
		}
		sets[name] = list
	}
	return sets
}

func TestPublishedQueriesParse(t *testing.T) {
	for _, set := range corpus(t) {
		for _, q := range set {
			parsed := Parse(q.Query)
			if ok := len(parsed.Errors) == 0; !ok && q.Verdict != "syntax_error" {
				e := parsed.Errors[0]
				line := q.Query[max(0, e.Start-60):min(len(q.Query), e.End+60)]
				t.Errorf("%s: %s\n   %s", q.ID, e.Message, line)
			} else if ok && q.Verdict == "syntax_error" {
				t.Logf("%s: parsed, though Microsoft's parser refuses it", q.ID)
			}
		}
	}
}
