package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"penstock/server"
	"penstock/source"
)

func intakesCommand() *cobra.Command {
	c := &client{}
	cmd := &cobra.Command{
		Use: "intakes", Short: "The intakes of a running Penstock: list, show, make, edit, test, rotate keys, pause, resume, delete",
		Example: "  penstock intakes list\n  penstock intakes test headquarters\n  penstock intakes pause headquarters",
	}
	c.flags(cmd)
	cmd.AddCommand(intakesListCommand(c), intakesShowCommand(c), intakesTestCommand(c), intakesCreateCommand(c), intakesEditCommand(c), intakesRotateCommand(c),
		intakesActCommand(c, "end-old-keys", "End the keys that were replaced and are still taken", http.MethodPost, "/end-old-keys", "is opened by its newest key alone"),
		intakesActCommand(c, "pause", "Stop reading, once what was read is durable", http.MethodPost, "/pause", "is paused"),
		intakesActCommand(c, "resume", "Read on where it was paused", http.MethodPost, "/resume", "reads on"),
		intakesActCommand(c, "delete", "Delete an intake with its secrets; its events stay, with its name", http.MethodDelete, "", "is deleted; its events stay"))
	return cmd
}

func intakePath(name string) string { return "/intakes/" + url.PathEscape(name) }

func intakesListCommand(c *client) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "list", Short: "List the intakes and how they are doing", Args: cobra.NoArgs, Example: "  penstock intakes list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list server.IntakeList
			if err := c.get(cmd.Context(), "/intakes", nil, &list); err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(cmd.OutOrStdout(), list.Intakes)
			}
			t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "NAME\tFROM\tSOURCE\tSTATE\tEVENTS/S\tLAST MESSAGE\tENTITY\tPROBLEM")
			for i := range list.Intakes {
				in := &list.Intakes[i]
				last, entity := "never", ""
				if in.LastMessage != nil {
					last = in.LastMessage.Format(time.RFC3339)
				}
				if in.Entity != nil {
					entity = *in.Entity
				}
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.1f\t%s\t%s\t%s\n", in.Name, in.Origin, in.Source, in.State, in.EventsPerSecond, last, entity, in.Problem)
			}
			return t.Flush()
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "table", "table or json")
	return cmd
}

func intakesShowCommand(c *client) *cobra.Command {
	return &cobra.Command{
		Use: "show INTAKE", Short: "Show all that is known of an intake, as JSON; secrets are only said to be set", Args: cobra.ExactArgs(1),
		Example: "  penstock intakes show headquarters",
		RunE: func(cmd *cobra.Command, args []string) error {
			var in server.Intake
			if err := c.get(cmd.Context(), intakePath(args[0]), nil, &in); err != nil {
				return err
			}
			return writeJSON(cmd.OutOrStdout(), in)
		},
	}
}

func intakesActCommand(c *client, verb, short, method, path, done string) *cobra.Command {
	return &cobra.Command{
		Use: verb + " INTAKE", Short: short, Args: cobra.ExactArgs(1), Example: "  penstock intakes " + verb + " headquarters",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.do(cmd.Context(), method, intakePath(args[0])+path, nil, nil); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", args[0], done)
			return nil
		},
	}
}

func intakesTestCommand(c *client) *cobra.Command {
	return &cobra.Command{
		Use: "test INTAKE", Short: "Walk the way to the hub of an intake, step by step; exits with 1 when a step failed", Args: cobra.ExactArgs(1),
		Example: "  penstock intakes test headquarters",
		RunE: func(cmd *cobra.Command, args []string) error {
			var end *server.TestEnd
			err := c.stream(cmd.Context(), "/intakes/test", server.IntakeTest{Name: args[0]}, func(event string, data []byte) error {
				if event == "end" {
					return json.Unmarshal(data, &end)
				}
				var s server.TestStep
				if err := json.Unmarshal(data, &s); err != nil {
					return err
				}
				step := source.Step{Name: s.Name, State: source.StepState(s.State), Detail: s.Found, Took: time.Duration(s.Seconds * float64(time.Second))}
				if s.Problem != "" {
					step.Problem = &source.Problem{Message: s.Problem, Hint: s.Hint}
				}
				if s.State == "running" && s.Found != "" { // it waits for somebody to do something
					fmt.Fprintf(cmd.OutOrStdout(), "...   %-14s %s\n", s.Name, s.Found)
				}
				printStep(cmd.OutOrStdout(), step)
				return nil
			})
			switch {
			case err != nil:
				return err
			case end == nil:
				return errors.New("the test ended early: is Penstock still running?")
			case end.Reason != "":
				return errors.New(strings.ToLower(end.Reason[:1]) + end.Reason[1:])
			case !end.Passed:
				return exitCode(1)
			}
			return nil
		},
	}
}
