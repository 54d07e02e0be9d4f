package match

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/format"
	"penstock/format/defender"
	"penstock/record"
	"penstock/sigma"
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
	newRand(1, 1).Shuffle(len(rules), func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
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
func processSamples(t testing.TB, plan *format.Plan, s *Set) []*sample {
	templates := make(map[bool][]*sample) // by whether it is of Windows
	for _, e := range tenantSamples(t, plan, "DeviceProcessEvents", 500) {
		windows := bytes.Contains(e.rec.Properties, []byte(`:\\`))
		templates[windows] = append(templates[windows], e)
	}
	m := s.Matcher()
	var out []*sample
	for i, r := range s.rules {
		if r.Logsource.Category != "process_creation" || s.Applicability(int32(i)).Applies == No {
			continue
		}
		proof, err := Prove(r.Condition)
		pool := templates[r.Logsource.Product == "windows"]
		if err != nil || len(pool) == 0 {
			continue
		}
		template := pool[i%len(pool)]
		var properties map[string]any
		if err := json.Unmarshal(template.rec.Properties, &properties); err != nil {
			t.Fatal(err)
		}
		for name, value := range proof.Fields {
			properties[processColumns[name]] = value // of those that have none one is enough
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

// byLogsource routes every logsource to a table of its own, whose columns are the names that the rules use.
type byLogsource struct {
	*columns
	known map[string]*pipeline.Stream
}

func (c *byLogsource) Route(ls sigma.Logsource) pipeline.Route {
	name := strings.Join([]string{ls.Category, ls.Product, ls.Service}, "/")
	s, ok := c.known[name]
	if !ok {
		s = &pipeline.Stream{Name: name, Table: name}
		c.known[name] = s
	}
	return pipeline.Route{Streams: []*pipeline.Stream{s}}
}

// cannotFire are the public rules that no event can match, and why.
var cannotFire = map[string]string{
	"proc_creation_win_xwizard_runwizard_com_object_exec.yml": "the command line is to be RunWizard and to hold a GUID",
}

func TestEveryPublicRuleFiresOnItsOwnTexts(t *testing.T) {
	s := Compile(publicRules(t), &byLogsource{newColumns(), make(map[string]*pipeline.Stream)})
	m := s.Matcher()
	var ev ecs.Event
	for i, r := range s.rules {
		proof, err := Prove(r.Condition)
		if _, ok := cannotFire[filepath.Base(r.File)]; ok != (err != nil) {
			t.Errorf("%s: %v, expected not to fire: %v", r.File, err, ok)
		}
		if err != nil {
			continue
		}
		columns := make(map[string]any)
		for name, v := range proof.Fields {
			columns[name] = v
		}
		rec := event(t, s.Applicability(int32(i)).Streams[0].Table, columns)
		if !slices.Contains(m.Match(rec, &ev, nil), int32(i)) {
			t.Errorf("%s does not fire on %q", r.File, columns)
		}
	}
	t.Logf("%d of %d rules fire", s.Len()-len(cannotFire), s.Len())
}

func TestFastAndPlainAgreeOnPublicRules(t *testing.T) {
	plan, router := defenderRouter(t)
	s := Compile(publicRules(t), router)
	events := append(conformanceSamples(t, plan), tenantSamples(t, plan, "", 30)...)
	events = append(events, tenantSamples(t, plan, "DeviceProcessEvents", 10)...)
	for i, e := range processSamples(t, plan, s) {
		if i%60 == 0 {
			events = append(events, e)
		}
	}
	m := s.Matcher()
	one := newPlainSet(s)
	pairs, matches := 0, 0
	for _, e := range events {
		got, want := m.Match(&e.rec, &e.ev, nil), one.match(&e.rec, &e.ev)
		if !slices.Equal(got, want) {
			t.Errorf("matched %v, plainly %v: %s", got, want, e.rec.Raw)
		}
		pairs, matches = pairs+s.Len(), matches+len(got)
	}
	t.Logf("%d pairs of a rule and an event, %d matches", pairs, matches)
}

func TestWhatExplainsAMatchIsInTheEvent(t *testing.T) {
	plan, router := defenderRouter(t)
	s := Compile(publicRules(t), router)
	m := s.Matcher()
	for i, e := range processSamples(t, plan, s) {
		if i%100 != 0 {
			continue
		}
		for _, rule := range m.Match(&e.rec, &e.ev, nil) {
			explanations := s.Explain(rule, &e.rec, &e.ev)
			if !slices.ContainsFunc(explanations, (*Explanation).Matches) {
				t.Errorf("%s matches, but is not explained", s.Rule(rule).File)
			}
			for _, f := range s.Matched(rule, &e.rec, &e.ev) {
				if len(f.Values) == 0 {
					t.Errorf("%s: nothing matched in %s", s.Rule(rule).File, f.Name)
				}
			}
		}
		for _, miss := range m.NearMisses(&e.rec, &e.ev, 5) {
			if len(miss.Tests) == 0 {
				t.Errorf("%s: nothing is told about a near miss", s.Rule(miss.Rule).File)
			}
		}
	}
}

// applying are the rules that the router's events can answer.
func applying(rules []*sigma.Rule, router pipeline.Router) []*sigma.Rule {
	var out []*sigma.Rule
	s := Compile(rules, router)
	for i, r := range rules {
		if s.Applicability(int32(i)).Applies != No {
			out = append(out, r)
		}
	}
	return out
}
