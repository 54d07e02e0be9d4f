package eventhubtest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/eventhubtest"
)

func trySend(t *testing.T, p *azeventhubs.ProducerClient) error {
	t.Helper()
	ctx := withTimeout(t)
	b, err := p.NewEventDataBatch(ctx, &azeventhubs.EventDataBatchOptions{PartitionID: to.Ptr("0")})
	if err != nil {
		return err
	}
	if err := b.AddEventData(&azeventhubs.EventData{Body: []byte("x")}, nil); err != nil {
		t.Fatal(err)
	}
	return p.SendEventDataBatch(ctx, b, nil)
}

func TestAReceiverSurvivesDropsAndDetaches(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	pc, err := newConsumer(t, s.ConnectionString(hubName), "$Default").NewPartitionClient("0", earliest)
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close(context.Background())
	faults := map[string]func() int{
		"drop":   s.DropConnections,
		"detach": func() int { return s.DetachLinks(hubName, "0", "amqp:link:detach-forced", "The link is moved.") },
	}
	n := int64(0)
	for range 3 {
		for name, fault := range faults {
			if _, err := s.Append(hubName, "0", []byte(fmt.Sprint(n))); err != nil {
				t.Fatal(err)
			}
			if e := receiveFrom(t, pc, 1)[0]; e.SequenceNumber != n {
				t.Fatalf("%s: event %d came, %d was expected", name, e.SequenceNumber, n)
			}
			if fault() == 0 {
				t.Errorf("%s: nobody was hit", name)
			}
			n++
		}
	}
}

func TestThrottlingGivesServerBusyUntilItIsOver(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	p := newProducer(t, s.ConnectionString(hubName))
	if err := trySend(t, p); err != nil {
		t.Fatal(err)
	}
	s.Throttle(hubName, time.Hour)
	if err := trySend(t, p); err == nil || !strings.Contains(err.Error(), "com.microsoft:server-busy") {
		t.Errorf("a throttled send gave %v", err)
	}
	if _, err := p.GetEventHubProperties(withTimeout(t), nil); err == nil || !strings.Contains(err.Error(), "throttled") {
		t.Errorf("a throttled request gave %v", err)
	}
	s.Throttle(hubName, 0)
	if err := trySend(t, p); err != nil {
		t.Errorf("after throttling: %v", err)
	}
}

func TestConnectionsAreRefusedUntilItIsOver(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	p := newProducer(t, s.ConnectionString(hubName))
	s.Refuse(time.Hour)
	if err := trySend(t, p); err == nil {
		t.Error("a refused client could send")
	}
	s.Refuse(0)
	if err := trySend(t, p); err != nil {
		t.Errorf("after refusing: %v", err)
	}
}

func TestEventsAreDeliveredTwice(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	if _, err := s.Append(hubName, "0", []byte("a"), []byte("b"), []byte("c")); err != nil {
		t.Fatal(err)
	}
	pc, err := newConsumer(t, s.ConnectionString(hubName), "$Default").NewPartitionClient("0", earliest)
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close(context.Background())
	got := bodies(receiveFrom(t, pc, 3))
	if n, err := s.Redeliver(hubName, "0", 2); n != 1 || err != nil {
		t.Fatalf("%d receivers, %v", n, err)
	}
	if got += " " + bodies(receiveFrom(t, pc, 2)); got != "a b c b c" {
		t.Errorf("got %q", got)
	}
}

func TestADelayedSendIsLate(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	p := newProducer(t, s.ConnectionString(hubName))
	s.Delay(time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	b, err := p.NewEventDataBatch(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.AddEventData(&azeventhubs.EventData{Body: []byte("x")}, nil); err != nil {
		t.Fatal(err)
	}
	if err := p.SendEventDataBatch(ctx, b, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	s.DropConnections()
}

func TestADeletedHubIsNotFound(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	p := newProducer(t, s.ConnectionString(hubName))
	if err := trySend(t, p); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteHub(hubName); err != nil {
		t.Fatal(err)
	}
	if err := trySend(t, p); err == nil || !strings.Contains(err.Error(), "amqp:not-found") {
		t.Errorf("got %v", err)
	}
}

func TestTheServerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := eventhubtest.Start(ctx, eventhubtest.Options{Hubs: []eventhubtest.Hub{{Name: hubName}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := trySend(t, newProducer(t, s.ConnectionString(hubName))); err != nil {
		t.Fatal(err)
	}
	cancel()
	waitFor(t, "the clients to be gone", func() bool { return s.Connections() == 0 })
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestHubsThatCannotBeAreRefused(t *testing.T) {
	for name, hubs := range map[string][]eventhubtest.Hub{
		"path":       {{Name: "../up"}},
		"empty":      {{}},
		"partitions": {{Name: "a", Partitions: 2000}},
		"twice":      {{Name: "a"}, {Name: "A"}},
	} {
		if s, err := eventhubtest.Start(t.Context(), eventhubtest.Options{Hubs: hubs}); err == nil {
			t.Errorf("%s was taken", name)
			_ = s.Close()
		}
	}
}
