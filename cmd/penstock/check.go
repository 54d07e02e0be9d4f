package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"penstock/config"
	"penstock/formats"
	"penstock/intakes"
	"penstock/source"
)

func checkCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the configuration and, step by step, the way to every hub and its storage",
		Long: `Says of each step what was found, or what is wrong and what to do. Nothing is read from a hub. Exits with status 1 when
a step failed.`,
		Example: `  penstock check --config /etc/penstock/penstock.yaml`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(path)
			if err != nil {
				return err
			}
			known, err := formats.Open(c.Formats)
			if err != nil {
				return err
			}
			plan, err := planOf(known, c.Mapping)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "ok    configuration  %s\n", path)
			for _, b := range known.Broken() {
				printFailure(cmd.OutOrStdout(), "formats", fmt.Sprintf("the format %s is set aside: %s", b.ID, b), b.Hint())
			}
			failed := len(known.Broken()) > 0
			tables := allTables(plan)
			for i := range c.Intakes {
				in := &c.Intakes[i]
				fmt.Fprintf(cmd.OutOrStdout(), "\nintake %s\n", in.Name)
				if _, err := known.Get(in.Format); err != nil {
					missing := &intakes.FormatError{Cause: err}
					printFailure(cmd.OutOrStdout(), "format", missing.Error(), missing.Hint())
					failed = true
				}
				ok, err := checkWay(cmd, c, in, tables)
				if err != nil {
					return err
				}
				failed = failed || !ok
			}
			if failed {
				return exitCode(1)
			}
			return nil
		},
	}
	configFlag(cmd, &path)
	return cmd
}

// checkWay walks the way to where an intake reads.
func checkWay(cmd *cobra.Command, c *config.Config, in *config.Intake, tables []string) (ok bool, err error) {
	told := false
	err = walk(cmd.Context(), in, tables, instance(c.Data), func(s source.Step) {
		told = told || s.Problem != nil
		printStep(cmd.OutOrStdout(), s)
	})
	if err != nil && !told {
		return false, errors.Join(fmt.Errorf("intake %s", in.Name), err)
	}
	return err == nil, nil
}

func printFailure(out io.Writer, what, message, hint string) {
	fmt.Fprintf(out, "FAIL  %-14s %s\n      %-14s → %s\n", what, message, "", hint)
}

// printStep tells what came of a step; one that did not apply, or was not reached, is left out.
func printStep(out io.Writer, s source.Step) {
	switch s.State {
	case source.StepFailed:
		printFailure(out, s.Name, s.Problem.Message, s.Problem.Hint)
	case source.StepPassed:
		fmt.Fprintf(out, "ok    %-14s %s (%s)\n", s.Name, s.Detail, s.Took.Round(time.Millisecond))
	}
}
