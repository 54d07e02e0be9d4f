package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"penstock/config"
	"penstock/format/defender"
	"penstock/formats"
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
			if _, err := planOf(known, c.Mapping); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "ok    configuration  %s\n", path)
			failed := false
			for i := range c.Intakes {
				ok, err := checkIntake(cmd, c, known, &c.Intakes[i])
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

func checkIntake(cmd *cobra.Command, c *config.Config, known *formats.Catalogue, in *config.Intake) (ok bool, err error) {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "\nintake %s\n", in.Name)
	if _, ok := known.Get(in.Format); !ok {
		fmt.Fprintf(out, "FAIL  %-14s there is no format %s\n      %-14s → Put its folder below %s, or give the intake another format.\n", "format", in.Format, "", c.Formats)
		return false, nil
	}
	plan, err := defender.Plan()
	if err != nil {
		return false, err
	}
	told := false
	err = walk(cmd.Context(), in, allTables(plan), instance(c.Data), func(s source.Step) {
		told = told || s.Problem != nil
		printStep(out, s)
	})
	if err != nil && !told {
		return false, errors.Join(fmt.Errorf("intake %s", in.Name), err)
	}
	return err == nil, nil
}

// printStep tells what came of a step; one that did not apply, or was not reached, is left out.
func printStep(out io.Writer, s source.Step) {
	switch s.State {
	case source.StepFailed:
		fmt.Fprintf(out, "FAIL  %-14s %s\n      %-14s → %s\n", s.Name, s.Problem.Message, "", s.Problem.Hint)
	case source.StepPassed:
		fmt.Fprintf(out, "ok    %-14s %s (%s)\n", s.Name, s.Detail, s.Took.Round(time.Millisecond))
	}
}
