package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"penstock/simulate"
)

// tenantFlags describe the simulated tenant.
type tenantFlags struct {
	config   simulate.Config
	backfill string
}

func (f *tenantFlags) add(cmd *cobra.Command, rate float64) {
	cmd.Flags().Uint64Var(&f.config.Seed, "seed", 1, "the same seed gives the same tenant and, from the same start, the same records")
	cmd.Flags().IntVar(&f.config.Devices, "devices", 200, "number of devices")
	cmd.Flags().IntVar(&f.config.Users, "users", 150, "number of users")
	cmd.Flags().Float64Var(&f.config.Rate, "rate", rate, "records a second, on average")
	cmd.Flags().BoolVar(&f.config.Steady, "steady", false, "the same rate at all hours, instead of working hours and nights")
	cmd.Flags().DurationVar(&f.config.Stories, "stories", 5*time.Minute, "time between two attacks; negative: none")
	cmd.Flags().StringSliceVar(&f.config.Only, "only", nil, "attacks that happen: "+strings.Join(simulate.Stories(), ", "))
	cmd.Flags().StringVar(&f.backfill, "backfill", "0s", "history to write first, as fast as it is taken: 7d, 12h")
}

// tenant makes the tenant, going on after a state.
func (f *tenantFlags) tenant(s simulate.State, now time.Time) (*simulate.Tenant, error) {
	history, ok := duration(f.backfill)
	if !ok {
		return nil, fmt.Errorf("--backfill %q: write it like 12h or 7d", f.backfill)
	}
	c := f.config
	c.Start = s.Start(now, history)
	return simulate.New(c)
}

// simulation is where the records of `penstock simulate` go, and until when.
type simulation struct {
	tenant                    tenantFlags
	connection, hub, out      string
	records                   bool
	start, last, state        string
	count                     int64
	unpaced, historyOnly      bool
	messageBytes, messageRecs int
}

func simulateCommand() *cobra.Command {
	s := &simulation{}
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Write the records of a simulated Defender tenant to an Event Hub or a file",
		Long: `A tenant that does not exist: devices, users, mailboxes and cloud apps with working hours and background noise, and
attacks that leave coherent traces over several tables, with Defender's own alerts. Its records have the form in which
Microsoft streams them.`,
		Example: `  penstock simulate --out records.ndjson --records --backfill 1d --history-only
  penstock simulate --out messages.ndjson.zst --count 10000000 --unpaced
  penstock simulate --connection-string "$EVENTHUB" --hub defender --rate 500 --duration 1h
  penstock simulate --out - --records --only mailbox-rule --count 1000 --unpaced`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := s.run(cmd.Context())
			if errors.Is(err, context.Canceled) {
				return nil
			}
			return err
		},
	}
	s.tenant.add(cmd, 20)
	cmd.Flags().StringVar(&s.connection, "connection-string", os.Getenv("PENSTOCK_SIMULATE_EVENTHUB"), "Event Hub to send to (PENSTOCK_SIMULATE_EVENTHUB)")
	cmd.Flags().StringVar(&s.hub, "hub", "", "hub, where the connection string does not name it")
	cmd.Flags().StringVarP(&s.out, "out", "o", "", "file to write instead; .gz and .zst are compressed, - is standard output")
	cmd.Flags().BoolVar(&s.records, "records", false, "with --out: a record a line instead of a message")
	cmd.Flags().StringVar(&s.start, "start", "", "when the tenant's time begins, RFC 3339; default: now, less --backfill")
	cmd.Flags().StringVar(&s.last, "duration", "", "stop after this much of the tenant's time, counted from now")
	cmd.Flags().Int64Var(&s.count, "count", 0, "stop after so many records")
	cmd.Flags().BoolVar(&s.unpaced, "unpaced", false, "as fast as they are taken, also what lies in the future")
	cmd.Flags().BoolVar(&s.historyOnly, "history-only", false, "stop at the present")
	cmd.Flags().StringVar(&s.state, "state", "", "file that remembers where the simulation stopped, to go on there")
	cmd.Flags().IntVar(&s.messageRecs, "message-records", 0, "most records in a message (100)")
	cmd.Flags().IntVar(&s.messageBytes, "message-bytes", 0, "largest message (200 KiB)")
	return cmd
}

func (s *simulation) run(ctx context.Context) error {
	o := simulate.Options{
		Records: s.count, HistoryOnly: s.historyOnly, Unpaced: s.unpaced, MessageBytes: s.messageBytes, MessageRecords: s.messageRecs,
	}
	var state simulate.State
	var err error
	if s.state != "" {
		if state, err = simulate.LoadState(s.state); err != nil {
			return err
		}
		o.Saved = func(now simulate.State) error { return now.Save(s.state) }
	}
	now := time.Now().UTC()
	if s.start != "" {
		if s.tenant.config.Start, err = time.Parse(time.RFC3339, s.start); err != nil {
			return fmt.Errorf("--start %q: write it like 2026-11-23T10:00:00Z", s.start)
		}
		now = s.tenant.config.Start
	}
	if s.last != "" {
		d, ok := duration(s.last)
		if !ok {
			return fmt.Errorf("--duration %q: write it like 90m or 7d", s.last)
		}
		o.Until = now.Add(d)
	}
	tenant, err := s.tenant.tenant(state, now)
	if err != nil {
		return err
	}
	sink, err := s.sink(ctx)
	if err != nil {
		return err
	}
	if hub, ok := sink.(*simulate.EventHub); ok {
		o.Partitions = hub.Partitions()
	}
	_, err = tenant.Run(ctx, sink, o)
	return errors.Join(err, sink.Close(context.WithoutCancel(ctx)))
}

func (s *simulation) sink(ctx context.Context) (simulate.Sink, error) {
	switch {
	case (s.out == "") == (s.connection == ""):
		return nil, errors.New("say where to write: --out FILE, or --connection-string of an Event Hub")
	case s.out != "":
		return simulate.OpenFile(s.out, s.records)
	}
	return simulate.OpenEventHub(ctx, s.connection, s.hub, slog.Default())
}
