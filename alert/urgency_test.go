package alert

import (
	"errors"
	"slices"
	"testing"

	"penstock/sigma"
)

func TestUrgencyIsWhatItsReasonsAddUpTo(t *testing.T) {
	for name, c := range map[string]struct {
		alert Alert
		want  int
		band  Band
	}{
		"informational":              {Alert{Level: sigma.Informational, Occurrences: 1}, 10, LowBand},
		"low":                        {Alert{Level: sigma.Low, Occurrences: 1}, 30, LowBand},
		"no level":                   {Alert{Occurrences: 1}, 50, MediumBand},
		"high":                       {Alert{Level: sigma.High, Occurrences: 1}, 70, HighBand},
		"critical":                   {Alert{Level: sigma.Critical, Occurrences: 1}, 90, CriticalBand},
		"often":                      {Alert{Level: sigma.Medium, Occurrences: 10}, 53, MediumBand},
		"very often":                 {Alert{Level: sigma.Medium, Occurrences: 5_000_000}, 59, MediumBand},
		"on an important host":       {Alert{Level: sigma.Medium, Importance: CriticalAsset, Occurrences: 1}, 70, HighBand},
		"on an unimportant host":     {Alert{Level: sigma.Medium, Importance: UnimportantAsset, Occurrences: 1}, 35, LowBand},
		"nothing grows from nothing": {Alert{Level: sigma.Informational, Importance: CriticalAsset, Occurrences: 1000}, 39, LowBand},
		"not beyond a hundred":       {Alert{Level: sigma.Critical, Importance: CriticalAsset, Occurrences: 1000}, 100, CriticalBand},
		"not below nothing":          {Alert{Level: sigma.Informational, Importance: UnimportantAsset, Occurrences: 1}, 0, LowBand},
	} {
		c.alert.Computed = c.alert.compute()
		c.alert.Urgency = c.alert.Computed
		sum := 0
		for _, r := range c.alert.Explain() {
			sum += r.Points
		}
		if c.alert.Urgency != c.want || min(max(sum, 0), 100) != c.want || c.alert.Band() != c.band {
			t.Errorf("%s: urgency %d, reasons %v", name, c.alert.Urgency, c.alert.Explain())
		}
	}
}

func TestBandsCoverAllUrgencies(t *testing.T) {
	for n := range 101 {
		if from, to := BandOf(n).span(); n < from || n > to {
			t.Errorf("%d is in %s, %d to %d", n, BandOf(n), from, to)
		}
	}
}

func TestTheImportanceOfAnAssetCounts(t *testing.T) {
	b := newBench(t, Options{})
	ctx := t.Context()
	b.apply(started(t, noon, "dc1.corp.example", "ann", 1, "r1"), started(t, noon, "pc2", "bob", 2, "r1"), started(t, noon, "dc1.corp.example", "eve", 3, "r1"))
	b.closeAs(3, FalsePositive)
	if err := b.SetImportance(ctx, "ann", Asset{Kind: Host, Name: "DC1", Importance: CriticalAsset, Note: "domain controller"}, Asset{Kind: User, Name: "S-1-bob", Importance: UnimportantAsset}); err != nil {
		t.Fatal(err)
	}
	urgencies := func() (all []int) {
		for _, a := range b.list(Filter{}) {
			all = append(all, a.Urgency)
		}
		return all
	}
	if got := urgencies(); !slices.Equal(got, []int{70, 35, 50}) { // what is closed stays as it was
		t.Errorf("urgencies %v", got)
	}
	a := b.list(Filter{})[0]
	if a.Asset != "host dc1.corp.example" || a.Explain()[1].Text != "The importance of host dc1.corp.example is critical." {
		t.Errorf("alert %+v, %v", a, a.Explain())
	}
	b.apply(started(t, noon, "dc1.corp.example", "joe", 4, "r1")) // a new one
	if got := urgencies(); got[3] != 70 {
		t.Errorf("urgencies %v", got)
	}
	assets, err := b.Assets(ctx)
	if err != nil || len(assets) != 2 || assets[0].Name != "dc1" || assets[0].Actor != "ann" {
		t.Errorf("assets %+v, %v", assets, err)
	}
	if err := b.SetImportance(ctx, "ann", Asset{Kind: Host, Name: "dc1", Importance: NormalAsset}); err != nil {
		t.Fatal(err)
	}
	if got := urgencies(); !slices.Equal(got, []int{50, 35, 50, 50}) {
		t.Errorf("urgencies %v", got)
	}
	if got := b.changes(); len(got) != 4 { // a person did it: nobody is to be notified
		t.Errorf("changes %v", got)
	}
	for _, wrong := range []Asset{{Kind: IP, Name: "x", Importance: HighAsset}, {Kind: Host, Importance: HighAsset}, {Kind: Host, Name: "x", Importance: "huge"}} {
		var input *InputError
		if err := b.SetImportance(ctx, "ann", wrong); !errors.As(err, &input) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}

func TestWhatSomebodyHasSetStaysThatWay(t *testing.T) {
	b := newBench(t, Options{})
	b.apply(started(t, noon, "pc1", "ann", 1, "r1"))
	if _, err := b.Update(t.Context(), "ann", 1, 0, &Edit{Urgency: new(5)}); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		b.apply(started(t, noon, "pc1", "ann", 2+i, "r1"))
	}
	a := b.only()
	if a.Urgency != 5 || a.Computed != 53 {
		t.Errorf("alert %+v", a)
	}
	reasons := a.Explain()
	if last := reasons[len(reasons)-1]; last.Points != -48 {
		t.Errorf("reasons %v", reasons)
	}
}
