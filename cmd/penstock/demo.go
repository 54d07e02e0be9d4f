package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"penstock/config"
	"penstock/eventhubtest"
	"penstock/simulate"
)

const (
	demoHub   = "defender"
	demoGroup = "penstock"
)

// demonstration is `penstock demo`: a whole world in one process.
type demonstration struct {
	tenant            tenantFlags
	data              string
	listen, hubListen string
	hubKey            string // that the emulator asks for; empty: it takes any
	signIn            bool
}

func demoCommand() *cobra.Command {
	d := &demonstration{}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Simulated tenant → Event Hubs emulator → Penstock → page, in one process",
		Long: `Runs everything on embedded defaults: a simulated tenant sends to an Event Hubs emulator, and Penstock reads from it with
Microsoft's own SDK, as it would from Azure. Nothing leaves this machine. Killed and started again, it goes on where it was.`,
		Example: `  penstock demo
  penstock demo --rate 500 --backfill 1d --data /tmp/demo`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return d.run(cmd.Context(), cmd.ErrOrStderr()) },
	}
	d.tenant.add(cmd, 50)
	cmd.Flags().Lookup("backfill").DefValue = "1h"
	d.tenant.backfill = "1h"
	cmd.Flags().StringVar(&d.data, "data", "data/demo", "folder that holds the demo's hub and Penstock's data")
	cmd.Flags().StringVar(&d.listen, "listen", "127.0.0.1:8400", "address of the page and the API")
	cmd.Flags().BoolVar(&d.signIn, "sign-in", false, "ask for sign-in, as a real Penstock does; the terminal shows the link for the first administrator")
	cmd.Flags().StringVar(&d.hubListen, "hub-listen", "127.0.0.1:5673", "address of the Event Hubs emulator")
	cmd.Flags().StringVar(&d.hubKey, "hub-key", "", "shared access key (of RootManageSharedAccessKey) that the emulator asks for; by default it takes any")
	return cmd
}

func (d *demonstration) run(ctx context.Context, errOut io.Writer) error {
	log := slog.New(slog.NewTextHandler(errOut, nil))
	slog.SetDefault(log)
	if err := os.MkdirAll(d.data, 0o700); err != nil {
		return fmt.Errorf("create the demo's folder: %w", err)
	}
	unlock, err := lockData(d.data)
	if err != nil {
		return err
	}
	defer unlock()
	options := eventhubtest.Options{
		Addr: d.hubListen, Dir: filepath.Join(d.data, "hub"), Logger: log,
		Hubs: []eventhubtest.Hub{{Name: demoHub, Partitions: 4, ConsumerGroups: []string{demoGroup}}},
	}
	if d.hubKey != "" {
		options.Keys = map[string]string{"RootManageSharedAccessKey": d.hubKey}
	}
	hub, err := eventhubtest.Start(ctx, options)
	if err != nil {
		return fmt.Errorf("start the Event Hubs emulator (another address: --hub-listen): %w", err)
	}
	defer hub.Close()
	c, err := d.config(hub.ConnectionString(demoHub))
	if err != nil {
		return err
	}
	p, err := start(ctx, c, log, errOut)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.run(ctx) })
	g.Go(func() error { return d.simulate(ctx, hub.ConnectionString(demoHub), log) })
	fmt.Fprintf(errOut, "\n  Penstock shows a simulated tenant's events on http://%s — Ctrl-C ends it.\n\n", p.listener.Addr())
	return closed(p, g.Wait())
}

// config is what a user would write for the emulator's hub.
func (d *demonstration) config(connection string) (*config.Config, error) {
	signIn := "off"
	if d.signIn {
		signIn = "required"
	}
	text := fmt.Sprintf("data: %q\nserver: {listen: %q, sign_in: %s}\nintakes:\n  - name: defender\n    eventhub: {connection_string: %q, consumer_group: %s}\nlake: {flush: 20s}\n",
		filepath.Join(d.data, "penstock"), d.listen, signIn, connection, demoGroup)
	c, err := config.Parse("demo", []byte(text))
	if err != nil {
		return nil, fmt.Errorf("configure the demo: %w", err)
	}
	return c, nil
}

// simulate writes the tenant's records, going on where the last run stopped.
func (d *demonstration) simulate(ctx context.Context, connection string, log *slog.Logger) error {
	statePath := filepath.Join(d.data, "simulation.json")
	state, err := simulate.LoadState(statePath)
	if err != nil {
		return err
	}
	tenant, err := d.tenant.tenant(state, time.Now().UTC())
	if err != nil {
		return err
	}
	sink, err := simulate.OpenEventHub(ctx, connection, "", log)
	if err != nil {
		return err
	}
	_, err = tenant.Run(ctx, sink, simulate.Options{
		Partitions: sink.Partitions(), Saved: func(s simulate.State) error { return s.Save(statePath) },
	})
	err = errors.Join(err, sink.Close(context.WithoutCancel(ctx)))
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the end is no failure
	}
	return err
}
