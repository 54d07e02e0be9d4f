package simulate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

// EventHub is a Sink that sends to an Event Hub with Microsoft's SDK. While the hub throttles or cannot be reached it tries
// on, with pauses of up to 30 seconds, and says so in the log.
type EventHub struct {
	client     *azeventhubs.ProducerClient
	hub        string
	partitions []string
	batches    []*azeventhubs.EventDataBatch // by partition, nil while empty
	log        *slog.Logger
}

// OpenEventHub connects to a hub. The connection string may name it (EntityPath); then hub may be empty.
func OpenEventHub(ctx context.Context, connection, hub string, log *slog.Logger) (*EventHub, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if strings.Contains(strings.ToLower(connection), "entitypath=") {
		hub = ""
	}
	client, err := azeventhubs.NewProducerClientFromConnectionString(connection, hub, nil)
	if err != nil {
		return nil, fmt.Errorf("connect to event hub %q (check the connection string): %w", hub, err)
	}
	properties, err := client.GetEventHubProperties(ctx, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ask event hub %q for its partitions (check its name, the key and the network): %w", hub, err), client.Close(context.WithoutCancel(ctx)))
	}
	slices.Sort(properties.PartitionIDs)
	return &EventHub{client: client, hub: properties.Name, partitions: properties.PartitionIDs, batches: make([]*azeventhubs.EventDataBatch, len(properties.PartitionIDs)), log: log}, nil
}

// Partitions is how many the hub has: for Options.Partitions.
func (e *EventHub) Partitions() int { return len(e.partitions) }

// Write implements Sink.
func (e *EventHub) Write(ctx context.Context, m Message) error {
	i := m.Partition % len(e.partitions)
	data := &azeventhubs.EventData{Body: m.Body}
	for range 2 {
		if e.batches[i] == nil {
			batch, err := e.batch(ctx, i)
			if err != nil {
				return err
			}
			e.batches[i] = batch
		}
		err := e.batches[i].AddEventData(data, nil)
		if err == nil {
			return nil
		}
		if !errors.Is(err, azeventhubs.ErrEventDataTooLarge) {
			return fmt.Errorf("add message to batch for event hub %s: %w", e.hub, err)
		}
		if e.batches[i].NumEvents() == 0 {
			return fmt.Errorf("message of %d bytes is larger than event hub %s allows; choose smaller messages", len(m.Body), e.hub)
		}
		if err := e.send(ctx, i); err != nil {
			return err
		}
	}
	return fmt.Errorf("message of %d bytes is larger than event hub %s allows; choose smaller messages", len(m.Body), e.hub)
}

func (e *EventHub) batch(ctx context.Context, i int) (batch *azeventhubs.EventDataBatch, err error) {
	err = e.persist(ctx, "begin a batch", func() error {
		batch, err = e.client.NewEventDataBatch(ctx, &azeventhubs.EventDataBatchOptions{PartitionID: &e.partitions[i]})
		return err
	})
	return batch, err
}

func (e *EventHub) send(ctx context.Context, i int) error {
	batch := e.batches[i]
	if batch == nil || batch.NumEvents() == 0 {
		return nil
	}
	err := e.persist(ctx, "send a batch", func() error { return e.client.SendEventDataBatch(ctx, batch, nil) })
	e.batches[i] = nil
	return err
}

// persist tries until it succeeds, ctx ends, or the hub says that trying on is of no use.
func (e *EventHub) persist(ctx context.Context, doing string, try func() error) error {
	pause := 500 * time.Millisecond
	for {
		err := try()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if refused, ok := errors.AsType[*azeventhubs.Error](err); ok && refused.Code == azeventhubs.ErrorCodeUnauthorizedAccess {
			return fmt.Errorf("%s for event hub %s (the key needs the right to send): %w", doing, e.hub, err)
		}
		e.log.WarnContext(ctx, "event hub does not take the simulated records; trying on", "hub", e.hub, "doing", doing, "pause", pause, "error", err)
		if err := (wallClock{}).Wait(ctx, time.Now().Add(pause)); err != nil {
			return err
		}
		pause = min(2*pause, 30*time.Second)
	}
}

// Flush implements Sink.
func (e *EventHub) Flush(ctx context.Context) error {
	for i := range e.batches {
		if err := e.send(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// Close implements Sink. What was not flushed is lost.
func (e *EventHub) Close(ctx context.Context) error {
	if err := e.client.Close(ctx); err != nil {
		return fmt.Errorf("leave event hub %s: %w", e.hub, err)
	}
	return nil
}
