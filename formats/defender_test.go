package formats

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/record"
	"penstock/rules"
	"penstock/simulate"
)

var update = flag.Bool("update", false, "write the built-in format's samples and docs/formats")

// perTable is how many samples a table of the built-in format has at most, each of another kind of event.
const perTable = 2

// drawSamples draws records of a simulated tenant until every table that it writes has its samples.
func drawSamples(t *testing.T, f *Format) map[string][]Sample {
	t.Helper()
	tenant, err := simulate.New(simulate.Config{
		Seed: 20260504, Devices: 20, Users: 20, Start: time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC), Rate: 40, Steady: true, Repeats: -1, Stories: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	drawn, kinds := map[string][]Sample{}, map[string]bool{}
	var parser record.Parser
	var rec record.Record
	for range 60_000 {
		raw, meta := tenant.Append(nil)
		if _, ours := f.Tables[meta.Table]; !ours || len(drawn[meta.Table]) == perTable {
			continue
		}
		if err := parser.Parse(raw, &rec); err != nil {
			t.Fatal(err)
		}
		kind := meta.Table
		if m := find(rec.Columns, "ActionType"); m != nil {
			kind += " " + string(m.Text())
		}
		if !kinds[kind] {
			kinds[kind] = true
			title := strings.TrimSpace(strings.TrimPrefix(kind, meta.Table))
			if title == "" {
				title = "a record of the simulated tenant"
			}
			drawn[meta.Table] = append(drawn[meta.Table], Sample{Title: title, Record: bytes.Clone(raw)})
		}
	}
	return drawn
}

func TestTheBuiltInFormatsSamplesAreThoseOfTheSimulator(t *testing.T) {
	f, err := Defender()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := f.Plan()
	if err != nil {
		t.Fatal(err)
	}
	drawn := drawSamples(t, f)
	run := f.runner(plan)
	for _, table := range f.TableNames() {
		var b strings.Builder
		for i := range drawn[table] {
			s := &drawn[table][i]
			s.take(run)
			if i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(s.Text())
		}
		if b.Len() == 0 {
			t.Errorf("the simulator writes no record of %s", table)
			continue
		}
		golden(t, filepath.Join("..", "format", "defender", "samples", table+".test"), []byte(b.String()))
	}
}

// golden compares what was made with a file that is kept, or writes it.
func golden(t *testing.T, path string, made []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, made, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, made) {
		t.Errorf("%s is out of date (%v): go test ./formats -update, twice where samples change", path, err)
	}
}

func TestTheBuiltInFormatPassesItsOwnCheck(t *testing.T) {
	own, err := Defender()
	if err != nil {
		t.Fatal(err)
	}
	if own.UUID != "05e6f36d-cee0-4f06-b575-9e43af779f9f" || len(own.Setup) != 5 || len(own.Tables) != 28 {
		t.Errorf("%s asks for %d values and has %d tables", own.UUID, len(own.Setup), len(own.Tables))
	}
	for _, v := range own.Setup {
		if v.Label == "" || v.Explanation == "" || v.Where == "" || v.Example == "" {
			t.Errorf("%s is not explained", v.Field)
		}
	}
	f, found := Check(os.DirFS(filepath.Join("..", "format", "defender")), "")
	for _, one := range found {
		// Two samples a table do not show every line; the scripts beside the mapping do.
		if !strings.HasPrefix(one.Message, "no sample ") {
			t.Error(one.String())
		}
	}
	if f == nil {
		t.Error("it cannot be used")
	}
}

func TestTheDocumentationOfTheBuiltInFormatIsUpToDate(t *testing.T) {
	f, err := Defender()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := f.Plan()
	if err != nil {
		t.Fatal(err)
	}
	builtin, err := rules.All()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := f.Pages(plan, f.RulesThatApply(plan, "builtin", builtin))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		golden(t, filepath.Join("..", "docs", "formats", filepath.FromSlash(name)), pages[name])
	}
}
