package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"penstock/sigma"
	"penstock/sigma/match"
)

func rulesCheckCommand() *cobra.Command {
	var known formatFlags
	var strict bool
	cmd := &cobra.Command{
		Use:   "check PATH…",
		Short: "Read rules and tell, a line a rule, whether they compile and apply to Defender's data, or that of other formats",
		Long: `Read the rules in folders, zip archives or files, and write one JSON object a line: file, id, title, kind, whether it
compiled, whether it applies (yes, partly, no), which fields or constructs stand in the way and why, and what is wrong with
line and column. A summary goes to standard error. Nothing has to run for that. Rules for a format of your own need --formats,
or --config, to find it.`,
		Example: `  penstock rules check rules/
  penstock rules check --formats /etc/penstock/formats firewall-rules/
  penstock rules check sigma_all_rules.zip | jq -r 'select(.applies != "yes") | [.file, .applies, .reason] | @tsv'`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := known.open("", cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			router, err := k.formats.Pipeline(k.plan)
			if err != nil {
				return err
			}
			files, problems, err := ruleFiles(args)
			if err != nil {
				return err
			}
			c := parseRules(files, sigma.Options{})
			c.Problems = append(problems, c.Problems...)
			report := checkRules(c, match.Compile(c.Rules, router))
			if err := report.write(cmd.OutOrStdout()); err != nil {
				return err
			}
			fmt.Fprintln(cmd.ErrOrStderr(), report.summary(len(files)))
			if strict && report.faulty > 0 {
				return exitCode(1)
			}
			return nil
		},
	}
	known.flags(cmd)
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with status 1 if a rule does not compile")
	return cmd
}

// checkedRule is a line of `rules check`.
type checkedRule struct {
	File     string         `json:"file"`
	Line     int            `json:"line"`
	ID       string         `json:"id,omitempty"`
	Title    string         `json:"title,omitempty"`
	Kind     string         `json:"kind"`
	Compiled bool           `json:"compiled"`
	Applies  match.Applies  `json:"applies"`
	Reason   string         `json:"reason,omitempty"`
	Missing  []missingField `json:"missing,omitempty"`
	Streams  []string       `json:"streams,omitempty"`
	Error    *ruleProblem   `json:"error,omitempty"`
	More     []ruleProblem  `json:"more_errors,omitempty"`
	Warnings []ruleProblem  `json:"warnings,omitempty"`
	end      int            // its last line; 0: of a rule that is only known by its problems
}

type missingField struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
	Stream string `json:"stream,omitempty"`
}

type ruleProblem struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// checkReport is what there is to say of some files of rules.
type checkReport struct {
	rules   []*checkedRule
	byKey   map[ruleKey]*checkedRule
	faulty  int
	applies map[match.Applies]int
}

// ruleKey tells the rules of a file apart; line is only used where there is no id.
type ruleKey struct {
	file, id string
	line     int
}

func checkRules(c *sigma.Collection, set *match.Set) *checkReport {
	r := &checkReport{byKey: map[ruleKey]*checkedRule{}, applies: map[match.Applies]int{}}
	usable := map[string]match.Applies{}
	for i := range set.Len() {
		a := set.Applicability(int32(i))
		line := r.add(&a.Rule.Metadata, "detection", a.Applies)
		line.Reason = a.Reason
		for _, m := range a.Missing {
			line.Missing = append(line.Missing, missingField{m.Field, m.Reason, m.Stream})
		}
		for _, s := range a.Streams {
			line.Streams = append(line.Streams, s.Name)
		}
		usable[a.Rule.ID] = a.Applies
	}
	for _, rule := range c.Correlations { // those that others refer to come first
		line := r.add(&rule.Metadata, "correlation", match.Fully)
		for _, id := range rule.Rules {
			if a := usable[id]; a != match.Fully {
				line.Missing = append(line.Missing, missingField{id, "the rule applies: " + string(a), ""})
				line.Applies = worse(line.Applies, a)
			}
		}
		usable[rule.ID] = line.Applies
	}
	for _, filter := range c.Filters {
		r.add(&filter.Metadata, "filter", match.Fully)
	}
	for _, p := range c.Problems {
		r.problem(p)
	}
	slices.SortStableFunc(r.rules, func(a, b *checkedRule) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	for _, line := range r.rules {
		if line.Compiled {
			r.applies[line.Applies]++
		} else {
			r.faulty++
		}
	}
	return r
}

func worse(a, b match.Applies) match.Applies {
	if a == match.No || b == match.No {
		return match.No
	}
	return match.Partly
}

func (r *checkReport) add(m *sigma.Metadata, kind string, applies match.Applies) *checkedRule {
	line := &checkedRule{File: m.File, Line: m.Line, ID: m.ID, Title: m.Title, Kind: kind, Compiled: true, Applies: applies}
	line.end = m.Line + bytes.Count(m.Text, []byte{'\n'})
	r.rules = append(r.rules, line)
	r.byKey[ruleKey{file: m.File, id: m.ID}] = line
	return line
}

// problem puts a problem with its rule; a rule that does not compile is only known by its problems.
func (r *checkReport) problem(p *sigma.Problem) {
	key := ruleKey{file: p.File, id: p.RuleID}
	if p.RuleID == "" {
		key.line = p.Line
	}
	said := ruleProblem{p.Line, p.Column, p.Message}
	line := r.byKey[key]
	if line != nil && line.end > 0 && p.Line > line.end { // another document of the file claims the same id
		key.line = p.Line
		line = r.byKey[key]
	}
	if line == nil {
		line = &checkedRule{File: p.File, Line: p.Line, ID: p.RuleID, Title: p.Title, Kind: "unknown", Applies: match.No}
		r.rules, r.byKey[key] = append(r.rules, line), line
	}
	switch {
	case p.Warning:
		line.Warnings = append(line.Warnings, said)
		if line.Kind == "unknown" && line.Error == nil {
			line.Compiled = true
		}
		return
	case line.Error == nil:
		line.Error = &said
	default:
		line.More = append(line.More, said)
	}
	line.Compiled, line.Applies = false, match.No
}

func (r *checkReport) write(to io.Writer) error {
	w := bufio.NewWriter(to)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, line := range r.rules {
		if err := enc.Encode(line); err != nil {
			return fmt.Errorf("write what was found: %w", err)
		}
	}
	return w.Flush()
}

func (r *checkReport) summary(files int) string {
	return fmt.Sprintf("%d files, %d rules: %d apply, %d apply partly, %d do not apply, %d do not compile", files, len(r.rules),
		r.applies[match.Fully], r.applies[match.Partly], r.applies[match.No], r.faulty)
}
