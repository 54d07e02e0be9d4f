package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"penstock/server"
)

// writeJSON writes an answer as people can read it too.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func rulesListCommand(c *client) *cobra.Command {
	var f ruleFilter
	var sort, format string
	var descending bool
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List rules", Args: cobra.NoArgs,
		Example: `  penstock rules list --enabled true --fired true --sort fired --descending
  penstock rules list --pack builtin --tactic credential-access --format json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p := f.figures(f.params())
			p.Set("sort", sort)
			p.Set("descending", strconv.FormatBool(descending))
			list, total, err := c.rules(cmd, p, limit)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if format == "json" {
				return writeJSON(out, list)
			}
			t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "ID\tLEVEL\tSTATUS\tENABLED\tAPPLIES\tFITNESS\tFIRED\tPACK\tTITLE")
			for i := range list {
				r := &list[i]
				fmt.Fprintf(t, "%s\t%s\t%s\t%v\t%s\t%s\t%d\t%s\t%s\n", r.ID, r.Level, r.Status, r.Enabled, r.Applies, r.Fitness.Grade, r.Fired.Count, r.Pack, r.Title)
			}
			if err := t.Flush(); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d rules\n", len(list), total)
			return nil
		},
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&sort, "sort", "title", "title, level, status, effort, pack, changed, fired, last or fitness")
	cmd.Flags().BoolVar(&descending, "descending", false, "the greatest first")
	cmd.Flags().IntVar(&limit, "limit", 100, "rules at most; 0: all")
	cmd.Flags().StringVarP(&format, "format", "f", "table", "table or json")
	return cmd
}

// rules lists rules, up to a limit (0: all), and tells how many there are.
func (c *client) rules(cmd *cobra.Command, p url.Values, limit int) (list []server.Rule, total int, err error) {
	for {
		page := 1000
		if limit > 0 {
			page = min(page, limit-len(list))
		}
		p.Set("limit", strconv.Itoa(page))
		var got server.RulePage
		if err := c.get(cmd.Context(), "/rules", p, &got); err != nil {
			return nil, 0, err
		}
		list, total = append(list, got.Rules...), got.Total
		if got.Next == "" || limit > 0 && len(list) >= limit {
			return list, total, nil
		}
		p.Set("after", got.Next)
	}
}

func rulesShowCommand(c *client) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show one rule: its text, what stands in its way, its exceptions", Args: cobra.ExactArgs(1),
		Example: "  penstock rules show 5f2d1c9a-3a7e-4a67-9d0b-0b7b1f6f2a11",
		RunE: func(cmd *cobra.Command, args []string) error {
			var r server.RuleDetail
			if err := c.get(cmd.Context(), "/rules/"+url.PathEscape(args[0]), nil, &r); err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), &r)
			}
			return showRule(cmd.OutOrStdout(), &r)
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "table", "table or json")
	return cmd
}

// showRule writes a rule for people.
func showRule(out io.Writer, r *server.RuleDetail) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(t, "%s\t%s\n", name, value)
		}
	}
	enabled := strconv.FormatBool(r.Enabled)
	if r.ByPolicy {
		enabled += " (by the policy of its pack)"
	}
	line("title", r.Title)
	line("id", r.ID)
	line("kind", r.Kind)
	line("pack", strings.TrimSuffix(r.Pack+" · "+r.Path, " · "))
	line("level", r.Level)
	if r.Level != r.OwnLevel {
		line("its own level", r.OwnLevel)
	}
	line("status", r.Status)
	line("author", r.Author)
	line("license", r.License)
	line("enabled", enabled)
	for _, w := range r.Warnings {
		line("doubtful", w)
	}
	line("problem", r.Problem)
	line("applies", r.Applies)
	line("answered by", strings.Join(r.Streams, ", "))
	for _, o := range r.Obstacles {
		line("not answered", o)
	}
	line("fitness", r.Fitness.Grade)
	for _, b := range r.Fitness.Blocking {
		line("in its way", b)
	}
	fired := strconv.FormatInt(r.Fired.Count, 10) + " times in 30 days"
	if r.Fired.Last != nil {
		fired += ", last " + r.Fired.Last.Format(time.RFC3339)
	}
	if r.Fired.Noisy {
		fired += "; it is throttled"
	}
	line("fired", fired)
	for _, a := range r.Attack {
		line("technique", a.ID+" "+a.Name)
	}
	line("note", r.Decided.Note)
	for _, x := range r.AllExceptions {
		if x.Holds {
			line("exception", fmt.Sprintf("%d by %s: %s", x.ID, x.Who, x.Reason))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s", r.Text)
	return err
}

// rulesSwitchCommand is the command that enables, or disables, rules.
func rulesSwitchCommand(c *client, enable bool) *cobra.Command {
	verb, done := "enable", "enabled"
	if !enable {
		verb, done = "disable", "disabled"
	}
	var f ruleFilter
	var dryRun, all bool
	var reason string
	cmd := &cobra.Command{
		Use: verb + " [ID…]", Short: strings.ToUpper(verb[:1]) + verb[1:] + " the rules that are named, or that the flags choose",
		Example: fmt.Sprintf(`  penstock rules %s 5f2d1c9a-3a7e-4a67-9d0b-0b7b1f6f2a11
  penstock rules %s --level high,critical --status stable,test --applies yes --dry-run`, verb, verb),
		RunE: func(cmd *cobra.Command, ids []string) error {
			p := f.params()
			if len(ids) > 0 {
				p["id"] = ids
			}
			if len(p) == 0 && !all {
				return fmt.Errorf("name the rules to %s, choose them by flags, or say --all", verb)
			}
			p.Set("dryRun", strconv.FormatBool(dryRun))
			var r server.BulkEdit
			if err := c.send(cmd.Context(), http.MethodPatch, "/rules", p, &server.RuleEdit{Enabled: &enable, Reason: reason}, &r); err != nil {
				return err
			}
			switch {
			case r.Rules == 0 && len(ids) > 0:
				return fmt.Errorf("there is no such rule; penstock rules list shows those that there are")
			case r.Rules == 0:
				return fmt.Errorf("no rule fits all of these flags; penstock rules list takes the same ones: leave some out there first")
			}
			if dryRun {
				fmt.Fprintf(cmd.OutOrStdout(), "%d rules are meant, %d of them would be %s\n", r.Rules, r.Changed, done)
				return nil
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d rules are meant, %d of them were changed\n", r.Rules, r.Changed)
			return nil
		},
	}
	f.flags(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "all rules")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only tell how many rules it is about")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the history")
	return cmd
}

func rulesFitnessCommand(c *client) *cobra.Command {
	var f ruleFilter
	var format string
	cmd := &cobra.Command{
		Use:   "fitness",
		Short: "Tell which rules what arrives can answer, and what stands in the way of the others",
		Long: `Grades the enabled rules (others by --enabled false) by what has really arrived: live, everything that a rule needs
arrives; partial, a part of it never will; blind, a table or column that it cannot do without does not arrive; dead, it can
never match.`,
		Example: "  penstock rules fitness --level high,critical\n  penstock rules fitness --fitness blind --format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p := f.params()
			if !p.Has("enabled") {
				p.Set("enabled", "true")
			}
			p.Set("sort", "fitness")
			list, _, err := c.rules(cmd, p, 0)
			if err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), list)
			}
			return showFitness(cmd.OutOrStdout(), list)
		},
	}
	f.flags(cmd)
	cmd.Flags().StringVarP(&format, "format", "f", "table", "table or json")
	return cmd
}

// showFitness writes the rules that are not live with what stands in their way, and how many rules each obstacle concerns.
func showFitness(out io.Writer, list []server.Rule) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	grades, blocking := map[string]int{}, map[string]int{}
	fmt.Fprintln(t, "GRADE\tLEVEL\tID\tTITLE\tIN THE WAY")
	for i := range list {
		r := &list[i]
		grades[r.Fitness.Grade]++
		for _, b := range r.Fitness.Blocking {
			blocking[b]++
		}
		if r.Fitness.Grade != "live" {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", r.Fitness.Grade, r.Level, r.ID, r.Title, strings.Join(r.Fitness.Blocking, "; "))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, b := range mostFrequent(blocking, 10) {
		fmt.Fprintf(t, "%d rules\t%s\n", blocking[b], b)
	}
	fmt.Fprintln(t)
	for _, g := range []string{"live", "partial", "blind", "dead", "unknown"} {
		if grades[g] > 0 {
			fmt.Fprintf(t, "%s\t%d\n", g, grades[g])
		}
	}
	return t.Flush()
}

// mostFrequent are the keys with the greatest counts.
func mostFrequent(counts map[string]int, most int) []string {
	keys := make([]string, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return keys[:min(len(keys), most)]
}
