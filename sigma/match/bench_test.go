package match_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/format"
	"penstock/format/defender"
	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/match"
	"penstock/sigma/pipeline"
	"penstock/simulate"
)

func sharedDir() string {
	if dir := os.Getenv("PENSTOCK_SHARED"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared")
}

// publicRules are all that are there, in an order that has nothing to do with what they are about.
func publicRules(t testing.TB) []*sigma.Rule {
	t.Helper()
	var rules []*sigma.Rule
	err := filepath.WalkDir(filepath.Join(sharedDir(), "sigma", "rules"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yml") {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil {
			rules = append(rules, sigma.Read(path, data, sigma.Options{}).Rules...)
		}
		return err
	})
	if err != nil || len(rules) == 0 {
		t.Skip("no rules")
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(rules), func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
	return rules
}

func defenderRouter(t testing.TB) (*format.Plan, *pipeline.Pipeline) {
	t.Helper()
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	router, err := defender.Pipeline(plan)
	if err != nil {
		t.Fatal(err)
	}
	return plan, router
}

// sample is an event, taken apart and normalised.
type sample struct {
	rec record.Record
	ev  ecs.Event
}

func newSample(t testing.TB, plan *format.Plan, raw []byte) *sample {
	t.Helper()
	var parser record.Parser
	s := new(sample)
	if err := parser.Parse(raw, &s.rec); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	plan.Normalize(&s.ev, &s.rec, time.Unix(1_800_000_000, 0))
	return s
}

func conformanceSamples(t testing.TB, plan *format.Plan) []*sample {
	files, _ := filepath.Glob(filepath.Join(sharedDir(), "conformance", "events", "*.json"))
	if len(files) == 0 {
		t.Skip("no cases")
	}
	var out []*sample
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c struct{ Input struct{ Message string } }
		if err := json.Unmarshal(data, &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, newSample(t, plan, []byte(c.Input.Message)))
	}
	return out
}

// tenantSamples are records of a simulated tenant, attacks included; of one table only if it is named.
func tenantSamples(t testing.TB, plan *format.Plan, table string, n int) []*sample {
	tenant, err := simulate.New(simulate.Config{Seed: 5, Start: time.Date(2026, 3, 3, 8, 0, 0, 0, time.UTC), Rate: 50})
	if err != nil {
		t.Fatal(err)
	}
	var out []*sample
	for len(out) < n {
		raw, meta := tenant.Append(nil)
		if table == "" || meta.Table == table {
			out = append(out, newSample(t, plan, raw))
		}
	}
	return out
}

// processColumns are where the fields of process creation rules are.
var processColumns = map[string]string{
	"Image": "FolderPath", "CommandLine": "ProcessCommandLine", "OriginalFileName": "ProcessVersionInfoOriginalFileName",
	"Description": "ProcessVersionInfoFileDescription", "Product": "ProcessVersionInfoProductName",
	"Company": "ProcessVersionInfoCompanyName", "IntegrityLevel": "ProcessIntegrityLevel",
	"ParentImage": "InitiatingProcessFolderPath", "ParentCommandLine": "InitiatingProcessCommandLine",
}

// processSamples are process creation events, each made from the texts of a rule that matches it.
func processSamples(t testing.TB, plan *format.Plan, rules []*sigma.Rule, s *match.Set) []*sample {
	templates := make(map[bool][]*sample) // by whether it is of Windows
	for _, e := range tenantSamples(t, plan, "DeviceProcessEvents", 2000) {
		templates[bytes.Contains(e.rec.Properties, []byte(`:\\`))] = append(templates[bytes.Contains(e.rec.Properties, []byte(`:\\`))], e)
	}
	m := s.Matcher()
	var out []*sample
next:
	for i, r := range rules {
		if r.Logsource.Category != "process_creation" || s.Applicability(int32(i)).Applies == match.No {
			continue
		}
		proof, err := match.Prove(r.Condition)
		if err != nil {
			continue
		}
		pool := templates[r.Logsource.Product == "windows"]
		if len(pool) == 0 {
			continue
		}
		template := pool[i%len(pool)]
		var properties map[string]any
		if err := json.Unmarshal(template.rec.Properties, &properties); err != nil {
			t.Fatal(err)
		}
		for name, value := range proof.Fields {
			column, ok := processColumns[name]
			if !ok {
				continue next
			}
			properties[column] = value
		}
		raw, err := json.Marshal(map[string]any{"time": "2026-03-03T08:00:00Z", "tenantId": template.rec.Tenant,
			"category": template.rec.Category, "properties": properties})
		if err != nil {
			t.Fatal(err)
		}
		if e := newSample(t, plan, raw); len(m.Match(&e.rec, &e.ev, nil)) > 0 {
			out = append(out, e)
		}
	}
	return out
}

// applying are the rules that the router's events can answer.
func applying(rules []*sigma.Rule, router pipeline.Router) []*sigma.Rule {
	var out []*sigma.Rule
	s := match.Compile(rules, router)
	for i, r := range rules {
		if os.Getenv("NOKEY") != "" && strings.Contains(r.File, "notpetya") {
			continue
		}
		if s.Applicability(int32(i)).Applies != match.No {
			out = append(out, r)
		}
	}
	return out
}

func BenchmarkMatch(b *testing.B) {
	plan, router := defenderRouter(b)
	rules := applying(publicRules(b), router)
	corpora := []struct {
		name   string
		events []*sample
	}{
		{"conformance", conformanceSamples(b, plan)},
		{"processes", processSamples(b, plan, rules, match.Compile(rules, router))},
		{"tenant", tenantSamples(b, plan, "", 4000)},
		{"tenant-processes", tenantSamples(b, plan, "DeviceProcessEvents", 1000)},
	}
	for _, c := range corpora {
		for _, n := range []int{100, 500, 1000, 2000, len(rules)} {
			b.Run(fmt.Sprintf("corpus=%s/rules=%d", c.name, n), func(b *testing.B) {
				benchmarkMatch(b, match.Compile(rules[:n], router), c.events)
			})
		}
	}
}

func benchmarkMatch(b *testing.B, s *match.Set, events []*sample) {
	m := s.Matcher()
	var found []int32
	matches := 0
	for _, e := range events { // buffers grow
		found = m.Match(&e.rec, &e.ev, found[:0])
		matches += len(found)
	}
	b.ReportAllocs()
	i := 0
	used := processorTime()
	for b.Loop() {
		e := events[i]
		found = m.Match(&e.rec, &e.ev, found[:0])
		if i++; i == len(events) {
			i = 0
		}
	}
	used = processorTime() - used
	b.ReportMetric(float64(b.N)/used.Seconds(), "events/s")
	b.ReportMetric(float64(used.Nanoseconds())/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(matches)/float64(len(events)), "matches/event")
}

func BenchmarkCompile(b *testing.B) {
	_, router := defenderRouter(b)
	rules := publicRules(b)
	b.ReportAllocs()
	var s *match.Set
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		s = match.Compile(rules, router)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(s)
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/(1<<20), "MB-held")
}
