package eventhub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2/checkpoints"
	"golang.org/x/sync/errgroup"

	"penstock/source"
)

// hub reads one hub.
type hub struct {
	source   *Source
	name     string
	log      *slog.Logger
	alone    *alone // keeps its claims over reconnections
	optional bool   // may be missing

	mu         sync.Mutex
	connected  bool
	missing    bool            // which it may be
	problem    *source.Problem // with the hub as a whole
	storage    *source.Problem // with the storage of the checkpoints
	waiting    *source.Problem // for somebody else to end, after a restore
	partitions map[string]*partition
}

func newHub(s *Source, name string, optional bool) *hub {
	return &hub{source: s, name: name, optional: optional, log: s.log.With("hub", name), alone: newAlone(), partitions: make(map[string]*partition)}
}

// Reasons to begin a session anew that are no trouble.
var (
	errGrown   = errors.New("the number of partitions has changed")
	errRebuilt = errors.New("the hub was made anew")
)

// run reads until the context ends. Each session has a client and a credential of its own, so that neither an expired
// token nor a dead connection outlives it.
func (h *hub) run(ctx context.Context, handle source.Handler) {
	wait := h.source.options.Retry.RetryDelay
	for ctx.Err() == nil {
		begun := time.Now()
		err := h.session(ctx, handle)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, errGrown) || errors.Is(err, errRebuilt) {
			h.log.Info("reading begins anew", "reason", err)
			continue
		}
		if h.optional && classify(err) == noHub {
			h.isMissing()
		} else {
			h.fail(explain(err, &h.source.options, h.name))
		}
		if time.Since(begun) > h.source.options.MaxBackoff {
			wait = h.source.options.Retry.RetryDelay
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, h.source.options.MaxBackoff)
	}
}

// leave is how long it may take to close connections and to give partitions back.
const leave = 2 * time.Second

// session connects and reads until something breaks.
func (h *hub) session(ctx context.Context, handle source.Handler) error {
	o := &h.source.options
	consumer, err := o.consumer(h.name)
	if err != nil {
		return err
	}
	defer h.close(consumer)
	properties, err := consumer.GetEventHubProperties(ctx, nil)
	if err != nil {
		return err
	}
	store, err := h.store()
	if err != nil {
		return err
	}
	if h.troubled() {
		// What names a consumer group that is not there connects very well.
		if err := tryPartition(ctx, consumer, properties.PartitionIDs[0], false); err != nil && ofWholeHub(err) {
			return err
		}
	}
	h.connect(properties)
	co := newCoordinator(h, consumer, store, properties)
	processor, err := azeventhubs.NewProcessor(consumer, co, &azeventhubs.ProcessorOptions{
		LoadBalancingStrategy:       azeventhubs.ProcessorStrategyGreedy,
		UpdateInterval:              o.ClaimInterval,
		PartitionExpirationDuration: o.ClaimExpiry,
		StartPositions:              azeventhubs.StartPositions{Default: startPosition(o.Config.Start)},
		Prefetch:                    -1, // credit is given by the memory there is
	})
	if err != nil {
		return err
	}
	return h.read(ctx, consumer, processor, co, properties.PartitionIDs[0], handle)
}

// read runs what belongs to a session. Claims are renewed, and at the end given back, apart from reading: partitions
// stay ours while what was read becomes durable.
func (h *hub) read(ctx context.Context, consumer *azeventhubs.ConsumerClient, processor *azeventhubs.Processor, co *coordinator, first string, handle source.Handler) error {
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	claiming, release := context.WithCancel(context.WithoutCancel(ctx))
	defer release()

	var background, readers errgroup.Group
	background.Go(func() error {
		err := processor.Run(claiming)
		if err == nil {
			err = errors.New("the processor has ended")
		}
		stop(err)
		return nil
	})
	background.Go(func() error {
		// The Processor would try for a while before it says so.
		if err := tryPartition(reading, consumer, first, false); err != nil && ofWholeHub(err) {
			stop(err)
		}
		return nil
	})
	background.Go(func() error {
		stop(h.monitor(reading, consumer, co))
		return nil
	})
	background.Go(func() error {
		co.writeCheckpoints(reading)
		return nil
	})
	readers.Go(func() error {
		for reading.Err() == nil {
			client := processor.NextPartitionClient(reading)
			if client == nil {
				return nil
			}
			readers.Go(func() error {
				if err := h.readPartition(reading, client, co, handle); err != nil {
					stop(err)
				}
				return nil
			})
		}
		return nil
	})
	<-reading.Done()
	_ = readers.Wait()
	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), leave)
	defer cancel()
	co.flush(leaving)
	release()
	h.await(leaving, &background, consumer)
	return context.Cause(reading)
}

// await waits for what runs beside reading, and closes the connection when that takes too long: the SDK asks for properties
// without regard to a context, and this ends it.
func (h *hub) await(ctx context.Context, background *errgroup.Group, consumer *azeventhubs.ConsumerClient) {
	ended := make(chan struct{})
	go func() {
		_ = background.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		h.close(consumer)
		<-ended
	}
}

func (h *hub) close(consumer *azeventhubs.ConsumerClient) {
	ctx, cancel := context.WithTimeout(context.Background(), leave)
	defer cancel()
	if err := consumer.Close(ctx); err != nil {
		h.log.Debug("close connection", "error", err)
	}
}

// store is where claims and checkpoints are kept.
func (h *hub) store() (azeventhubs.CheckpointStore, error) {
	if h.source.options.Config.Storage == nil {
		return h.alone, nil
	}
	c, err := h.source.options.container()
	if err != nil {
		return nil, fmt.Errorf("storage account: %w", err)
	}
	return checkpoints.NewBlobStore(c, nil)
}

func (h *hub) troubled() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.problem != nil
}

func (h *hub) connect(p azeventhubs.EventHubProperties) {
	for _, id := range p.PartitionIDs {
		h.partition(id)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.problem != nil {
		h.log.Info("connected again", "partitions", len(p.PartitionIDs))
	}
	h.connected, h.missing, h.problem = true, false, nil
}

func (h *hub) isMissing() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.missing, h.problem = true, nil
}

func (h *hub) fail(problem *source.Problem) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.problem == nil || h.problem.Message != problem.Message {
		h.log.Warn(problem.Message, "hint", problem.Hint, "cause", problem.Cause)
	}
	h.problem = problem
}

// storageIs notes how the storage of the checkpoints is; nil: well.
func (h *hub) storageIs(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err == nil && h.storage != nil:
		h.log.Info("the storage of the checkpoints is back")
		h.storage = nil
	case err != nil:
		problem := explain(err, &h.source.options, h.name)
		if h.storage == nil {
			h.log.Warn(problem.Message, "hint", problem.Hint, "cause", err)
		}
		h.storage = problem
	}
}

func (h *hub) partition(id string) *partition {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.partitions[id]
	if p == nil {
		p = newPartition(h, id)
		h.partitions[id] = p
	}
	return p
}

func (h *hub) all() []*partition {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*partition, 0, len(h.partitions))
	for _, p := range h.partitions {
		list = append(list, p)
	}
	// "2" before "10".
	slices.SortFunc(list, func(a, b *partition) int {
		if d := len(a.id) - len(b.id); d != 0 {
			return d
		}
		return strings.Compare(a.id, b.id)
	})
	return list
}

func (h *hub) status() (source.State, *source.Problem, []source.Partition) {
	state := source.Running
	var problem *source.Problem
	var partitions []source.Partition
	for _, p := range h.all() {
		s := p.status()
		if s.State == source.Failing || s.State == source.Contested || s.State == source.Stopped || s.State == source.Unowned {
			state = source.Failing
			if problem == nil {
				problem = s.Problem
			}
		}
		partitions = append(partitions, s)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.missing:
		return source.Running, nil, nil
	case h.problem != nil:
		return source.Failing, h.problem, partitions
	case h.storage != nil:
		return source.Failing, h.storage, partitions
	case h.waiting != nil:
		return source.Failing, h.waiting, partitions
	case !h.connected:
		return source.Starting, nil, partitions
	}
	return state, problem, partitions
}
