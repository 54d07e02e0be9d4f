package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/appendblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"penstock/config"
	"penstock/journal"
	"penstock/source"
	"penstock/source/eventhub/azuritetest"
)

// export writes as Defender does, each test under a prefix of its own, since they share one Azurite.
type export struct {
	t      testing.TB
	server *azuritetest.Server
	prefix string
}

// azurite is started once; go test runs the top-level tests of a package one after the other.
var azurite struct {
	sync.Mutex
	count int
}

func newExport(t testing.TB, server *azuritetest.Server) *export {
	azurite.Lock()
	defer azurite.Unlock()
	azurite.count++
	return &export{t: t, server: server, prefix: fmt.Sprintf("t%d-insights-logs-advancedhunting-", azurite.count)}
}

const root = "tenantId=aaaa/"

// hourName is the blob of an hour of 2026-11-20.
func hourName(hour int) string {
	return fmt.Sprintf("%sy=2026/m=11/d=20/h=%02d/m=00/PT1H.json", root, hour)
}

func (e *export) container(table string) *container.Client {
	e.t.Helper()
	c := e.server.Container(e.prefix+table, false)
	_, _ = c.Create(e.t.Context(), nil) // it may be there
	return c
}

func (e *export) blob(table, name string) *appendblob.Client {
	return e.container(table).NewAppendBlobClient(name)
}

// create makes an append blob, anew where there is one.
func (e *export) create(table, name string) {
	e.t.Helper()
	if _, err := e.blob(table, name).Create(e.t.Context(), nil); err != nil {
		e.t.Fatal(err)
	}
}

// add appends text to a blob, which it makes when it is missing.
func (e *export) add(table, name, text string) {
	e.t.Helper()
	if _, err := e.blob(table, name).GetProperties(e.t.Context(), nil); err != nil {
		e.create(table, name)
	}
	if _, err := e.blob(table, name).AppendBlock(e.t.Context(), streaming.NopCloser(strings.NewReader(text)), nil); err != nil {
		e.t.Fatal(err)
	}
}

func (e *export) options(to *sink, change ...func(*Options)) Options {
	o := Options{
		Intake: "test", Config: config.Blob{ConnectionString: config.Secret(e.server.ConnectionString()), ContainerPrefix: e.prefix, Account: "http://127.0.0.1"},
		Resume: to.resume, Incidents: to,
	}
	o.Config.Poll, o.Config.Sweep, o.Config.Parallel = config.Duration(20*time.Millisecond), config.Duration(20*time.Millisecond), 4
	o.Chunk = 300
	for _, c := range change {
		c(&o)
	}
	return o
}

// lines are records, one a line as Defender ends them.
func lines(from, to int) (text string, list []string) {
	var b strings.Builder
	for i := from; i < to; i++ {
		one := fmt.Sprintf(`{"time":"2026-11-20T00:00:00Z","category":"AdvancedHunting-DeviceInfo","properties":{"n":"%05d"}}`, i)
		list = append(list, one)
		b.WriteString(one + "\r\n")
	}
	return b.String(), list
}

// sink stands for the journal: batches are kept whole or not at all, with their positions.
type sink struct {
	mu        sync.Mutex
	bodies    []string
	positions map[key]journal.Position
	incidents []source.Incident
	refuse    func(batch int) error // asked before a batch is kept
	kept      func(batch int)       // told after
	batches   int
}

func newSink() *sink { return &sink{positions: map[key]journal.Position{}} }

func (s *sink) resume(hub, partition string) (journal.Position, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.positions[key{hub, partition}]
	return p, ok
}

func (s *sink) handle(ctx context.Context, b source.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches++
	if s.refuse != nil {
		if err := s.refuse(s.batches); err != nil {
			return err
		}
	}
	for _, m := range b.Messages {
		k := key{m.Hub, m.Partition}
		if before, ok := s.positions[k]; ok && m.Position.Sequence != before.Sequence+1 {
			return fmt.Errorf("%v goes on at %d after %d", k, m.Position.Sequence, before.Sequence)
		}
		s.positions[k] = m.Position
		if !bytes.Equal(m.Body, nothing) {
			s.bodies = append(s.bodies, string(m.Body))
		}
	}
	if s.kept != nil {
		s.kept(s.batches)
	}
	return b.Ack(ctx)
}

func (s *sink) Open(_ context.Context, i source.Incident) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.incidents = append(s.incidents, i)
	return nil
}

func (s *sink) Close(context.Context, source.IncidentKind, string, string, string) error { return nil }

func (s *sink) list(kind source.IncidentKind) []source.Incident {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []source.Incident
	for _, i := range s.incidents {
		if i.Kind == kind {
			list = append(list, i)
		}
	}
	return list
}

func (s *sink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.bodies)
}

func (s *sink) has(t *testing.T, want []string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	got := slices.Sorted(slices.Values(s.bodies))
	if want = slices.Sorted(slices.Values(want)); !slices.Equal(got, want) {
		t.Errorf("kept %d lines, want %d, each once\n%.2000s", len(got), len(want), strings.Join(got, "\n"))
	}
}

func open(t *testing.T, o Options) *Source {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start runs a source until stop, which waits for it.
func start(t *testing.T, s *Source, handle source.Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, handle) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// rounds waits until the source has looked at everything again.
func rounds(t *testing.T, s *Source) {
	t.Helper()
	s.mu.Lock()
	at := s.looks
	s.mu.Unlock()
	eventually(t, "it is looked again", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.looks >= at+2 })
}

var (
	errFull = errors.New("no room")
)
