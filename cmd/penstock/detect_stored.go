package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"penstock/retro"
	"penstock/sigma"
)

// storedDetection is `penstock detect` over what a running Penstock has stored.
type storedDetection struct {
	client         *client
	span           timeRange
	ids, tables    []string
	query          string
	alerts, notify bool
}

func (s *storedDetection) flags(cmd *cobra.Command) {
	s.client.flags(cmd)
	s.span.flags(cmd, "24h")
	cmd.Flags().Lookup("since").DefValue = ""
	cmd.Flags().StringSliceVar(&s.ids, "id", nil, "of what is stored: ids of rules of the catalogue to try, enabled or not")
	cmd.Flags().StringSliceVar(&s.tables, "tables", nil, "of what is stored: only these advanced hunting tables")
	cmd.Flags().StringVar(&s.query, "query", "", "of what is stored: only events for which this search holds")
	cmd.Flags().BoolVar(&s.alerts, "alerts", false, "of what is stored: make alerts of the matches")
	cmd.Flags().BoolVar(&s.notify, "notify", false, "and notify people of those")
}

// wanted tells whether the command is about what is stored.
func (s *storedDetection) wanted(cmd *cobra.Command) bool {
	return slices.ContainsFunc([]string{"since", "from", "to", "id", "tables", "query", "alerts", "notify"}, cmd.Flags().Changed)
}

func (s *storedDetection) run(cmd *cobra.Command, rules []string) error {
	work := &retro.Work{Kind: retro.Detect, Rules: s.ids, Tables: s.tables, Query: s.query, Alerts: s.alerts || s.notify, Notify: s.notify}
	var err error
	if work.From, work.To, err = s.span.bounds(time.Now()); err != nil {
		return err
	}
	if work.Files, err = ruleJobFiles(rules, cmd.ErrOrStderr()); err != nil {
		return err
	}
	job, err := s.client.runJob(cmd.Context(), work, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	return s.write(cmd, job)
}

// write writes the matches that a job has kept.
func (s *storedDetection) write(cmd *cobra.Command, job *retro.Job) error {
	ctx := cmd.Context()
	var counts struct {
		Rules []retro.RuleCount `json:"rules"`
	}
	if err := s.client.get(ctx, jobPath(job.ID)+"/rules", nil, &counts); err != nil {
		return err
	}
	rules := make(map[string]retro.Rule, len(counts.Rules))
	for _, r := range counts.Rules {
		rules[r.ID] = r.Rule
	}
	enc := json.NewEncoder(cmd.OutOrStdout())
	enc.SetEscapeHTML(false)
	written := int64(0)
	params := url.Values{"limit": {"1000"}}
	for more := true; more; {
		var page struct {
			Matches []retro.Match `json:"matches"`
			Next    int64         `json:"next"`
		}
		if err := s.client.get(ctx, jobPath(job.ID)+"/matches", params, &page); err != nil {
			return err
		}
		for _, m := range page.Matches {
			line := detected{
				RuleID: m.Rule, Title: rules[m.Rule].Title, Level: sigma.Level(rules[m.Rule].Level), EventID: m.Event, Table: m.Table,
				Time: m.Time.UTC().Format(time.RFC3339Nano), Summary: m.Summary,
			}
			if err := enc.Encode(line); err != nil {
				return fmt.Errorf("write matches: %w", err)
			}
			written++
		}
		more = page.Next > 0
		params.Set("after", strconv.FormatInt(page.Next, 10))
	}
	kept := ""
	if written < job.Matches {
		kept = fmt.Sprintf("; the first %d are shown, the counts of all are in the job", written)
	}
	_, err := fmt.Fprintf(cmd.ErrOrStderr(), "%d matches in %d events (job %d)%s\n", job.Matches, job.Events, job.ID, kept)
	return err
}
