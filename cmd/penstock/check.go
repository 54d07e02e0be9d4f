package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"penstock/config"
	"penstock/format/defender"
	"penstock/source/eventhub"
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
			if _, err := planWith(c.Mapping); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "ok    configuration  %s\n", path)
			failed := false
			for i := range c.Intakes {
				ok, err := checkIntake(cmd, c, &c.Intakes[i])
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

func checkIntake(cmd *cobra.Command, c *config.Config, in *config.Intake) (ok bool, err error) {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "\nintake %s\n", in.Name)
	if in.File != nil {
		if in.File.Path == "-" {
			fmt.Fprintln(out, "ok    file           standard input")
			return true, nil
		}
		if _, err := os.Stat(in.File.Path); err != nil {
			fmt.Fprintf(out, "FAIL  file           %v\n", err)
			return false, nil
		}
		fmt.Fprintf(out, "ok    file           %s\n", in.File.Path)
		return true, nil
	}
	plan, err := defender.Plan()
	if err != nil {
		return false, err
	}
	var tables []string
	for _, t := range plan.Tables() {
		tables = append(tables, t.Name)
	}
	steps, err := eventhub.Probe(cmd.Context(), eventhub.Options{Intake: in.Name, Config: *in.EventHub, Tables: tables, Instance: instance(c.Data)})
	for _, s := range steps {
		if s.Problem != nil {
			fmt.Fprintf(out, "FAIL  %-14s %s\n      %-14s → %s\n", s.Name, s.Problem.Message, "", s.Problem.Hint)
			continue
		}
		fmt.Fprintf(out, "ok    %-14s %s (%s)\n", s.Name, s.Detail, s.Took.Round(time.Millisecond))
	}
	if err != nil && len(steps) == 0 {
		return false, errors.Join(fmt.Errorf("intake %s", in.Name), err)
	}
	return err == nil, nil
}
