package simulate

import (
	"context"
	"strings"
	"testing"
	"time"

	"penstock/eventhubtest"
	"penstock/record"
)

func TestAHubGetsEveryRecord(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	server, err := eventhubtest.Start(ctx, eventhubtest.Options{Hubs: []eventhubtest.Hub{{Name: "defender", Partitions: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}()
	sink, err := OpenEventHub(ctx, server.ConnectionString("defender"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if sink.Partitions() != 3 {
		t.Errorf("%d partitions", sink.Partitions())
	}
	server.Throttle("defender", 300*time.Millisecond)
	state, err := newTenant(t, Config{Seed: 1}).Run(ctx, sink, Options{Records: 3000, Unpaced: true, Partitions: sink.Partitions()})
	if err != nil || state.Records != 3000 {
		t.Fatalf("%+v, %v", state, err)
	}
	if err := sink.Close(ctx); err != nil {
		t.Fatal(err)
	}
	var splitter record.Splitter
	ids := map[record.ID]bool{}
	total := 0
	for _, partition := range []string{"0", "1", "2"} {
		events, err := server.Events("defender", partition, 0, 10_000)
		if err != nil || len(events) == 0 {
			t.Fatalf("partition %s: %d messages, %v", partition, len(events), err)
		}
		for _, e := range events {
			splitter.Split(e.Body, func(r *record.Record) { total++; ids[r.ID] = true }, func(r record.Rejected) { t.Errorf("rejected: %v", r.Reason) })
		}
	}
	if total != 3000 || len(ids) > 2990 || len(ids) < 2850 {
		t.Errorf("%d records, %d of them different", total, len(ids))
	}
}

func TestAHubThatIsNotThereIsNamed(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	server, err := eventhubtest.Start(ctx, eventhubtest.Options{Hubs: []eventhubtest.Hub{{Name: "defender", Partitions: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := OpenEventHub(ctx, server.ConnectionString(""), "other", nil); err == nil || !strings.Contains(err.Error(), `"other"`) {
		t.Errorf("error %v", err)
	}
}
