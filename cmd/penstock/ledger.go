package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"penstock/server"
)

func ledgerCommand() *cobra.Command {
	var c client
	var r timeRange
	var format string
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Was anything lost? What became of every message, per intake and partition",
		Long: `Reports what was read in a time range: intervals of sequence numbers, what became of the records (kept, repeated,
quarantined, filtered), and each gap with its range and cause. Exits with status 1 when something is missing or a sum
does not agree.`,
		Example: `  penstock ledger                             # the last 24 hours
  penstock ledger --from 2026-11-01 --to 2026-11-08
  penstock ledger --from 7d --format json
  penstock ledger incidents
  penstock ledger acknowledge 17`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, to, err := r.bounds(time.Now())
			if err != nil {
				return err
			}
			var report server.LedgerReport
			params := url.Values{"from": {from.Format(time.RFC3339Nano)}, "to": {to.Format(time.RFC3339Nano)}}
			if err := c.get(cmd.Context(), "/ledger", params, &report); err != nil {
				return err
			}
			if err := printLedger(cmd.OutOrStdout(), &report, format); err != nil {
				return err
			}
			if !report.Complete {
				return exitCode(1)
			}
			return nil
		},
	}
	c.flags(cmd)
	r.flags(cmd, "24h")
	cmd.Flags().StringVar(&format, "format", "table", "table or json")
	cmd.AddCommand(incidentsCommand(), acknowledgeCommand())
	return cmd
}

func incidentsCommand() *cobra.Command {
	var c client
	var r timeRange
	cmd := &cobra.Command{
		Use: "incidents", Short: "What went wrong with the delivery, newest first", Args: cobra.NoArgs,
		Example: "  penstock ledger incidents --from 7d",
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, to, err := r.bounds(time.Now())
			if err != nil {
				return err
			}
			var list server.IncidentList
			if err := c.get(cmd.Context(), "/incidents", url.Values{"from": {from.Format(time.RFC3339Nano)}, "to": {to.Format(time.RFC3339Nano)}}, &list); err != nil {
				return err
			}
			if len(list.Incidents) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "Nothing went wrong.")
			}
			for _, i := range list.Incidents {
				ended := "open"
				if i.Closed != nil {
					ended = "until " + i.Closed.Format(time.RFC3339)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s  %s, %s  %s %s %s/%s\n    %s\n", i.ID, i.Opened.Format(time.RFC3339), ended, i.Kind, i.Intake, i.Hub, i.Partition, i.Message)
			}
			return nil
		},
	}
	c.flags(cmd)
	r.flags(cmd, "7d")
	return cmd
}

func acknowledgeCommand() *cobra.Command {
	var c client
	cmd := &cobra.Command{
		Use: "acknowledge ID…", Short: "End incidents that do not end by themselves; a gap stays in every report", Args: cobra.MinimumNArgs(1),
		Example: "  penstock ledger acknowledge 17",
		RunE: func(cmd *cobra.Command, ids []string) error {
			for _, id := range ids {
				if err := c.do(cmd.Context(), http.MethodPost, "/incidents/"+url.PathEscape(id)+"/acknowledge", nil, nil); err != nil {
					return fmt.Errorf("acknowledge %s: %w", id, err)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: acknowledged\n", id)
			}
			return nil
		},
	}
	c.flags(cmd)
	return cmd
}

// storedText says how much of what was kept a search finds.
func storedText(report *server.LedgerReport) string {
	if report.Stored == nil {
		return "How many of the kept are searchable, the lake could not tell; ask for a shorter time range."
	}
	if rest := report.Counts.Kept - *report.Stored; rest > 0 {
		return fmt.Sprintf("%d of the kept are searchable; %d become so in a moment, or retention has deleted them.", *report.Stored, rest)
	}
	return "All that was kept is searchable."
}

func printLedger(w io.Writer, report *server.LedgerReport, format string) error {
	switch format {
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	case "table":
	default:
		return fmt.Errorf("--format %q: want table or json", format)
	}
	verdict := "Nothing was lost."
	switch {
	case !report.Complete && !report.Balanced:
		verdict = "Something is missing: the sums do not agree."
	case !report.Complete:
		verdict = "Something is missing: see the gaps."
	}
	fmt.Fprintf(w, "%s\n%s to %s: %d messages, %d records = %d kept + %d repeated + %d quarantined + %d filtered\n%s\n\n",
		verdict, report.From.Format(time.RFC3339), report.To.Format(time.RFC3339), report.Messages, report.Counts.Records,
		report.Counts.Kept, report.Counts.Repeated, report.Counts.Quarantined, report.Counts.Filtered, storedText(report))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "INTAKE\tHUB\tPARTITION\tREAD\tMESSAGES\tRECORDS\tKEPT\tREPEATED\tQUARANTINED\tFILTERED")
	for _, p := range report.Partitions {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\n", p.Intake, p.Hub, p.Partition, intervals(p.Intervals),
			p.Messages, p.Counts.Records, p.Counts.Kept, p.Counts.Repeated, p.Counts.Quarantined, p.Counts.Filtered)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the ledger: %w", err)
	}
	for _, p := range report.Partitions {
		for _, g := range p.Gaps {
			fmt.Fprintf(w, "\ngap: %s, hub %s, partition %s: %d to %d, %s\n  %s\n", p.Intake, p.Hub, p.Partition, g.First, g.Last, g.Cause, g.Detail)
		}
	}
	return nil
}

func intervals(list []server.Interval) string {
	text := ""
	for i, iv := range list {
		if i > 0 {
			text += ", "
		}
		if i == 3 && len(list) > 4 {
			return text + fmt.Sprintf("… %d more", len(list)-i)
		}
		text += fmt.Sprintf("%d–%d", iv.First, iv.Last)
	}
	return text
}
