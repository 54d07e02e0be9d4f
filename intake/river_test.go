package intake

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"penstock/format"
	"penstock/format/defender"
	"penstock/journal"
	"penstock/source"
	"penstock/source/file"
)

// memory is a journal that does not outlive the test; full blocks it, fail makes it refuse.
type memory struct {
	mu       sync.Mutex
	messages []journal.Message
	full     chan struct{} // Append waits until it is closed
	fail     int           // so many calls fail
	entered  func()        // called when Append begins to wait
}

func (m *memory) Append(ctx context.Context, b journal.Batch) error {
	if m.full != nil {
		if m.entered != nil {
			m.entered()
		}
		select {
		case <-m.full:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail > 0 {
		m.fail--
		return errors.New("no room")
	}
	for _, msg := range b.Messages {
		msg.Entries = slices.Clone(msg.Entries)
		for i := range msg.Entries {
			msg.Entries[i].Data = bytes.Clone(msg.Entries[i].Data)
		}
		m.messages = append(m.messages, msg)
	}
	return nil
}

func (m *memory) entries() (kept, rejected []journal.Entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, msg := range m.messages {
		for _, e := range msg.Entries {
			if e.Rejected {
				rejected = append(rejected, e)
			} else {
				kept = append(kept, e)
			}
		}
	}
	return kept, rejected
}

// open opens a journal with its window.
func open(t testing.TB, dir string) (*journal.Journal, *journal.Window) {
	t.Helper()
	j, err := journal.Open(filepath.Join(dir, "journal"), journal.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	w, err := journal.OpenWindow(t.Context(), j, journal.WindowDir(dir), journal.WindowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j, w
}

func rec(table string, n int) string {
	return fmt.Sprintf(`{"time":"2026-11-23T08:00:00Z","tenantId":"t","category":"AdvancedHunting-%s","properties":{"n":%d}}`, table, n)
}

func plan(t testing.TB) *format.Plan {
	t.Helper()
	p, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// river makes one that reads the lines given from a file.
func river(t *testing.T, o Options, lines ...string) *River {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.ndjson")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	if o.Window == nil {
		_, o.Window = open(t, t.TempDir())
	}
	o.Plan = plan(t)
	o.Name, o.Source = "test", file.New(file.Options{Intake: "test", Path: path, BatchBytes: 4096})
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryRecordIsAccountedFor(t *testing.T) {
	to := new(memory)
	registry := prometheus.NewRegistry()
	r := river(t, Options{Journal: to, Categories: []string{"Device*", "advancedhunting-EMAILEVENTS"}, Registerer: registry,
		Known: func(table string) bool { return table != "DeviceNews" }},
		rec("DeviceInfo", 1),
		`{"records":[`+rec("DeviceInfo", 2)+`,{"broken:1},`+rec("EmailEvents", 3)+`,`+rec("AlertInfo", 4)+`]}`,
		rec("DeviceInfo", 1),
		`{"records":[`+rec("DeviceNews", 5)+`,`+rec("DeviceNews", 5)+`]}`,
		`{"type":"heartbeat"}`,
		`not json`,
	)
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := r.State()
	kept, rejected := to.entries()
	if want := (Counts{Messages: 6, Records: 9, Kept: 4, Repeated: 2, Rejected: 2, Filtered: 1, Heartbeats: 1}); s.Counts != want {
		t.Errorf("counts %+v, want %+v", s.Counts, want)
	}
	if len(kept) != 4 || len(rejected) != 2 {
		t.Errorf("the journal has %d and %d entries", len(kept), len(rejected))
	}
	for _, m := range to.messages {
		if m.Records != len(m.Entries)+m.Repeated+m.Filtered {
			t.Errorf("the account of message %d does not agree: %+v", m.Position.Sequence, m)
		}
	}
	if len(s.Tables) != 3 || s.Tables[0].Table != "DeviceInfo" || s.Tables[0].Events != 2 || !s.Tables[1].Unmapped || s.EventsPerSecond == 0 {
		t.Errorf("tables %+v", s.Tables)
	}
	if n, err := testutil.GatherAndCount(registry, "penstock_intake_records_total", "penstock_source_last_sequence_number"); err != nil || n != 5 {
		t.Errorf("%d metrics, %v", n, err)
	}
}

func TestWhatTheJournalRefusesComesAgainAndIsNoRepeat(t *testing.T) {
	to := &memory{fail: 2}
	r := river(t, Options{Journal: to}, rec("DeviceInfo", 1), rec("DeviceInfo", 2))
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if kept, _ := to.entries(); len(kept) != 2 || r.State().Counts.Repeated != 0 {
		t.Errorf("kept %d, %+v", len(kept), r.State().Counts)
	}
}

func TestManyRecordsKeepTheirOrder(t *testing.T) {
	var lines []string
	for i := range 5000 {
		lines = append(lines, rec("DeviceInfo", i))
	}
	to := new(memory)
	r := river(t, Options{Journal: to, Workers: 3}, lines...)
	r.options.Source = file.New(file.Options{Path: r.options.Source.Status().Partitions[0].Hub})
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept, _ := to.entries()
	if len(kept) != len(lines) {
		t.Fatalf("kept %d", len(kept))
	}
	for i, e := range kept {
		if string(e.Data) != lines[i] {
			t.Fatalf("entry %d is %s", i, e.Data)
		}
	}
}

func TestAFullJournalHoldsReadingBackUntilThereIsRoom(t *testing.T) {
	to := &memory{full: make(chan struct{})}
	r := river(t, Options{Journal: to}, rec("DeviceInfo", 1))
	done := make(chan error)
	go func() { done <- r.Run(t.Context()) }()
	for r.State().State != Waiting {
		time.Sleep(10 * time.Millisecond)
	}
	close(to.full)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if kept, _ := to.entries(); len(kept) != 1 {
		t.Errorf("kept %d", len(kept))
	}
}

func TestAStopDoesNotWaitForAFullJournalForEver(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	to := &memory{full: make(chan struct{}), entered: cancel}
	r := river(t, Options{Journal: to, Drain: 50 * time.Millisecond}, rec("DeviceInfo", 1))
	if err := r.Run(ctx); err != nil {
		t.Error(err)
	}
}

func TestCompressedBodiesAreKeptAsTheyWere(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprintf(z, `{"records":[%s]}`, rec("DeviceInfo", 1))
	z.Close()
	d := &decoder{filter: &filter{}, plan: plan(t)}
	first, _ := d.message(&source.Message{Body: b.Bytes()})
	b2 := bytes.Buffer{}
	z.Reset(&b2)
	fmt.Fprintf(z, `{"records":[%s]}`, rec("DeviceInfo", 2))
	z.Close()
	d.message(&source.Message{Body: b2.Bytes()})
	if len(first.Entries) != 1 || string(first.Entries[0].Data) != rec("DeviceInfo", 1) {
		t.Errorf("got %+v", first.Entries)
	}
}

func TestReplayKeepsWhatIsUnderstoodNow(t *testing.T) {
	to := new(memory)
	r := river(t, Options{Journal: to})
	r.options.Source = file.New(file.Options{Path: r.options.Source.Status().Partitions[0].Hub, Follow: true})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	origin := Origin{Hub: "h", Partition: "3", Position: journal.Position{Sequence: 7}}
	got, err := r.Replay(ctx, []byte(`{"records":[`+rec("DeviceInfo", 1)+`,{"still:broken}]}`), origin)
	if err != nil || got != (Outcome{Kept: 1, Rejected: 1}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err = r.Replay(ctx, []byte(rec("DeviceInfo", 1)), origin); err != nil || got != (Outcome{Repeated: 1}) {
		t.Errorf("the second time got %+v, %v", got, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, rejected := to.entries(); len(rejected) != 0 || to.messages[0].Partition != "replay:3" {
		t.Errorf("journal has %+v", to.messages)
	}
	if _, err := r.Replay(t.Context(), []byte(rec("DeviceInfo", 2)), origin); !errors.Is(err, errStopped) {
		t.Errorf("after the stop: %v", err)
	}
}

type incidents struct {
	mu   sync.Mutex
	open map[source.IncidentKind]int
}

func (i *incidents) Open(_ context.Context, one source.Incident) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.open[one.Kind]++
	return nil
}

func (i *incidents) Close(_ context.Context, kind source.IncidentKind, _, _, _ string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.open[kind]--
	return nil
}

func (i *incidents) count(kind source.IncidentKind) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.open[kind]
}

func TestSilenceIsAnIncidentUntilSomethingArrives(t *testing.T) {
	to, noted := new(memory), &incidents{open: make(map[source.IncidentKind]int)}
	r := river(t, Options{Journal: to, SilenceAfter: 30 * time.Millisecond, Incidents: noted})
	path := r.options.Source.Status().Partitions[0].Hub
	r.options.Source = file.New(file.Options{Path: path, Follow: true, Poll: time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	for noted.count(source.Silence) != 1 {
		time.Sleep(time.Millisecond)
	}
	if w := r.State().Warnings; len(w) != 1 || !strings.Contains(w[0], "Nothing has arrived") {
		t.Errorf("warnings %q", w)
	}
	for n := 0; noted.count(source.Silence) != 0; n++ {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(f, rec("DeviceInfo", n))
		f.Close()
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestARecordIsInTheJournalOnceHoweverOftenItIsReadAndRestarted(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "in.ndjson")
	lines := []string{rec("DeviceInfo", 1), rec("DeviceInfo", 2), rec("DeviceInfo", 1), "not json"}
	for round := range 3 {
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			j, w := open(t, dir)
			src := file.New(file.Options{Intake: "test", Path: path, Resume: func(hub, partition string) (journal.Position, bool) { return j.Resume("test", hub, partition) }})
			r, err := New(Options{Name: "test", Source: src, Journal: j, Window: w, Plan: plan(t)})
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
		lines = append(lines, rec("DeviceInfo", 2), rec("DeviceInfo", 10+round))
	}
	j, _ := open(t, dir)
	reader, err := j.Reader("check")
	if err != nil {
		t.Fatal(err)
	}
	var got, repeated, sequence int
	for sequence < 7 {
		block, err := reader.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range block.Batches {
			for _, m := range b.Messages {
				got += len(m.Entries)
				repeated += m.Repeated
				if int(m.Position.Sequence) != sequence {
					t.Errorf("sequence %d where %d was to come", m.Position.Sequence, sequence)
				}
				sequence++
			}
		}
	}
	if got != 5 || repeated != 3 {
		t.Errorf("%d entries, %d repeated", got, repeated)
	}
}

func TestValuesThatDoNotFitAreCountedByTableAndField(t *testing.T) {
	registry := prometheus.NewRegistry()
	to := new(memory)
	process := func(pid string) string {
		return fmt.Sprintf(`{"category":"AdvancedHunting-DeviceProcessEvents","properties":{"ActionType":"ProcessCreated","ProcessId":%s}}`, pid)
	}
	r := river(t, Options{Journal: to, Registerer: registry}, process("4"), process(`"four"`), process(`"five"`), process(`"five"`),
		`{"category":"AdvancedHunting-DeviceNetworkEvents","properties":{"RemoteIP":"nowhere","LocalPort":"x"}}`)
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	warnings := strings.Join(r.State().Warnings, " ")
	if want := "4 so far, in process.pid of DeviceProcessEvents (3), source.port of DeviceNetworkEvents (1)"; !strings.Contains(warnings, want) {
		t.Errorf("%q does not say %q", warnings, want)
	}
	if n := testutil.ToFloat64(r.metrics.misfits.WithLabelValues("DeviceProcessEvents", "process.pid")); n != 3 {
		t.Errorf("the metric is %v", n)
	}
}
