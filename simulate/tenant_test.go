package simulate

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func newTenant(t testing.TB, c Config) *Tenant {
	t.Helper()
	if c.Start.IsZero() {
		c.Start = monday
	}
	tenant, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return tenant
}

type envelope struct {
	Time       string         `json:"time"`
	TenantID   string         `json:"tenantId"`
	Operation  string         `json:"operationName"`
	Category   string         `json:"category"`
	Received   string         `json:"_TimeReceivedBySvc"`
	Properties map[string]any `json:"properties"`
	Tenant     string
}

func (e envelope) table() string { return strings.TrimPrefix(e.Category, "AdvancedHunting-") }

func decode(t testing.TB, record []byte) envelope {
	t.Helper()
	var e envelope
	if err := json.Unmarshal(record, &e); err != nil {
		t.Fatalf("%v\n%s", err, record)
	}
	return e
}

func TestSameSeedGivesSameBytes(t *testing.T) {
	draw := func(seed uint64) []byte {
		tenant := newTenant(t, Config{Seed: seed})
		var out []byte
		for range 5000 {
			out, _ = tenant.Append(out)
		}
		return out
	}
	if !bytes.Equal(draw(1), draw(1)) {
		t.Error("two tenants of one seed differ")
	}
	if bytes.Equal(draw(1), draw(2)) {
		t.Error("two tenants of different seeds are alike")
	}
}

func TestRecordsAreWholeAndInOrder(t *testing.T) {
	tenant := newTenant(t, Config{Seed: 3, Stories: time.Minute})
	seen := map[string]int{}
	var last time.Time
	for range 10_000 {
		next := tenant.Next()
		record, meta := tenant.Append(nil)
		e := decode(t, record)
		seen[meta.Table]++
		published, err := time.Parse("2006-01-02T15:04:05.0000000Z", e.Time)
		if err != nil || !published.Equal(meta.Time) || !published.Equal(next) || !published.After(last) {
			t.Fatalf("published %q, after %v, announced for %v: %v", e.Time, last, next, err)
		}
		last = published
		if e.table() != meta.Table || e.Operation != "Publish" || e.Tenant != "DefaultTenant" || e.Properties == nil {
			t.Fatalf("envelope: %s", record)
		}
		event, err := time.Parse(time.RFC3339Nano, e.Properties["Timestamp"].(string))
		if err != nil || event.Sub(published) > 0 || meta.Event.Sub(event).Abs() > time.Second {
			t.Fatalf("%s: event at %v, said to be at %v, published %v: %v", meta.Table, event, meta.Event, published, err)
		}
	}
	for _, name := range Tables() {
		if seen[name] == 0 {
			t.Errorf("no record of %s", name)
		}
	}
	if len(Tables()) != 28 || !slices.IsSorted(Tables()) {
		t.Errorf("tables: %v", Tables())
	}
}

func BenchmarkAppend(b *testing.B) {
	tenant := newTenant(b, Config{Seed: 1, Steady: true, Rate: 2000})
	var buf []byte
	var total int64
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = tenant.Append(buf[:0])
		total += int64(len(buf))
	}
	b.SetBytes(total / int64(b.N))
}
