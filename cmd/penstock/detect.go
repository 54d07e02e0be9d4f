package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"penstock/catalogue"
	"penstock/ecs"
	"penstock/format"
	"penstock/record"
	builtin "penstock/rules"
	"penstock/sigma"
	"penstock/sigma/correlate"
	"penstock/sigma/match"
	"penstock/sigma/pipeline"
)

func detectCommand() *cobra.Command {
	var rules []string
	var known formatFlags
	var all bool
	stored := &storedDetection{client: &client{}}
	cmd := &cobra.Command{
		Use:   "detect [file]",
		Short: "Try rules on records, or on what is stored",
		Long: `Reads records or messages from a file or from standard input, tries Sigma rules on them and writes one JSON object a match: the
rule's id, title and level, the event's id, time and table, and the fields that made it match. Correlations are applied as
well. Nothing has to run for that.

With --since, --from or --to it looks at what a running Penstock has stored instead, as a job in the background that is
followed to its end; without --rules it tries the rules that are enabled there. Matches become alerts only with --alerts, and
nobody is notified of them but with --notify.`,
		Example: `  penstock detect --rules ./rules < records.ndjson
  penstock detect --rules sigma_all_rules.zip records.ndjson.gz | jq -r .title | sort | uniq -c
  penstock detect --formats /etc/penstock/formats --record-format acme-firewall --rules ./rules lines.ndjson
  penstock detect --since 30d --rules ./new-rule.yml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if stored.wanted(cmd) {
				if len(args) > 0 {
					return errors.New("name a file of records, or a time range of what is stored, not both")
				}
				return stored.run(cmd, rules)
			}
			in, err := openRecords(cmd, args)
			if err != nil {
				return err
			}
			defer in.Close()
			k, err := known.open("", cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			d, err := newDetection(k, rules, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			d.all = all
			return d.run(cmd.Context(), in, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringSliceVar(&rules, "rules", nil, "folders, zip archives or files of rules; those that come with Penstock when there are none")
	known.recordFlags(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "tell matches too that only count for a correlation")
	stored.flags(cmd)
	return cmd
}

// fileDetection tries rules on records of a file.
type fileDetection struct {
	known        *knowledge
	set          *match.Set
	matcher      *match.Matcher
	numbers      map[string]int32 // of rules by their ids
	correlations *correlate.Set
	store        correlate.Memory
	fields       *pipeline.Fields
	all          bool
	hits         []int32
	matches      int
}

// newDetection reads rules; what is wrong with them goes to errOut, and the others are tried.
func newDetection(k *knowledge, paths []string, errOut io.Writer) (*fileDetection, error) {
	router, err := k.formats.Pipeline(k.plan)
	if err != nil {
		return nil, err
	}
	c, err := rulesToTry(paths)
	if err != nil {
		return nil, err
	}
	for _, p := range c.Problems {
		fmt.Fprintln(errOut, p)
	}
	d := &fileDetection{
		known: k,
		set:   match.Compile(c.Rules, router), correlations: correlate.New(c.Correlations, 0), fields: pipeline.NewFields(router),
		numbers: make(map[string]int32, len(c.Rules)),
	}
	for i, r := range c.Rules {
		d.numbers[r.ID] = int32(i)
	}
	d.matcher = d.set.Matcher()
	return d, nil
}

func rulesToTry(paths []string) (*sigma.Collection, error) {
	if len(paths) > 0 {
		files, problems, err := ruleFiles(paths)
		if err != nil {
			return nil, err
		}
		c := parseRules(files, sigma.Options{})
		c.Problems = append(problems, c.Problems...)
		return c, nil
	}
	files, err := catalogue.ReadFS(builtin.FS(), catalogue.Bounds{})
	if err != nil {
		return nil, err
	}
	return parseRules(files.Rules, sigma.Options{}), nil
}

// detected is a line about a match.
type detected struct {
	RuleID  string         `json:"rule_id"`
	Title   string         `json:"title"`
	Level   sigma.Level    `json:"level"`
	EventID string         `json:"event_id,omitempty"`
	Table   string         `json:"table,omitempty"`
	Time    string         `json:"time,omitempty"`
	Summary string         `json:"summary,omitempty"` // of what is stored: where, who and what
	Fields  map[string]any `json:"fields,omitempty"`
	// Of a correlation.
	Events []string          `json:"events,omitempty"`
	Count  int               `json:"count,omitempty"`
	First  string            `json:"first,omitempty"`
	Last   string            `json:"last,omitempty"`
	Group  map[string]string `json:"group,omitempty"`
}

func (d *fileDetection) run(ctx context.Context, in io.Reader, out, errOut io.Writer) error {
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	found := map[string]correlate.Finding{} // as they have become
	var order []string
	keep := func(list []correlate.Finding) {
		for _, f := range list {
			if _, known := found[f.ID]; !known {
				order = append(order, f.ID)
			}
			found[f.ID] = f
		}
	}
	summary, err := d.known.plan.Events(ctx, in, errOut, format.StreamOptions{Framer: d.known.framer}, func(rec *record.Record, ev *ecs.Event) error {
		list, err := d.event(ctx, rec, ev, enc)
		keep(list)
		return err
	})
	if err == nil {
		var last []correlate.Finding
		last, err = d.correlations.Advance(ctx, &d.store, endOfTime)
		keep(last)
	}
	for _, id := range order {
		if err == nil {
			f := found[id]
			err = enc.Encode(ofCorrelation(&f))
			d.matches++
		}
	}
	if flushed := w.Flush(); flushed != nil {
		err = cmp.Or(err, fmt.Errorf("write matches: %w", flushed))
	}
	if err == nil {
		_, err = fmt.Fprintf(errOut, "%d matches in %s\n", d.matches, summary.String())
	}
	return err
}

// endOfTime is when no more records can come.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

var fieldTimestamp = ecs.MustLookup("@timestamp")

// event writes the matches of one event, and returns what correlations make of them.
func (d *fileDetection) event(ctx context.Context, rec *record.Record, ev *ecs.Event, enc *json.Encoder) ([]correlate.Finding, error) {
	d.hits = d.matcher.Match(rec, ev, d.hits[:0])
	if len(d.hits) == 0 {
		return nil, nil
	}
	at := string(ev.Get(fieldTimestamp).Text(nil))
	moment, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		moment = time.Now()
	}
	var counted []correlate.Match
	for _, i := range d.hits {
		rule := d.set.Rule(i)
		if d.correlations.Wants(rule.ID) {
			counted = append(counted, d.counted(rule, rec, ev, moment))
		}
		if d.correlations.Silent(rule.ID) && !d.all {
			continue
		}
		line := detected{RuleID: rule.ID, Title: rule.Title, Level: rule.Level, EventID: rec.ID.String(), Table: rec.Table, Time: at, Fields: map[string]any{}}
		for _, f := range d.set.Matched(i, rec, ev) {
			if line.Fields[f.Name] = f.Values; len(f.Values) == 1 {
				line.Fields[f.Name] = f.Values[0]
			}
		}
		if err := enc.Encode(line); err != nil {
			return nil, fmt.Errorf("write matches: %w", err)
		}
		d.matches++
	}
	if len(counted) == 0 {
		return nil, nil
	}
	return d.correlations.Apply(ctx, &d.store, counted)
}

// counted is a match as correlations count it.
func (d *fileDetection) counted(rule *sigma.Rule, rec *record.Record, ev *ecs.Event, at time.Time) correlate.Match {
	values := make(map[string][]string)
	for _, f := range d.correlations.Fields(rule.ID) {
		values[f] = d.fields.Values(rule.Logsource, f, rec, ev)
	}
	return correlate.Match{Rule: rule.ID, Event: rec.ID, Time: at, Values: func(field string) []string { return values[field] }}
}

func ofCorrelation(f *correlate.Finding) detected {
	c := f.Correlation
	line := detected{
		RuleID: c.ID, Title: c.Title, Level: c.Level, Count: f.Count, Group: map[string]string{},
		First: f.First.Format(time.RFC3339Nano), Last: f.Last.Format(time.RFC3339Nano),
	}
	for i, v := range f.Group {
		line.Group[c.GroupBy[i]] = v
	}
	for _, h := range f.Hits {
		line.Events = append(line.Events, h.Event.String())
	}
	return line
}
