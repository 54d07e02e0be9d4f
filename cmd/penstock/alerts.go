package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"penstock/server"
)

func alertsCommand() *cobra.Command {
	c := &client{}
	cmd := &cobra.Command{
		Use:   "alerts",
		Short: "Alerts: list, show, update, comment",
		Example: `  penstock alerts list --open --urgency critical,high
  penstock alerts show 17
  penstock alerts update 17 18 --status closed --verdict benign_positive --comment "the backup does that"
  penstock alerts comment 17 "asked the owner of the host"`,
	}
	c.flags(cmd)
	cmd.AddCommand(alertsListCommand(c), alertsShowCommand(c), alertsUpdateCommand(c), alertsCommentCommand(c))
	return cmd
}

func alertsListCommand(c *client) *cobra.Command {
	lists := map[string]*[]string{}
	texts := map[string]*string{}
	var open bool
	var sort, format string
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List alerts, the most urgent first", Args: cobra.NoArgs,
		Example: "  penstock alerts list --open --assignee -\n  penstock alerts list --host ws-0042 --sort updated --format json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			p := url.Values{"sort": {sort}, "open": {strconv.FormatBool(open)}}
			for name, list := range lists {
				if len(*list) > 0 {
					p[name] = *list
				}
			}
			for name, text := range texts {
				if *text != "" {
					p.Set(name, *text)
				}
			}
			list, err := c.alerts(cmd, p, limit)
			if err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), list)
			}
			return showAlerts(cmd.OutOrStdout(), list)
		},
	}
	cmd.Flags().BoolVar(&open, "open", false, "only those that are not closed")
	for name, usage := range map[string]string{
		"status": "new, acknowledged, in_progress, closed", "verdict": "true_positive, benign_positive, false_positive",
		"urgency": "low, medium, high, critical", "level": "of the rule: informational, low, medium, high, critical",
		"origin": "what raised them: rule, correlation, hunt, defender, noise",
	} {
		lists[name] = cmd.Flags().StringSlice(name, nil, usage+"; several with commas")
	}
	for name, usage := range map[string]string{
		"rule": "id of the rule", "assignee": "whose they are; - for those of nobody", "tag": "", "host": "name or id", "user": "name or id",
		"entity": "name, address or hash of anything", "technique": "of ATT&CK", "tactic": "of ATT&CK", "text": "in title, description, rule, assignee or entities",
	} {
		texts[name] = cmd.Flags().String(name, "", usage)
	}
	cmd.Flags().StringVar(&sort, "sort", "urgency", "urgency, updated, created or occurrences")
	cmd.Flags().IntVar(&limit, "limit", 50, "alerts at most; 0: all")
	cmd.Flags().StringVarP(&format, "format", "f", "table", "table or json")
	return cmd
}

// alerts lists alerts, up to a limit (0: all).
func (c *client) alerts(cmd *cobra.Command, p url.Values, limit int) ([]server.Alert, error) {
	list := []server.Alert{}
	for {
		page := 500
		if limit > 0 {
			page = min(page, limit-len(list))
		}
		p.Set("limit", strconv.Itoa(page))
		var got server.AlertPage
		if err := c.get(cmd.Context(), "/alerts", p, &got); err != nil {
			return nil, err
		}
		list = append(list, got.Alerts...)
		if got.Next == "" || limit > 0 && len(list) >= limit {
			return list, nil
		}
		p.Set("after", got.Next)
	}
}

func showAlerts(out io.Writer, list []server.Alert) error {
	if len(list) == 0 {
		fmt.Fprintln(out, "There are no such alerts.")
		return nil
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tURGENCY\tSTATUS\tASSIGNEE\tCOUNT\tLAST\tHOSTS\tUSERS\tTITLE")
	for i := range list {
		a := &list[i]
		fmt.Fprintf(t, "%d\t%d %s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", a.ID, a.Urgency, a.Band, a.Status, a.Assignee, a.Occurrences,
			a.Last.Format("2006-01-02 15:04:05"), strings.Join(a.Hosts, ","), strings.Join(a.Users, ","), a.Title)
	}
	return t.Flush()
}

func alertsShowCommand(c *client) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show one alert with its entities, events, comments and history", Args: cobra.ExactArgs(1), Example: "  penstock alerts show 17",
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "/alerts/" + url.PathEscape(args[0])
			var whole wholeAlert
			if err := c.get(cmd.Context(), path, nil, &whole.Alert); err != nil {
				return err
			}
			var events server.AlertEventList
			if err := c.get(cmd.Context(), path+"/events", nil, &events); err != nil {
				return err
			}
			var comments server.AlertComments
			if err := c.get(cmd.Context(), path+"/comments", nil, &comments); err != nil {
				return err
			}
			var history server.AlertHistory
			if err := c.get(cmd.Context(), path+"/history", nil, &history); err != nil {
				return err
			}
			whole.Events, whole.Comments, whole.History = events.Events, comments.Comments, history.Entries
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), &whole)
			}
			return whole.show(cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "table", "table or json")
	return cmd
}

// shownEvents is how many events of an alert a table shows; JSON has them all.
const shownEvents = 20

// wholeAlert is an alert with all that belongs to it.
type wholeAlert struct {
	Alert    server.AlertDetail    `json:"alert"`
	Events   []server.AlertEvent   `json:"events"`
	Comments []server.AlertComment `json:"comments"`
	History  []server.AlertEntry   `json:"history"`
}

func (w *wholeAlert) show(out io.Writer) error {
	a := &w.Alert
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "alert %d\t%s\n", a.ID, a.Title)
	fmt.Fprintf(t, "status\t%s\n", strings.Join(strings.Fields(a.Status+" "+a.Verdict+" "+a.Assignee), ", "))
	fmt.Fprintf(t, "urgency\t%d, %s\n", a.Urgency, a.Band)
	for _, r := range a.Reasons {
		fmt.Fprintf(t, "\t%+d %s\n", r.Points, r.Text)
	}
	fmt.Fprintf(t, "occurrences\t%d, from %s to %s\n", a.Occurrences, a.First.Format(time.RFC3339), a.Last.Format(time.RFC3339))
	if a.Rule != "" {
		fmt.Fprintf(t, "rule\t%s\n", a.Rule)
	}
	for _, k := range a.Attack {
		fmt.Fprintf(t, "technique\t%s %s\n", k.ID, k.Name)
	}
	for _, e := range a.Entities {
		fmt.Fprintf(t, "%s\t%s\n", e.Kind, e.Value)
	}
	if a.Description != "" {
		fmt.Fprintf(t, "\n%s\n", strings.TrimSpace(a.Description))
	}
	fmt.Fprintln(t, "\nEVENT\tTIME\tTABLE\tWHAT")
	for _, e := range w.Events[:min(len(w.Events), shownEvents)] {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", e.ID, e.Time.Format(time.RFC3339), e.Table, e.Summary)
	}
	if more := len(w.Events) - shownEvents; more > 0 {
		fmt.Fprintf(t, "%d more, by --format json\n", more)
	}
	if len(w.History) > 0 {
		fmt.Fprintln(t, "\nCHANGED\tBY\tWHAT\tHOW")
		for i := range w.History {
			e := &w.History[i]
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", e.Time.Format(time.RFC3339), cmp.Or(e.Actor, "Penstock"), e.What, howChanged(e))
		}
	}
	for _, c := range w.Comments {
		fmt.Fprintf(t, "\n%s, %s:\n%s\n", c.Actor, c.Time.Format(time.RFC3339), c.Text)
	}
	return t.Flush()
}

// howChanged is an entry of a history in one line.
func howChanged(e *server.AlertEntry) string {
	how := ""
	if e.Old != "" || e.New != "" {
		how = cmp.Or(e.Old, "–") + " → " + cmp.Or(e.New, "–")
	}
	return strings.Join(strings.Fields(how+" "+e.Note), " ")
}

func alertsUpdateCommand(c *client) *cobra.Command {
	var status, verdict, assignee, comment string
	var urgency int
	var noUrgency bool
	edit := server.AlertEdit{}
	cmd := &cobra.Command{
		Use: "update ID…", Short: "Change status, verdict, assignee, tags or urgency of alerts", Args: cobra.MinimumNArgs(1),
		Example: `  penstock alerts update 17 --status in_progress --assignee ann
  penstock alerts update 17 18 19 --status closed --verdict false_positive`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ids := make([]int64, len(args))
			for i, arg := range args {
				var err error
				if ids[i], err = strconv.ParseInt(arg, 10, 64); err != nil {
					return fmt.Errorf("%q is no id of an alert: it is a number, as penstock alerts list shows it", arg)
				}
			}
			given := func(flag string, value *string) *string {
				if !cmd.Flags().Changed(flag) {
					return nil
				}
				return value
			}
			edit.Status, edit.Verdict, edit.Assignee = given("status", &status), given("verdict", &verdict), given("assignee", &assignee)
			if cmd.Flags().Changed("urgency") {
				edit.Urgency = &urgency
			}
			edit.NoUrgency, edit.Comment = noUrgency, comment
			in := struct {
				IDs  []int64          `json:"ids"`
				Edit server.AlertEdit `json:"edit"`
			}{ids, edit}
			var r server.AlertResults
			if err := c.send(cmd.Context(), http.MethodPatch, "/alerts", nil, &in, &r); err != nil {
				return err
			}
			for _, one := range r.Results {
				if one.Problem != "" {
					fmt.Fprintln(cmd.ErrOrStderr(), one.Problem)
				}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d of %d alerts were changed\n", r.Changed, len(ids))
			if r.Changed < len(ids) {
				return exitCode(1)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&status, "status", "", "new, acknowledged, in_progress or closed")
	cmd.Flags().StringVar(&verdict, "verdict", "", "of what is closed: true_positive, benign_positive or false_positive")
	cmd.Flags().StringVar(&assignee, "assignee", "", `who works on it; "": nobody`)
	cmd.Flags().StringSliceVar(&edit.AddTags, "add-tag", nil, "tags to add")
	cmd.Flags().StringSliceVar(&edit.RemoveTags, "remove-tag", nil, "tags to remove")
	cmd.Flags().IntVar(&urgency, "urgency", 0, "0 to 100, instead of the one that is worked out")
	cmd.Flags().BoolVar(&noUrgency, "no-urgency", false, "back to the urgency that is worked out")
	cmd.Flags().StringVar(&comment, "comment", "", "said with it")
	return cmd
}

func alertsCommentCommand(c *client) *cobra.Command {
	return &cobra.Command{
		Use: "comment ID TEXT…", Short: "Comment on an alert", Args: cobra.MinimumNArgs(2), Example: `  penstock alerts comment 17 "asked the owner of the host"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			in := map[string]string{"text": strings.Join(args[1:], " ")}
			return c.post(cmd.Context(), "/alerts/"+url.PathEscape(args[0])+"/comments", in, nil)
		},
	}
}
