package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"penstock/config"
	"penstock/doctor"
	"penstock/server"
)

// doctorFlags are how the doctor is called.
type doctorFlags struct {
	config, data, intake string
	format, failOn       string
	running              bool
	timeout              time.Duration
}

func doctorCommand() *cobra.Command {
	f := &doctorFlags{}
	c := &client{}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find out what is wrong: network, sign-in, hub, storage, disk, limits; what it means and how to mend it",
		Long: `Looks at everything that an intake needs, from the name of the namespace to where reading is, and at this machine. It reads the
configuration and the state and works beside a running Penstock. It leaves nothing behind: a blob that it writes to try the storage
is deleted at once. Secrets are never shown. docs/doctor.md lists what can be found.

Exits with 0 when nothing was found that counts (see --fail-on), with 1 when something was, and with 2 when the doctor itself could
not work. penstock check is the quick one: configuration and connections alone.`,
		Example: `  penstock doctor --config /etc/penstock/penstock.yaml
  penstock doctor --intake headquarters --format json --fail-on warn
  penstock doctor --running     # let the running Penstock look, with its environment and its network`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd, c) },
	}
	configFlag(cmd, &f.config)
	c.flags(cmd)
	cmd.Flags().StringVar(&f.data, "data", "", "data folder, in place of that of the configuration")
	cmd.Flags().StringVar(&f.intake, "intake", "", "look at this intake alone, and at the machine")
	cmd.Flags().StringVar(&f.format, "format", "text", "text, json or ndjson (a finding a line, as they come)")
	cmd.Flags().StringVar(&f.failOn, "fail-on", "fail", "from which severity on the exit status is 1: warn or fail")
	cmd.Flags().BoolVar(&f.running, "running", false, "have the running Penstock look (see --server)")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 2*time.Minute, "how long looking may take altogether")
	return cmd
}

func (f *doctorFlags) run(cmd *cobra.Command, c *client) error {
	if !slices.Contains([]string{"text", "json", "ndjson"}, f.format) {
		return fmt.Errorf("--format %s: expected text, json or ndjson", f.format)
	}
	if f.failOn != string(doctor.Warn) && f.failOn != string(doctor.Fail) {
		return fmt.Errorf("--fail-on %s: expected warn or fail", f.failOn)
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	defer cancel()
	out := cmd.OutOrStdout()
	line := json.NewEncoder(out)
	var writing error
	tell := func(finding doctor.Finding) {
		if f.format == "ndjson" {
			writing = errors.Join(writing, line.Encode(finding))
		}
	}
	r, err := f.report(ctx, c, tell)
	if err != nil {
		return err
	}
	if err := errors.Join(writing, f.write(out, r)); err != nil {
		return err
	}
	if r.Worst.AtLeast(doctor.Severity(f.failOn)) {
		return exitCode(1)
	}
	return nil
}

func (f *doctorFlags) write(out io.Writer, r *doctor.Report) error {
	switch f.format {
	case "json":
		return writeJSON(out, r)
	case "text":
		return r.Write(out)
	}
	return nil
}

// report lets the running Penstock look, or looks from here.
func (f *doctorFlags) report(ctx context.Context, c *client, tell func(doctor.Finding)) (*doctor.Report, error) {
	if f.running {
		var r doctor.Report
		if err := c.post(ctx, "/doctor", server.DoctorRequest{Intake: f.intake}, &r); err != nil {
			return nil, err
		}
		for _, finding := range r.Findings {
			tell(finding)
		}
		return &r, nil
	}
	conf, err := config.Load(f.config)
	if err != nil {
		return doctor.Run(ctx, []doctor.Probe{doctor.Configuration(f.config, 0, err)}, doctor.Options{Tell: tell}), nil
	}
	if f.data != "" {
		conf.Data = f.data
	}
	e, err := lookAround(ctx, conf, f.config)
	if err != nil {
		return nil, err
	}
	defer e.close()
	return e.look(ctx, f.intake, tell)
}
