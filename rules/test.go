package rules

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// Test proves a rule.
type Test struct {
	Match []Case // in each of which the rule matches
	Miss  []Case // in none of which it does, though little is missing
}

// Case is what arrives, in this order: whole records, envelope included, as the streaming API sends them. One for a
// detection rule, as many as it takes for a correlation.
type Case [][]byte

// Tests are the proofs of the rules, by the rules' ids.
func Tests() (map[string]Test, error) {
	all, err := All()
	if err != nil {
		return nil, err
	}
	ids := make(map[string]string) // of the rule by its file: in one with several, that of the last correlation
	for _, r := range all.Rules {
		ids[r.File] = r.ID
	}
	for _, c := range all.Correlations {
		ids[c.File] = c.ID
	}
	files, err := fs.Glob(proofs, "*/*"+testSuffix)
	if err != nil {
		return nil, fmt.Errorf("list the tests of the built-in rules: %w", err)
	}
	tests := make(map[string]Test, len(files))
	for _, file := range files {
		rule := strings.TrimSuffix(file, testSuffix) + ".yml"
		id, ok := ids[rule]
		if !ok {
			return nil, fmt.Errorf("test of a built-in rule %s: there is no rule %s", file, rule)
		}
		data, err := proofs.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the test of a built-in rule: %w", err)
		}
		test, err := parseTest(data)
		if err != nil {
			return nil, fmt.Errorf("test of a built-in rule %s: %w", file, err)
		}
		tests[id] = test
	}
	return tests, nil
}

const testSuffix = ".test.yaml"

// Tested reports whether the rule in a file, named as in FS, comes with a proof.
func Tested(file string) bool {
	_, err := fs.Stat(proofs, strings.TrimSuffix(file, path.Ext(file))+testSuffix)
	return err == nil
}

// What a file with a test holds.
type testText struct{ Match, Miss []caseText }

type caseText struct {
	Table      string
	Properties yaml.MapSlice
	But        yaml.MapSlice // what differs from the first record that matches; null: the column is missing
	Sequence   []stepText
}

// stepText is one record of a sequence, or several alike: {n} in a text is the number of the repetition, from 1.
type stepText struct {
	Table      string
	Properties yaml.MapSlice
	After      string // the record before it, as time.ParseDuration reads it; 1s
	Times      int    // 1
	Every      string // 1s
}

// maxTimes is how often a step may repeat a record.
const maxTimes = 1000

func parseTest(data []byte) (Test, error) {
	var text testText
	if err := yaml.UnmarshalWithOptions(data, &text, yaml.Strict()); err != nil {
		return Test{}, err
	}
	var test Test
	for i, c := range text.Match {
		if len(c.But) > 0 {
			return Test{}, fmt.Errorf("match %d: only a miss can say what differs (but)", i+1)
		}
		records, err := c.records()
		if err != nil {
			return Test{}, fmt.Errorf("match %d: %w", i+1, err)
		}
		test.Match = append(test.Match, records)
	}
	for i, c := range text.Miss {
		if len(c.But) > 0 && len(text.Match) > 0 {
			c = caseText{Table: text.Match[0].Table, Properties: replaced(text.Match[0].Properties, c.But)}
		}
		records, err := c.records()
		if err != nil {
			return Test{}, fmt.Errorf("miss %d: %w", i+1, err)
		}
		test.Miss = append(test.Miss, records)
	}
	return test, nil
}

// replaced is all columns with those of but in place of their own.
func replaced(all, but yaml.MapSlice) yaml.MapSlice {
	var out yaml.MapSlice
	for _, item := range all {
		if !has(but, item.Key) {
			out = append(out, item)
		}
	}
	for _, item := range but {
		if item.Value != nil {
			out = append(out, item)
		}
	}
	return out
}

func has(columns yaml.MapSlice, name any) bool {
	return slices.ContainsFunc(columns, func(item yaml.MapItem) bool { return item.Key == name })
}

// begin is when the first record of every case happened.
var begin = time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC)

func (c caseText) records() (Case, error) {
	steps := c.Sequence
	if len(steps) == 0 {
		steps = []stepText{{Table: c.Table, Properties: c.Properties}}
	}
	var records Case
	at := begin
	for i, s := range steps {
		after, err := pause(s.After)
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
		every, err := pause(s.Every)
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
		if s.Times < 0 || s.Times > maxTimes {
			return nil, fmt.Errorf("step %d: %d times, wanted 1 to %d", i+1, s.Times, maxTimes)
		}
		at = at.Add(after)
		for n := range max(s.Times, 1) {
			if n > 0 {
				at = at.Add(every)
			}
			raw, err := envelope(s.Table, s.Properties, at, len(records), n+1)
			if err != nil {
				return nil, fmt.Errorf("step %d: %w", i+1, err)
			}
			records = append(records, raw)
		}
	}
	return records, nil
}

func pause(text string) (time.Duration, error) {
	if text == "" {
		return time.Second, nil
	}
	return time.ParseDuration(text)
}
