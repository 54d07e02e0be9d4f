package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"golang.org/x/sync/errgroup"

	"penstock/source"
)

// session is one membership of the group. Each has a client of its own, so that neither an expired token nor a dead
// connection outlives it.
type session struct {
	source *Source
	asking *kgo.Client       // for questions; it is no member of the group
	client *kgo.Client       // not for adjust, which may be called before it is set
	ids    map[string]string // of topics, by name
}

const (
	// leave is how long it may take to commit what is durable and to leave the group.
	leave = 3 * time.Second
	// callTimeout bounds one question to the brokers.
	callTimeout = 20 * time.Second
	// pollRecords is how many messages are handed over at once at most.
	pollRecords = 4000
)

// session joins the group and reads until something breaks.
func (s *Source) session(ctx context.Context, handle source.Handler) error {
	se := &session{source: s, ids: map[string]string{}}
	options, err := se.options()
	if err != nil {
		return err
	}
	// The topics are asked for before the group is joined: what stands against it is told better so.
	if se.asking, err = se.asker(); err != nil {
		return err
	}
	defer se.asking.Close()
	if err := se.ask(ctx); err != nil {
		return err
	}
	if err := awaitOthers(ctx, se.asking, &s.options); err != nil {
		return err
	}
	if se.client, err = kgo.NewClient(options...); err != nil {
		return fmt.Errorf("connect to the brokers: %w", err)
	}
	s.is(nil)
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var g errgroup.Group
	g.Go(func() error {
		stop(se.monitor(reading))
		return nil
	})
	g.Go(func() error {
		stop(se.read(reading, handle))
		return nil
	})
	_ = g.Wait()
	mine := slices.DeleteFunc(s.all(), func(p *partition) bool { return !p.isRead() })
	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), leave)
	defer cancel()
	if err := se.client.CommitMarkedOffsets(leaving); err != nil {
		s.log.Debug("offsets could not be committed to the group; the journal has them", "error", err)
	}
	_ = se.client.LeaveGroupContext(leaving) // the group finds out by itself
	se.client.CloseAllowingRebalance()
	for _, p := range mine {
		p.gone(source.Starting)
	}
	return context.Cause(reading)
}

func (se *session) asker() (*kgo.Client, error) {
	options, err := se.source.options.client()
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return nil, fmt.Errorf("connect to the brokers: %w", err)
	}
	return client, nil
}

// ask learns of the topics.
func (se *session) ask(ctx context.Context) error {
	topics, err := topicsOf(ctx, se.asking, se.source.options.Config.Topics)
	if err != nil {
		return err
	}
	for name, t := range topics {
		se.ids[name] = idOf(t.ID)
		for id := range t.Partitions {
			se.source.partition(key{name, id})
		}
	}
	return nil
}

// topicsOf asks for topics, and fails where one is not there.
func topicsOf(ctx context.Context, client *kgo.Client, names []string) (kadm.TopicDetails, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	m, err := kadm.NewClient(client).Metadata(ctx, names...)
	if err != nil {
		return nil, fmt.Errorf("ask for the topics: %w", err)
	}
	for _, name := range names {
		t, ok := m.Topics[name]
		if !ok {
			return nil, &topicError{name, kerr.UnknownTopicOrPartition}
		}
		if t.Err != nil {
			return nil, &topicError{name, t.Err}
		}
	}
	return m.Topics, nil
}

// topicError is what stands against reading a topic.
type topicError struct {
	topic string
	err   error
}

func (e *topicError) Error() string { return "topic " + e.topic + ": " + e.err.Error() }
func (e *topicError) Unwrap() error { return e.err }

func idOf(id kadm.TopicID) string {
	if id == (kadm.TopicID{}) {
		return ""
	}
	return id.String()
}

// options are those of a member of the group.
func (se *session) options() ([]kgo.Opt, error) {
	o := &se.source.options
	options, err := o.client()
	if err != nil {
		return nil, err
	}
	fetch := int32(min(int64(o.Config.Prefetch)/4, 32<<20)) //nolint:gosec // it is bounded
	return append(options,
		kgo.ConsumerGroup(o.Config.Group), kgo.ConsumeTopics(o.Config.Topics...), kgo.SessionTimeout(o.SessionTimeout),
		kgo.HeartbeatInterval(min(3*time.Second, o.SessionTimeout/3)),
		// Where to begin is decided by adjust; whatever stands against it ends the session, and is told.
		kgo.ConsumeResetOffset(kgo.NoResetOffset().AtStart()), kgo.AdjustFetchOffsetsFn(se.adjust),
		kgo.BlockRebalanceOnPoll(), kgo.OnPartitionsRevoked(se.revoked), kgo.OnPartitionsLost(se.lost),
		kgo.AutoCommitMarks(), kgo.AutoCommitInterval(o.CommitInterval),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.FetchMaxBytes(fetch), kgo.FetchMaxPartitionBytes(min(fetch, 4<<20)), kgo.MaxConcurrentFetches(2), kgo.FetchMaxWait(time.Second),
	), nil
}

// adjust decides where partitions begin that were given to this process.
func (se *session) adjust(ctx context.Context, wanted map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	topics := make([]string, 0, len(wanted))
	for topic := range wanted {
		topics = append(topics, topic)
	}
	b, err := se.bounds(ctx, topics)
	if err != nil {
		return nil, err
	}
	s := se.source
	for topic, partitions := range wanted {
		for id, offset := range partitions {
			k := key{topic, id}
			p := s.partition(k)
			own, committed, restored := p.position(), offset.EpochOffset().Offset, s.isDue(topic, p.name())
			counts := committed
			if restored {
				counts = -1
			}
			from := begin(own, counts, b[k], s.options.Config.Start, s.options.Config.OnGap)
			if restored {
				from = takenBack(from, committed, own != nil, b[k])
			}
			if from.gap != nil {
				if err := s.incident(ctx, source.Incident{Kind: from.gap.kind, Hub: topic, Partition: p.name(), First: from.gap.first, Last: from.gap.last, Message: from.gap.message}); err != nil {
					return nil, err
				}
			}
			p.begins(&from, b[k], restored)
			if from.stop {
				delete(partitions, id)
				continue
			}
			partitions[id] = kgo.NewOffset().At(from.next)
		}
	}
	return wanted, nil
}

// bounds asks what topics have.
func (se *session) bounds(ctx context.Context, topics []string) (map[key]bounds, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	all := map[key]bounds{}
	admin := kadm.NewClient(se.asking)
	ask := func(what string, list kadm.ListedOffsets, err error, take func(b *bounds, o kadm.ListedOffset)) error {
		if err == nil {
			err = list.Error()
		}
		if err != nil {
			return fmt.Errorf("ask for %s: %w", what, err)
		}
		list.Each(func(o kadm.ListedOffset) {
			b := all[key{o.Topic, o.Partition}]
			take(&b, o)
			all[key{o.Topic, o.Partition}] = b
		})
		return nil
	}
	first, err := admin.ListStartOffsets(ctx, topics...)
	if err := ask("the first messages", first, err, func(b *bounds, o kadm.ListedOffset) { b.first, b.topic, b.at = o.Offset, se.ids[o.Topic], -1 }); err != nil {
		return nil, err
	}
	end, err := admin.ListEndOffsets(ctx, topics...)
	if err := ask("the last messages", end, err, func(b *bounds, o kadm.ListedOffset) { b.end = o.Offset }); err != nil {
		return nil, err
	}
	if at := se.source.options.Config.Start.Time; !at.IsZero() {
		list, err := admin.ListOffsetsAfterMilli(ctx, at.UnixMilli(), topics...)
		if err := ask("the messages of a time", list, err, func(b *bounds, o kadm.ListedOffset) { b.at = o.Offset }); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// revoked lets partitions go: all that was read of them is durable, since a rebalance waits for it, and is committed, so
// that whoever reads on does so behind it.
func (se *session) revoked(ctx context.Context, client *kgo.Client, list map[string][]int32) {
	ctx, cancel := context.WithTimeout(ctx, leave)
	defer cancel()
	if err := client.CommitMarkedOffsets(ctx); err != nil {
		se.source.log.Warn("offsets could not be committed to the group before partitions went to another process, which may read some messages again", "error", err)
	}
	se.lost(ctx, client, list)
}

func (se *session) lost(_ context.Context, _ *kgo.Client, list map[string][]int32) {
	for topic, ids := range list {
		for _, id := range ids {
			se.source.partition(key{topic, id}).gone(source.Elsewhere)
		}
	}
}

// read hands over what comes.
func (se *session) read(ctx context.Context, handle source.Handler) error {
	for ctx.Err() == nil {
		short, cancel := context.WithTimeout(ctx, time.Second)
		fetches := se.client.PollRecords(short, pollRecords)
		cancel()
		err := se.take(ctx, fetches, handle)
		se.commitStarts(ctx)
		se.client.AllowRebalance()
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// commitStarts commits where reading was decided to begin, so that a start at latest is not decided again after a restart
// that had read nothing, and that whoever takes a restored partition over does not begin too late.
func (se *session) commitStarts(ctx context.Context) {
	starts := map[string]map[int32]kgo.EpochOffset{}
	var decided []*partition
	for _, p := range se.source.all() {
		at, ok := p.decided()
		if !ok {
			continue
		}
		if starts[p.topic] == nil {
			starts[p.topic] = map[int32]kgo.EpochOffset{}
		}
		starts[p.topic][p.id] = kgo.EpochOffset{Epoch: -1, Offset: at}
		decided = append(decided, p)
	}
	if len(decided) == 0 || ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, leave)
	defer cancel()
	se.client.CommitOffsetsSync(ctx, starts, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, r *kmsg.OffsetCommitResponse, err error) {
		if err != nil || r == nil {
			return // it is tried again
		}
		for _, p := range decided {
			p.settle()
		}
	})
}

func (se *session) take(ctx context.Context, fetches kgo.Fetches, handle source.Handler) error {
	var g errgroup.Group
	fetches.EachPartition(func(f kgo.FetchTopicPartition) {
		if len(f.Records) > 0 {
			g.Go(func() error { return se.source.partition(key{f.Topic, f.Partition}).take(ctx, f.Records, se, handle) })
		}
	})
	err := g.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, e := range fetches.Errors() {
		switch {
		case errors.Is(e.Err, context.DeadlineExceeded) && e.Topic == "": // nothing has come
		case errors.Is(e.Err, kerr.OffsetOutOfRange), errors.Is(e.Err, kerr.UnknownTopicID):
			return fmt.Errorf("%w: %w", errAnew, e.Err) // where it begins says what is missing
		case err == nil:
			err = &topicError{e.Topic, e.Err}
		}
	}
	return err
}

// monitor asks the brokers at intervals how far the topics are, and returns why the session should begin anew.
func (se *session) monitor(ctx context.Context) error {
	tick := time.NewTicker(se.source.options.StatusInterval)
	defer tick.Stop()
	for {
		if err := se.look(ctx); err != nil && ctx.Err() == nil {
			if errors.Is(err, errAnew) {
				return err
			}
			se.source.is(explain(err, &se.source.options))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (se *session) look(ctx context.Context) error {
	names := se.source.options.Config.Topics
	topics, err := topicsOf(ctx, se.asking, names)
	if err != nil {
		return err
	}
	for name, t := range topics {
		if id := idOf(t.ID); id != se.ids[name] {
			return fmt.Errorf("%w: the topic %s was made anew", errAnew, name)
		}
		for id := range t.Partitions {
			se.source.partition(key{name, id})
		}
	}
	b, err := se.bounds(ctx, names)
	if err != nil {
		return err
	}
	se.source.is(nil)
	for k, at := range b {
		se.source.partition(k).sees(at)
	}
	return nil
}
