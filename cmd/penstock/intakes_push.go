package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"penstock/server"
)

// intakeFlags are the settings that a command line can change: those without secrets.
type intakeFlags struct {
	entity, silence  string
	tags, categories []string
	rate             int
}

func (f *intakeFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.entity, "entity", "", "whose events they are: a site, a customer, a tenant")
	cmd.Flags().StringSliceVar(&f.tags, "tag", nil, "to find it by; may be given several times")
	cmd.Flags().StringSliceVar(&f.categories, "category", nil, "tables or categories to take, * stands for anything; all without")
	cmd.Flags().StringVar(&f.silence, "silence-after", "", "nothing arriving for this long is an incident, as 30m, 1h, 2d; off: never")
	cmd.Flags().IntVar(&f.rate, "rate", 0, "events a second that are taken")
}

// settings are those that were given.
func (f *intakeFlags) settings(cmd *cobra.Command) server.IntakeSettings {
	var s server.IntakeSettings
	f.alter(cmd, &s)
	return s
}

// alter sets those that were given.
func (f *intakeFlags) alter(cmd *cobra.Command, s *server.IntakeSettings) {
	given := func(name string) bool { return cmd.Flags().Changed(name) }
	if given("entity") {
		s.Entity = &f.entity
	}
	if given("silence-after") {
		s.SilenceAfter = &f.silence
	}
	if given("tag") {
		s.Tags = f.tags
	}
	if given("category") {
		s.Categories = f.categories
	}
	if given("rate") {
		s.Rate = &f.rate
	}
}

func intakesCreateCommand(c *client) *cobra.Command {
	f := &intakeFlags{}
	var kind, path string
	cmd := &cobra.Command{
		Use: "create INTAKE", Short: "Make an intake: one that programs send events to by HTTP, or one that reads", Args: cobra.ExactArgs(1),
		Long: `Makes an intake that programs send events to by HTTP, and shows its key, once; or with --source one that reads. What that
needs comes from a file, or from standard input, as JSON with the names of the API: secrets do not belong on a command line.`,
		Example: `  penstock intakes create scripts --entity Headquarters --tag test
  penstock intakes create export --source blob --settings export.json
  echo '{"storageConnectionString": "DefaultEndpointsProtocol=…"}' | penstock intakes create export --source blob --settings -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			settings, err := settingsFrom(cmd, path)
			if err != nil {
				return err
			}
			f.alter(cmd, settings)
			var made server.Intake
			in := server.NewIntake{Name: args[0], Format: "defender", Source: kind, IntakeSettings: *settings}
			if err := c.post(cmd.Context(), "/intakes", in, &made); err != nil {
				return err
			}
			if made.IntakeKey != "" {
				return showKey(cmd.OutOrStdout(), &made)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is made; penstock intakes test %s walks the way to where it reads\n", made.Name, made.Name)
			return nil
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&kind, "source", "http", "how events arrive: eventhub, blob or http")
	cmd.Flags().StringVar(&path, "settings", "", "file with settings as JSON, by the names of the API; - is standard input")
	return cmd
}

// maxSettings bounds a file of settings.
const maxSettings = 1 << 20

// settingsFrom reads settings from a file; none where there is none.
func settingsFrom(cmd *cobra.Command, path string) (*server.IntakeSettings, error) {
	s := &server.IntakeSettings{}
	if path == "" {
		return s, nil
	}
	in := cmd.InOrStdin()
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read the settings: %w", err)
		}
		defer f.Close()
		in = f
	}
	d := json.NewDecoder(io.LimitReader(in, maxSettings))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		return nil, fmt.Errorf("read the settings of %s, expected a JSON object as {\"storageConnectionString\": \"…\"}: %w", path, err)
	}
	return s, nil
}

func intakesEditCommand(c *client) *cobra.Command {
	f := &intakeFlags{}
	cmd := &cobra.Command{
		Use: "edit INTAKE", Short: "Change settings of an intake that are no secrets", Args: cobra.ExactArgs(1),
		Example: "  penstock intakes edit scripts --rate 2000 --silence-after 1d",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.send(cmd.Context(), http.MethodPatch, intakePath(args[0]), nil, f.settings(cmd), nil); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is changed\n", args[0])
			return nil
		},
	}
	f.add(cmd)
	return cmd
}

func intakesRotateCommand(c *client) *cobra.Command {
	var overlap time.Duration
	cmd := &cobra.Command{
		Use: "rotate INTAKE", Short: "Give an intake that programs send to a new key, and show it", Args: cobra.ExactArgs(1),
		Example: "  penstock intakes rotate scripts --overlap 48h",
		RunE: func(cmd *cobra.Command, args []string) error {
			var made server.Intake
			if err := c.post(cmd.Context(), intakePath(args[0])+"/rotate", map[string]any{"overlapHours": overlap.Hours()}, &made); err != nil {
				return err
			}
			return showKey(cmd.OutOrStdout(), &made)
		},
	}
	cmd.Flags().DurationVar(&overlap, "overlap", 24*time.Hour, "how long the key before is taken as well; 0: it ends at once")
	return cmd
}

// showKey shows a key that was just made, with what to do with it.
func showKey(out io.Writer, in *server.Intake) error {
	address := ""
	if in.Push != nil {
		address = in.Push.Address
	}
	_, err := fmt.Fprintf(out, `The key of %s, shown this once:

  %s

Send an event with it:

  curl -H 'X-Intake-Key: %s' -H 'Content-Type: application/json' --data-binary @record.json %s/plain
`, in.Name, in.IntakeKey, in.IntakeKey, address)
	return err
}
