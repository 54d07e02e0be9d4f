package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"penstock/retro"
)

func replayCommand() *cobra.Command {
	c := &client{}
	var r timeRange
	var diff bool
	var mappings, rules, tables []string
	var format string
	cmd := &cobra.Command{
		Use:   "replay --diff [query]",
		Short: "Show what another mapping or other rules would change",
		Long: `Runs stored records through the version of mapping and rules in force and through another one, and shows which fields,
matches and alerts would change. Nothing is changed by it. The other version is the built-in mapping with the files of
--mapping in place of those that are configured, and the rules of --rules in place of those that are enabled; what is not
named stays as it is.`,
		Example: `  penstock replay --diff --mapping new-mapping.yaml --since 7d
  penstock replay --diff --rules ./rules 'host.name: ws-*' --since 24h --format json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !diff {
				return errors.New("say --diff: stored events stay as they are, what can be had is the difference")
			}
			work := &retro.Work{Kind: retro.Diff, Tables: tables, Query: strings.Join(args, "")}
			var err error
			if work.From, work.To, err = r.bounds(time.Now()); err != nil {
				return err
			}
			if work.Files, err = jobFiles(retro.MappingFile, mappings); err != nil {
				return err
			}
			others, err := ruleJobFiles(rules, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if work.Files = append(work.Files, others...); len(work.Files) == 0 {
				return errors.New("name the other version by --mapping, --rules, or both")
			}
			job, err := c.runJob(cmd.Context(), work, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			var d retro.Difference
			if err := c.get(cmd.Context(), jobPath(job.ID)+"/difference", nil, &d); err != nil {
				return err
			}
			if format == "json" {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(&d)
			}
			return showDifference(cmd.OutOrStdout(), &d)
		},
	}
	c.flags(cmd)
	r.flags(cmd, "24h")
	cmd.Flags().BoolVar(&diff, "diff", false, "show the difference")
	cmd.Flags().StringSliceVar(&mappings, "mapping", nil, "mapping files of the other version")
	cmd.Flags().StringSliceVar(&rules, "rules", nil, "rules of the other version: folders, zip archives or files")
	cmd.Flags().StringSliceVar(&tables, "tables", nil, "only these advanced hunting tables")
	cmd.Flags().StringVarP(&format, "format", "f", "table", "table or json")
	return cmd
}

// showDifference writes a difference for people.
func showDifference(out io.Writer, d *retro.Difference) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%d events compared, %d of them become other documents.\n", d.Events, d.Changed)
	if len(d.Fields) > 0 {
		fmt.Fprintln(t, "\nTABLE\tFIELD\tADDED\tREMOVED\tCHANGED\tFOR EXAMPLE")
	}
	for _, f := range d.Fields {
		example := ""
		if len(f.Samples) > 0 {
			example = short(f.Samples[0].Before) + " → " + short(f.Samples[0].After)
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%s\n", f.Table, f.Field, f.Added, f.Removed, f.Changed, example)
	}
	if d.OtherFields > 0 {
		fmt.Fprintf(t, "%d more changes are in fields that are not listed.\n", d.OtherFields)
	}
	if len(d.Rules) > 0 {
		fmt.Fprintln(t, "\nRULE\tLEVEL\tMATCHES\tAFTERWARDS\tGAINED\tLOST\tALERTS GAINED\tALERTS LOST\tFOR EXAMPLE")
	}
	for i := range d.Rules {
		r := &d.Rules[i]
		example := ""
		if len(r.Samples) > 0 {
			example = r.Samples[0].Event + " " + short(r.Samples[0].Summary)
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\t%s\t%s\t%s\n", r.Title, r.Level, r.Before, r.After, r.Gained, r.Lost,
			atLeast(r.AlertsGained, r.AlertsCut), atLeast(r.AlertsLost, r.AlertsCut), example)
	}
	if len(d.Rules) > 0 {
		fmt.Fprintf(t, "\n%s\n", d.Note)
	}
	return t.Flush()
}

// short is a text that fits into a column.
func short(s string) string {
	const most = 60
	if s == "" {
		return "(none)"
	}
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

func atLeast(n int64, more bool) string {
	if more {
		return fmt.Sprintf("%d or more", n)
	}
	return fmt.Sprint(n)
}
