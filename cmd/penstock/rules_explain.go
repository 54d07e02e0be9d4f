package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"penstock/server"
)

func rulesExplainCommand(c *client) *cobra.Command {
	var recordFile, format string
	var near bool
	cmd := &cobra.Command{
		Use:   "explain RULE EVENT",
		Short: "Tell why a rule matches an event, or why it does not",
		Long: `Tries a rule on a stored event, or on a record from a file, and shows its condition with what became of each part and what
the event has there. With --near-misses it lists the rules in force that missed a stored event by one test.`,
		Example: `  penstock rules explain 521f57f5-6694-4f0e-af33-b6b7d4527406 aea1fe0dc3da04a40814dfe8e19d4222
  penstock rules explain 521f57f5-6694-4f0e-af33-b6b7d4527406 --record record.json
  penstock rules explain --near-misses aea1fe0dc3da04a40814dfe8e19d4222`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if near {
				return c.nearMisses(cmd, args[len(args)-1], format)
			}
			in := map[string]any{}
			switch {
			case recordFile != "" && len(args) == 1:
				record, err := readRecord(cmd, recordFile)
				if err != nil {
					return err
				}
				in["record"] = record
			case recordFile == "" && len(args) == 2:
				in["event"] = args[1]
			default:
				return errors.New("name the rule, and either a stored event or a file by --record")
			}
			var x server.RuleExplanation
			if err := c.send(cmd.Context(), http.MethodPost, "/rules/"+url.PathEscape(args[0])+"/explain", nil, in, &x); err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), &x)
			}
			showExplanation(cmd.OutOrStdout(), &x)
			return nil
		},
	}
	cmd.Flags().StringVar(&recordFile, "record", "", "try the rule on the record in this file instead; -: on standard input")
	cmd.Flags().BoolVar(&near, "near-misses", false, "list the rules that missed the event by one test")
	cmd.Flags().StringVarP(&format, "format", "f", "table", "table or json")
	return cmd
}

// maxRecord bounds a record that is read to be tried.
const maxRecord = 1 << 20

func readRecord(cmd *cobra.Command, path string) (json.RawMessage, error) {
	in := cmd.InOrStdin()
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read a record: %w", err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxRecord+1))
	if err != nil {
		return nil, fmt.Errorf("read a record: %w", err)
	}
	if len(text) > maxRecord {
		return nil, fmt.Errorf("%s has more than %d MiB: it must be one record", path, maxRecord>>20)
	}
	if !json.Valid(text) {
		return nil, fmt.Errorf("%s is not one JSON object: give one record", path)
	}
	return text, nil
}

func showExplanation(out io.Writer, x *server.RuleExplanation) {
	answer := "does not match"
	if x.Matches {
		answer = "matches"
	}
	fmt.Fprintf(out, "%s: it %s\n", x.Rule.Title, answer)
	if x.Reason != "" {
		fmt.Fprintf(out, "It is not tried on anything: %s\n", x.Reason)
	}
	for i := range x.Streams {
		s := &x.Streams[i]
		if s.Outside != "" {
			fmt.Fprintf(out, "\n%s: not tried, %s\n", s.Stream, s.Outside)
			continue
		}
		fmt.Fprintf(out, "\n%s\n", s.Stream)
		showVerdict(out, &s.Condition, 1)
	}
}

func showVerdict(out io.Writer, v *server.Verdict, depth int) {
	mark := "✗"
	if v.Holds {
		mark = "✓"
	}
	name := v.Test
	if name == "" {
		name = strings.TrimSpace(v.Kind + " " + v.Label)
	}
	fmt.Fprintf(out, "%s%s %s", strings.Repeat("  ", depth), mark, name)
	switch {
	case v.Unanswered != "":
		fmt.Fprintf(out, "  [no event can pass: %s]", v.Unanswered)
	case v.Kind == "test" && len(v.Values) == 0:
		fmt.Fprint(out, "  [the event has nothing there]")
	case v.Kind == "test":
		values := make([]string, len(v.Values))
		for i := range v.Values {
			values[i] = short(v.Values[i])
		}
		fmt.Fprintf(out, "  [%s]", strings.Join(values, ", "))
	}
	fmt.Fprintln(out)
	for i := range v.Of {
		showVerdict(out, &v.Of[i], depth+1)
	}
}

func (c *client) nearMisses(cmd *cobra.Command, event, format string) error {
	var list server.NearMisses
	if err := c.get(cmd.Context(), "/events/"+url.PathEscape(event)+"/near-misses", nil, &list); err != nil {
		return err
	}
	if format == "json" {
		return writeJSON(cmd.OutOrStdout(), list.Rules)
	}
	for _, m := range list.Rules {
		fmt.Fprintf(cmd.OutOrStdout(), "%s %s (%s)\n", m.Rule.ID, m.Rule.Title, m.Rule.Level)
		for _, t := range m.Tests {
			fmt.Fprintf(cmd.OutOrStdout(), "  but for %s\n", t)
		}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%d rules missed the event by one test\n", len(list.Rules))
	return nil
}
