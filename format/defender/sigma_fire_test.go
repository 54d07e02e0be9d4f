package defender

import (
	"path/filepath"
	"strings"
	"testing"

	"penstock/catalogue"
	"penstock/sigma/match"
)

// TestPublicRulesFireOnRecordsMadeFromTheirOwnTexts goes the whole way: from what a rule asks for to a record of Defender,
// through splitting and normalising, to the match.
func TestPublicRulesFireOnRecordsMadeFromTheirOwnTexts(t *testing.T) {
	rules := publicRules(t)
	plan, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	router := testPipeline(t)
	set := match.Compile(rules, router)
	prover := catalogue.NewProver(plan, router)
	applies, fires := 0, 0
	reasons := map[string]int{}
	for i := range int32(set.Len()) {
		if set.Applicability(i).Applies == match.No {
			continue
		}
		applies++
		if _, err := prover.Record(set.Rule(i)); err != nil {
			reason, _, _ := strings.Cut(err.Error(), ":")
			reasons[reason]++
			t.Logf("%s: %v", filepath.Base(set.Rule(i).File), err)
			continue
		}
		fires++
	}
	t.Logf("%d rules, %d apply, %d fire; the others: %v", set.Len(), applies, fires, reasons)
	if fires*100 < applies*99 {
		t.Errorf("only %d of %d rules fire", fires, applies)
	}
}
