package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"penstock/backup"
	"penstock/config"
	"penstock/doctor"
	"penstock/format/defender"
	"penstock/formats"
	"penstock/intakes"
	"penstock/journal"
	"penstock/ledger"
	"penstock/notify"
	"penstock/quarantine"
	"penstock/secret"
	"penstock/server"
	"penstock/source"
	"penstock/source/blob"
	"penstock/source/eventhub"
	"penstock/source/kafka"
	"penstock/state"
)

// examination is an installation as the doctor looks at it, from within or from beside.
type examination struct {
	config *config.Config
	path   string // of the configuration; empty: it is not known
	// running: a Penstock uses the data folder.
	running  bool
	known    []intakes.Known
	tables   []string // that may come to a hub of their own
	formats  *formats.Catalogue
	resume   func(intake string) source.Resume
	restored *backup.Restored // nil: nothing was restored
	probes   []doctor.Probe   // what else there is to look at
	hidden   []string
	close    func()
}

// lookAround opens the state beside whoever has it open, to read alone.
func lookAround(ctx context.Context, c *config.Config, path string) (*examination, error) {
	catalogue, err := formats.Open(c.Formats)
	if err != nil {
		return nil, err
	}
	recalled := catalogue.Recall(c.Data)
	plan, err := planOf(catalogue, c.Mapping)
	if err != nil {
		return nil, err
	}
	e := &examination{config: c, path: path, running: inUse(c.Data), tables: allTables(plan), formats: catalogue, close: func() {}, resume: func(string) source.Resume { return nil }}
	if e.restored, err = backup.ReadRestored(c.Data); err != nil {
		return nil, err
	}
	if recalled != nil {
		e.probes = append(e.probes, doctor.StateUnread("data folder", recalled))
	}
	db, err := state.Look(ctx, statePath(c.Data))
	var secrets *secret.Store
	if err == nil {
		e.close = func() { db.Close() }
		secrets, err = secret.Look(db, secretsKey(c.Data))
	}
	if err == nil {
		e.known, err = intakes.Look(ctx, db, secrets, c, catalogue)
	}
	if err != nil {
		// The intakes of the file can be looked at whatever is wrong with the state.
		e.known, _ = intakes.Look(ctx, nil, nil, c, catalogue)
		if !errors.Is(err, fs.ErrNotExist) {
			e.probes = append(e.probes, doctor.StateUnread("data folder", err))
		}
		return e, nil
	}
	quiet := slog.New(slog.DiscardHandler)
	kept, err := quarantine.New(db, quarantine.Options{Logger: quiet})
	if err != nil {
		e.close()
		return nil, err
	}
	delivery := ledger.New(db, ledger.Options{Logger: quiet})
	e.resume = func(intake string) source.Resume {
		return func(hub, partition string) (p journal.Position, ok bool) {
			return delivery.Reached(ctx, intake, hub, partition)
		}
	}
	e.probes = append(e.probes, keptAside(kept, delivery)...)
	return e, nil
}

// tablesOf are the tables of a format that is not Defender's, of which nothing more is known than that they may come.
func (e *examination) tablesOf(format string) map[string]intakes.Table {
	names, _ := e.formats.Tables(format) // the settings of the intake say why there are none
	tables := map[string]intakes.Table{}
	for _, table := range names {
		tables[table] = intakes.Table{}
	}
	return tables
}

// examination looks from within.
func (p *program) examination(ctx context.Context) (*examination, error) {
	e := &examination{
		config: p.config, running: true, known: p.intakes.Known(), tables: allTables(p.plan), formats: p.formats, close: func() {}, restored: p.restored,
		resume: func(intake string) source.Resume {
			return func(hub, partition string) (journal.Position, bool) { return p.journal.Resume(intake, hub, partition) }
		},
		probes: keptAside(p.quarantine, p.ledger),
	}
	targets, err := p.detection.notifier.Targets(ctx)
	if err != nil {
		return nil, err
	}
	for i := range targets {
		t := &targets[i]
		e.hidden = append(e.hidden, t.URL, t.Secret)
		if address := whereTo(t); address != "" && t.Enabled {
			e.probes = append(e.probes, doctor.Target("notifications", t.Name, address))
		}
	}
	return e, nil
}

// doctor answers for the API.
func (p *program) doctor(ctx context.Context, intake string) (*doctor.Report, error) {
	e, err := p.examination(ctx)
	if err != nil {
		return nil, err
	}
	r, err := e.look(ctx, intake, nil)
	if errors.Is(err, errNoIntake) {
		return nil, fmt.Errorf("%w: %w", server.ErrNotFound, err)
	}
	return r, err
}

// keptAside looks at what was not understood, and at what of the delivery is not settled.
func keptAside(kept *quarantine.Quarantine, delivery *ledger.Ledger) []doctor.Probe {
	quarantined := func(ctx context.Context) (n int64, err error) {
		reasons, err := kept.Reasons(ctx)
		for _, count := range reasons {
			n += count
		}
		return n, err
	}
	incidents := func(ctx context.Context) (n int64, err error) {
		now := time.Now()
		list, err := delivery.Incidents(ctx, now, now)
		for i := range list {
			if list[i].Closed.IsZero() {
				n++
			}
		}
		return n, err
	}
	return doctor.Kept("data folder", quarantined, incidents)
}

// whereTo is the host and port that a notification goes to.
func whereTo(t *notify.Target) string {
	if t.SMTP != "" {
		return t.SMTP
	}
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" {
		return ""
	}
	if u.Port() != "" {
		return u.Host
	}
	port := "443"
	if u.Scheme == "http" {
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

var errNoIntake = errors.New("there is no such intake")

// look runs the probes: those of an intake, or of all, and those of the machine.
func (e *examination) look(ctx context.Context, intake string, tell func(doctor.Finding)) (*doctor.Report, error) {
	choices, err := defender.Streaming()
	if err != nil {
		return nil, err
	}
	boxes := map[string]intakes.Table{}
	for table, c := range choices {
		boxes[table] = intakes.Table{Tick: c.Tick(table), Without: c.Without}
	}
	list, found := e.ofMachine(), false
	for i := range e.known {
		k := &e.known[i]
		if intake != "" && k.Name != intake {
			continue
		}
		found = true
		for _, s := range k.Secrets {
			e.hidden = append(e.hidden, s.Reveal())
		}
		mine := boxes
		if k.Format != intakes.Defender {
			mine = e.tablesOf(k.Format)
		}
		list = append(list, k.Probes("intake "+k.Name, mine)...)
		list = append(list, e.ofSource(k)...)
	}
	if intake != "" && !found {
		return nil, fmt.Errorf("%w: %s", errNoIntake, intake)
	}
	e.hideConfigured()
	return doctor.Run(ctx, list, doctor.Options{Hidden: e.hidden, Tell: tell}), nil
}

// ofSource are the probes that the source of an intake brings.
func (e *examination) ofSource(k *intakes.Known) []doctor.Probe {
	subject := "intake " + k.Name
	switch c := k.Config; {
	case c == nil:
		return nil
	case c.EventHub != nil:
		return eventhub.Patient{
			Options: eventhub.Options{Intake: k.Name, Config: *c.EventHub, Tables: e.tables, Instance: instance(e.config.Data), Resume: e.resume(k.Name), Restored: e.restored.Of(k.Name)},
			Subject: subject, Running: e.running && !k.Paused,
		}.Probes()
	case c.Blob != nil:
		return []doctor.Probe{doctor.Way(subject, func(ctx context.Context, tell func(source.Step)) error {
			return blob.Walk(ctx, blob.Options{Intake: k.Name, Config: *c.Blob}, tell)
		})}
	case c.Kafka != nil:
		return []doctor.Probe{doctor.Way(subject, func(ctx context.Context, tell func(source.Step)) error {
			return kafka.Walk(ctx, kafka.Options{Intake: k.Name, Config: *c.Kafka, Restored: e.restored.Of(k.Name)}, tell)
		})}
	case c.File != nil && c.File.Path != "-":
		return []doctor.Probe{doctor.Readable(subject, c.File.Path)}
	}
	return nil
}

// ofMachine are the probes of what all intakes share.
func (e *examination) ofMachine() []doctor.Probe {
	c, b := e.config, build()
	list := []doctor.Probe{doctor.Program("program", b.Version, b.Go, b.DuckDB)}
	if e.path != "" {
		list = append(list, doctor.Configuration(e.path, len(c.Intakes), nil))
	}
	list = append(list, doctor.Private("configuration", e.privateFiles())...)
	list = append(list, e.formats.Probe("formats"))
	list = append(list, doctor.Data("data folder", c.Data)...)
	list = append(list,
		doctor.Damaged("data folder", "the lake", filepath.Join(c.Data, "lake", "damaged")),
		doctor.Damaged("data folder", "the journal", filepath.Join(c.Data, "journal", "damaged")))
	list = append(list, e.probes...)
	heap := debug.SetMemoryLimit(-1)
	if heap > 1<<50 { // nobody has set one
		heap = memoryGoal
	}
	list = append(list, doctor.Limits("machine", heap+int64(c.Lake.Memory))...)
	list = append(list, doctor.Page("page", c.Server.Listen, c.Server.TLS != nil, e.running))
	if t := c.Server.TLS; t != nil && t.CertFile != "" {
		list = append(list, doctor.PageCertificate("page", t.CertFile, t.KeyFile))
	}
	return list
}

// hideConfigured hides the secrets of the configuration.
func (e *examination) hideConfigured() {
	s := &e.config.Server
	e.hidden = append(e.hidden, s.Token.Reveal())
	if s.OIDC != nil {
		e.hidden = append(e.hidden, s.OIDC.ClientSecret.Reveal())
	}
	for i := range e.config.Intakes {
		if h := e.config.Intakes[i].HTTP; h != nil {
			e.hidden = append(e.hidden, h.Key.Reveal(), h.OldKey.Reveal())
		}
	}
}

// inUse says whether a Penstock has a data folder. The lock is only tried, as one of many readers, and given back at once.
func inUse(dir string) bool {
	f, err := os.Open(filepath.Join(dir, "lock"))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}
