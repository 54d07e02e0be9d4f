package intake

import (
	"context"
	"fmt"
	"testing"
	"time"

	"penstock/config"
	"penstock/eventhubtest"
	"penstock/journal"
	"penstock/source/eventhub"
)

func TestFromTheHubToTheJournalOverARestart(t *testing.T) {
	hub, err := eventhubtest.Start(context.WithoutCancel(t.Context()), eventhubtest.Options{Hubs: []eventhubtest.Hub{{Name: "hub", Partitions: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	j, w := open(t, t.TempDir())
	for round := range 2 {
		for i := range 50 {
			body := fmt.Sprintf(`{"records":[%s,%s]}`, rec("DeviceInfo", 100*round+2*i), rec("DeviceInfo", 100*round+2*i+1))
			if _, err := hub.Append("hub", "", []byte(body)); err != nil {
				t.Fatal(err)
			}
		}
		src, err := eventhub.New(eventhub.Options{
			Intake: "test", Config: config.EventHub{ConnectionString: config.Secret(hub.ConnectionString("")), Hub: "hub"},
			Resume: func(hub, partition string) (journal.Position, bool) { return j.Resume("test", hub, partition) },
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := New(Options{Name: "test", Source: src, Journal: j, Window: w, Plan: plan(t)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		for r.State().Counts.Records < 100 && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if c := r.State().Counts; c.Kept != 100 || c.Messages != 50 || c.Repeated != 0 {
			t.Errorf("round %d: %+v", round, c)
		}
	}
}
