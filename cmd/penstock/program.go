package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"penstock/access"
	"penstock/audit"
	"penstock/backup"
	"penstock/config"
	"penstock/export"
	"penstock/format"
	"penstock/formats"
	"penstock/hunt"
	"penstock/intakes"
	"penstock/journal"
	"penstock/lake"
	"penstock/ledger"
	"penstock/quarantine"
	"penstock/retention"
	"penstock/retro"
	"penstock/secret"
	"penstock/server"
	"penstock/server/backend"
	push "penstock/source/http"
	"penstock/state"
)

// program is everything that runs, in the order of the river.
type program struct {
	config  *config.Config
	log     *slog.Logger
	metrics *prometheus.Registry
	unlock  func()
	// restored is what is left of a restore; nil: there was none.
	restored *backup.Restored

	formats    *formats.Catalogue
	plan       *format.Plan
	journal    *journal.Journal
	window     *journal.Window
	lake       *lake.Lake
	retention  *retention.Keeper
	state      *state.DB
	secrets    *secret.Store
	access     *access.Access
	audit      *audit.Log
	ledger     *ledger.Ledger
	quarantine *quarantine.Quarantine
	detection  detection
	jobs       *retro.Jobs
	exports    *export.Exports
	hunts      *hunt.Hunts
	schedules  *hunt.Schedules
	intakes    *intakes.Supervisor
	gate       *push.Gate
	server     *server.Server
	listener   net.Listener
	pushes     net.Listener // where events alone are sent to; nil: they come where the page is
	terminal   io.Writer    // where the one-time link is shown
}

// start opens every room. What was opened is closed again when one fails.
func start(ctx context.Context, c *config.Config, log *slog.Logger, terminal io.Writer) (_ *program, err error) {
	p := &program{config: c, log: log, terminal: terminal, metrics: prometheus.NewRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	p.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, open := range []func(context.Context) error{
		p.openData, p.openJournal, p.openState, p.openAccess, p.openDetection, p.openLake, p.openJobs, p.openHunts, p.openExports, p.openIntakes, p.openServer,
	} {
		if err := open(ctx); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *program) openData(context.Context) (err error) {
	if err := os.MkdirAll(p.config.Data, 0o700); err != nil {
		return fmt.Errorf("create the data folder %s (key data): %w", p.config.Data, err)
	}
	if err := backup.Unfinished(p.config.Data); err != nil {
		return err
	}
	if p.unlock, err = lockData(p.config.Data); err != nil {
		return err
	}
	if p.restored, err = backup.ReadRestored(p.config.Data); err != nil {
		return err
	}
	return p.openFormats()
}

// openFormats reads the formats. A folder with a mistake is set aside, and so are the intakes that name it: what others read
// has nothing to do with it.
func (p *program) openFormats() (err error) {
	if p.formats, err = formats.Open(p.config.Formats); err != nil {
		return err
	}
	for _, b := range p.formats.Broken() {
		p.log.Error("a format is set aside because of a mistake in its folder; everything else works without it", "format", b.ID, "folder", b.Folder, "mistake", b.String(), "hint", b.Hint())
	}
	if err := p.formats.Recall(p.config.Data); err != nil {
		p.log.Error("tables of formats that are away are not known by their columns", "error", err)
	}
	if err := p.formats.Keep(p.config.Data); err != nil {
		return err
	}
	p.plan, err = planOf(p.formats, p.config.Mapping)
	return err
}

func (p *program) openJournal(ctx context.Context) (err error) {
	p.journal, err = journal.Open(filepath.Join(p.config.Data, "journal"), journal.Options{
		MaxBytes: int64(p.config.Journal.MaxSize), Logger: p.log, Registerer: p.metrics,
	})
	if err != nil {
		return err
	}
	p.window, err = journal.OpenWindow(ctx, p.journal, journal.WindowDir(p.config.Data), journal.WindowOptions{
		Span: p.config.Window.Or0(), Logger: p.log,
	})
	return err
}

func (p *program) openState(ctx context.Context) (err error) {
	if p.state, err = state.Open(ctx, statePath(p.config.Data)); err != nil {
		return err
	}
	if p.secrets, err = secret.Open(ctx, p.state, secretsKey(p.config.Data)); err != nil {
		return err
	}
	p.ledger = ledger.New(p.state, ledger.Options{Logger: p.log, Registerer: p.metrics})
	p.quarantine, err = quarantine.New(p.state, quarantine.Options{Incidents: p.ledger, Logger: p.log, Registerer: p.metrics})
	return err
}

func (p *program) openLake(ctx context.Context) (err error) {
	c := &p.config.Lake
	kept, said := c.Kept()
	usual := lake.Retention{MaxAge: kept.Age.Or0(), MaxBytes: int64(kept.Size)}
	p.lake, err = lake.Open(ctx, filepath.Join(p.config.Data, "lake"), p.plan, lake.Options{
		FlushInterval: c.Flush.Or0(), Retention: usual, KeepOriginal: c.KeepOriginal,
		MemoryBytes: int64(c.Memory), Threads: c.Threads, Connections: p.config.Query.MaxConcurrent + 4,
		Observe: func(table string, c lake.Clocks) { p.ledger.Observe(table, ledger.Clocks(c)) },
		Logger:  p.log, Registerer: p.metrics,
	})
	if err != nil {
		return err
	}
	p.retention, err = retention.Open(ctx, p.state, p.lake, usual, said)
	return err
}

func (p *program) openExports(context.Context) (err error) {
	p.exports, err = export.New(p.state, filepath.Join(p.config.Data, "exports"), p.lake, export.Options{Field: p.plan.Field, Hunts: backend.HuntExports(p.hunts), Logger: p.log})
	return err
}

func (p *program) openHunts(ctx context.Context) (err error) {
	c := &p.config.Hunt
	tables, err := p.formats.HuntingTables()
	if err != nil {
		return err
	}
	p.hunts = hunt.New(p.lake, tables, hunt.Options{
		Limits: hunt.Limits{Rows: c.Rows, Timeout: c.Timeout.Or0(), Memory: int64(c.Memory)}, Range: c.Range.Or0(), Concurrent: c.MaxConcurrent,
		Waiting: c.MaxWaiting, SpillBytes: int64(c.Spill), Hosts: c.ExternalHosts, State: p.state, Logger: p.log, Registerer: p.metrics,
	})
	if p.schedules, err = hunt.OpenSchedules(ctx, p.state, p.hunts, p.detection.alerts); err != nil {
		return err
	}
	p.detection.facts.schedules = p.schedules
	return nil
}

// ready says why the program does not do its work at this moment.
func (p *program) ready(context.Context) error {
	if s := p.journal.State(); s.Waiting != "" {
		return errors.New(s.Waiting)
	}
	return nil
}

// run runs every room until ctx ends or one fails, and waits for all of them.
func (p *program) run(ctx context.Context) error {
	lakeReader, err := p.journal.Reader("lake")
	if err != nil {
		return err
	}
	stateReader, err := p.journal.Reader("state")
	if err != nil {
		return err
	}
	stateReader.AccountOnly()
	alertReader, err := p.journal.Reader("alert")
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	p.detection.run(ctx, g, p, alertReader)
	g.Go(func() error { return p.lake.Run(ctx, lakeReader) })
	g.Go(func() error { return p.lake.Upkeep(ctx) })
	g.Go(func() error { return p.jobs.Run(ctx) })
	g.Go(func() error { return p.exports.Run(ctx) })
	g.Go(func() error { return p.schedules.Work(ctx) })
	g.Go(func() error { return p.state.Follow(ctx, stateReader, "state", p.log, p.ledger, p.quarantine) })
	g.Go(func() error { p.ledger.WatchJournal(ctx, p.journal); return nil })
	g.Go(func() error { p.quarantine.Watch(ctx); return nil })
	g.Go(func() error { p.access.Upkeep(ctx); return nil })
	g.Go(func() error { p.audit.Upkeep(ctx); return nil })
	g.Go(func() error { return p.server.Serve(ctx, p.listener) })
	if p.pushes != nil {
		g.Go(func() error { return p.server.ServePush(ctx, p.pushes) })
	}
	g.Go(func() error { return p.intakes.Run(ctx) })
	p.log.Info("penstock runs", "version", version, "page", p.page(), "intakes", len(p.intakes.List()), "data", p.config.Data)
	if err := p.welcome(ctx); err != nil {
		p.log.Error("the link for the first administrator cannot be made", "error", err)
	}
	err = g.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	// The intakes have ended by now: nothing is counted any more.
	return errors.Join(err, p.detection.census.Save(context.WithoutCancel(ctx)))
}

// close closes the rooms that are open, the river's end first.
func (p *program) close() error {
	var errs []error
	for _, l := range []net.Listener{p.listener, p.pushes} {
		if l != nil {
			l.Close() // the server has closed it if it ran
		}
	}
	if p.window != nil {
		errs = append(errs, p.window.Close())
	}
	if p.hunts != nil {
		errs = append(errs, p.hunts.Close())
	}
	if p.lake != nil {
		errs = append(errs, p.lake.Close())
	}
	if p.journal != nil {
		errs = append(errs, p.journal.Close())
	}
	if p.state != nil {
		errs = append(errs, p.state.Close())
	}
	if p.unlock != nil {
		p.unlock()
	}
	return errors.Join(errs...)
}
