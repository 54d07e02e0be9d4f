package main

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"penstock/census"
	"penstock/config"
	"penstock/format"
	"penstock/formats"
	"penstock/intake"
	"penstock/intakes"
	"penstock/journal"
	"penstock/source"
	"penstock/source/blob"
	"penstock/source/eventhub"
	"penstock/source/file"
	push "penstock/source/http"
	"penstock/source/kafka"
)

func (p *program) openIntakes(ctx context.Context) (err error) {
	p.intakes, err = intakes.Open(ctx, p.state, p.secrets, intakes.Options{
		Configured: p.config.Intakes, Make: p.flow, Formats: p.formats, Clouds: p.config.Clouds, HasRead: p.journal.HasRead,
		WatchStarts: p.ledger.WatchStarts, Deleted: func(name string) { p.gate.Forget(name) }, Incidents: p.ledger, Log: p.log,
	})
	if err != nil {
		return err
	}
	c := &p.config.Server.Push
	p.gate, err = push.NewGate(push.Options{
		Keys: p.intakes, Receipts: push.NewReceipts(p.state), KeyInQuery: c.KeyInQuery, MaxBody: int64(c.MaxBody),
		Full: func() string { return p.journal.State().Waiting }, Stopped: p.intakes.NotCollecting, Registerer: p.metrics, Log: p.log,
	})
	return err
}

func allTables(plan *format.Plan) []string {
	var tables []string
	for _, t := range plan.Tables() {
		tables = append(tables, t.Name)
	}
	return tables
}

// flow makes what an intake runs on. Its metrics are those of one start: they go with it.
func (p *program) flow(in *config.Intake) (_ *intakes.Flow, err error) {
	of, err := p.formats.Get(cmp.Or(in.Format, intakes.Defender))
	if err != nil {
		return nil, fmt.Errorf("intake %s: %w", in.Name, err)
	}
	src, err := p.source(in, of)
	if err != nil {
		return nil, fmt.Errorf("intake %s: %w", in.Name, err)
	}
	var framer func() intake.Framer
	if of.Records.Framed {
		framer = func() intake.Framer { return of.Framer() }
	}
	metrics := prometheus.NewRegistry()
	var observers []*census.Observer
	tables := allTables(p.plan)
	river, err := intake.New(intake.Options{
		Name: in.Name, Source: src, Journal: p.journal, Window: p.window, Plan: p.plan, Detector: p.detection.detector, Framer: framer,
		Witness: func() intake.Witness {
			o := p.detection.census.Observer()
			observers = append(observers, o)
			return o
		},
		Categories: in.Categories, Known: func(table string) bool {
			return slices.ContainsFunc(tables, func(t string) bool { return strings.EqualFold(t, table) })
		},
		SilenceAfter: in.SilenceAfter.Or0(), Incidents: p.ledger, Registerer: metrics, Log: p.log,
	})
	retire := func() {
		for _, o := range observers {
			p.detection.census.Retire(o)
		}
	}
	if err == nil {
		err = p.metrics.Register(metrics)
	}
	if err != nil {
		retire()
		return nil, fmt.Errorf("intake %s: %w", in.Name, err)
	}
	return &intakes.Flow{River: river, Source: src, Close: func() { p.metrics.Unregister(metrics); retire() }}, nil
}

func (p *program) source(in *config.Intake, of *formats.Format) (source.Source, error) {
	resume := func(hub, partition string) (journal.Position, bool) { return p.journal.Resume(in.Name, hub, partition) }
	if in.HTTP != nil {
		o := push.SourceOptions{Intake: in.Name, Rate: in.HTTP.Rate, Resume: resume, Log: p.log}
		if of.Records.Framed {
			o.Framer = func() push.Framer { return of.Framer() }
		}
		return p.gate.Source(o), nil
	}
	if in.Blob != nil {
		return blob.New(blob.Options{Intake: in.Name, Config: *in.Blob, Resume: resume, Incidents: p.ledger, Log: p.log})
	}
	if in.Kafka != nil {
		return kafka.New(kafka.Options{
			Intake: in.Name, Config: *in.Kafka, Instance: instance(p.config.Data), Resume: resume, Restored: p.restored.Of(in.Name),
			Incidents: p.ledger, Log: p.log,
		})
	}
	if in.File != nil {
		return file.New(file.Options{
			Intake: in.Name, Path: in.File.Path, Follow: in.File.Follow, Resume: resume, Incidents: p.ledger, Log: p.log,
		}), nil
	}
	return eventhub.New(eventhub.Options{
		Intake: in.Name, Config: *in.EventHub, Tables: allTables(p.plan), Instance: instance(p.config.Data), Resume: resume, Restored: p.restored.Of(in.Name),
		Incidents: p.ledger, Log: p.log,
	})
}

// instance names this data folder to the others that share a consumer group. It stays the same over restarts, so that a
// process that was killed takes its partitions back at once.
func instance(data string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "penstock"
	}
	if abs, err := filepath.Abs(data); err == nil {
		data = abs
	}
	h := fnv.New32a()
	h.Write([]byte(data))
	return fmt.Sprintf("%s-%08x", host, h.Sum32())
}

// walk walks the way to where an intake reads.
func (p *program) walk(ctx context.Context, in *config.Intake, tell func(source.Step)) error {
	if in.HTTP != nil {
		return p.walkPush(ctx, in, tell)
	}
	return walk(ctx, in, allTables(p.plan), instance(p.config.Data), tell)
}

func walk(ctx context.Context, in *config.Intake, tables []string, instance string, tell func(source.Step)) error {
	if in.HTTP != nil {
		tell(source.Step{Name: "key", State: source.StepPassed, Detail: "senders are let in by the key of the configuration"})
		return nil
	}
	if in.Blob != nil {
		return blob.Walk(ctx, blob.Options{Intake: in.Name, Config: *in.Blob}, tell)
	}
	if in.Kafka != nil {
		return kafka.Walk(ctx, kafka.Options{Intake: in.Name, Config: *in.Kafka}, tell)
	}
	if in.File == nil {
		return eventhub.Walk(ctx, eventhub.Options{Intake: in.Name, Config: *in.EventHub, Tables: tables, Instance: instance}, tell)
	}
	step := source.Step{Name: "file", State: source.StepPassed, Detail: in.File.Path}
	if in.File.Path == "-" {
		step.Detail = "standard input"
	} else if _, err := os.Stat(in.File.Path); err != nil {
		step.State, step.Detail = source.StepFailed, ""
		step.Problem = &source.Problem{Message: err.Error() + ".", Hint: "Check the path and the rights of the user that Penstock runs as.", Time: time.Now(), Cause: err}
		tell(step)
		return step.Problem
	}
	tell(step)
	return nil
}
