package eventhubtest_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/coder/websocket"

	"penstock/eventhubtest"
)

const hubName = "defender"

func start(t testing.TB, o eventhubtest.Options) *eventhubtest.Server {
	t.Helper()
	if o.Hubs == nil {
		o.Hubs = []eventhubtest.Hub{{Name: hubName, Partitions: 2, ConsumerGroups: []string{"penstock"}}}
	}
	s, err := eventhubtest.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func withTimeout(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// quick makes the SDK try again at once, and once only.
var quick = azeventhubs.RetryOptions{MaxRetries: 1, RetryDelay: 10 * time.Millisecond, MaxRetryDelay: 10 * time.Millisecond}

func newProducer(t testing.TB, connection string) *azeventhubs.ProducerClient {
	t.Helper()
	p, err := azeventhubs.NewProducerClientFromConnectionString(connection, "", &azeventhubs.ProducerClientOptions{RetryOptions: quick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close(context.Background()) })
	return p
}

func newConsumer(t testing.TB, connection, group string) *azeventhubs.ConsumerClient {
	t.Helper()
	c, err := azeventhubs.NewConsumerClientFromConnectionString(connection, "", group, &azeventhubs.ConsumerClientOptions{RetryOptions: quick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func send(t testing.TB, p *azeventhubs.ProducerClient, o *azeventhubs.EventDataBatchOptions, bodies ...string) {
	t.Helper()
	ctx := withTimeout(t)
	b, err := p.NewEventDataBatch(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range bodies {
		e := &azeventhubs.EventData{Body: []byte(body), Properties: map[string]any{"kind": "test"}, ContentType: to.Ptr("text/plain")}
		if err := b.AddEventData(e, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.SendEventDataBatch(ctx, b, nil); err != nil {
		t.Fatal(err)
	}
}

func receive(t testing.TB, c *azeventhubs.ConsumerClient, partition string, o *azeventhubs.PartitionClientOptions, n int) []*azeventhubs.ReceivedEventData {
	t.Helper()
	pc, err := c.NewPartitionClient(partition, o)
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close(context.Background())
	return receiveFrom(t, pc, n)
}

func receiveFrom(t testing.TB, pc *azeventhubs.PartitionClient, n int) []*azeventhubs.ReceivedEventData {
	t.Helper()
	var out []*azeventhubs.ReceivedEventData
	for len(out) < n {
		events, err := pc.ReceiveEvents(withTimeout(t), n-len(out), nil)
		if err != nil {
			t.Fatalf("after %d of %d events: %v", len(out), n, err)
		}
		out = append(out, events...)
	}
	return out
}

func bodies(events []*azeventhubs.ReceivedEventData) string {
	var out []string
	for _, e := range events {
		out = append(out, string(e.Body))
	}
	return strings.Join(out, " ")
}

var earliest = &azeventhubs.PartitionClientOptions{StartPosition: azeventhubs.StartPosition{Earliest: to.Ptr(true)}}

func TestABatchArrivesWithItsAnnotationsAndProperties(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	send(t, newProducer(t, s.ConnectionString(hubName)), &azeventhubs.EventDataBatchOptions{PartitionID: to.Ptr("1")}, "a", "b", "c")
	events := receive(t, newConsumer(t, s.ConnectionString(hubName), "penstock"), "1", earliest, 3)
	if got := bodies(events); got != "a b c" {
		t.Fatalf("got %q", got)
	}
	for i, e := range events {
		if e.SequenceNumber != int64(i) || e.Offset == "" || time.Since(*e.EnqueuedTime) > time.Minute {
			t.Errorf("event %d has number %d, offset %q, time %v", i, e.SequenceNumber, e.Offset, e.EnqueuedTime)
		}
		if e.Properties["kind"] != "test" || *e.ContentType != "text/plain" {
			t.Errorf("event %d has properties %v", i, e.Properties)
		}
	}
}

func TestAPartitionKeyKeepsEventsTogether(t *testing.T) {
	s := start(t, eventhubtest.Options{Hubs: []eventhubtest.Hub{{Name: hubName, Partitions: 8}}})
	p := newProducer(t, s.ConnectionString(hubName))
	for range 5 {
		send(t, p, &azeventhubs.EventDataBatchOptions{PartitionKey: to.Ptr("tenant")}, "x")
	}
	for _, part := range s.Partitions(hubName) {
		if part.Last < 0 {
			continue
		}
		if part.Last != 4 {
			t.Errorf("partition %s has %d events, all 5 or none were expected", part.ID, part.Last+1)
		}
		events := receive(t, newConsumer(t, s.ConnectionString(hubName), "$Default"), part.ID, earliest, 5)
		if *events[0].PartitionKey != "tenant" {
			t.Errorf("partition key %v", events[0].PartitionKey)
		}
	}
}

func TestEventsWithoutAKeyGoRound(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	p := newProducer(t, s.ConnectionString(hubName))
	for range 4 {
		send(t, p, nil, "x")
	}
	for _, part := range s.Partitions(hubName) {
		if part.Last != 1 {
			t.Errorf("partition %s has %d events", part.ID, part.Last+1)
		}
	}
}

func TestALargeMessageCrossesFrames(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	body := strings.Repeat("0123456789abcdef", 900<<10/16)
	send(t, newProducer(t, s.ConnectionString(hubName)), &azeventhubs.EventDataBatchOptions{PartitionID: to.Ptr("0")}, body)
	events := receive(t, newConsumer(t, s.ConnectionString(hubName), "$Default"), "0", earliest, 1)
	if string(events[0].Body) != body {
		t.Fatalf("%d bytes came back of %d", len(events[0].Body), len(body))
	}
}

func TestEveryStartPosition(t *testing.T) {
	clock := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	now := func() time.Time { mu.Lock(); defer mu.Unlock(); return clock }
	s := start(t, eventhubtest.Options{Now: now})
	for i := range 5 {
		if _, err := s.Append(hubName, "0", []byte(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		clock = clock.Add(time.Minute)
		mu.Unlock()
	}
	stored, err := s.Events(hubName, "0", 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	c := newConsumer(t, s.ConnectionString(hubName), "$Default")
	for name, tc := range map[string]struct {
		at   azeventhubs.StartPosition
		want string
	}{
		"earliest":           {azeventhubs.StartPosition{Earliest: to.Ptr(true)}, "0 1 2 3 4"},
		"sequence number":    {azeventhubs.StartPosition{SequenceNumber: to.Ptr(int64(2))}, "3 4"},
		"sequence inclusive": {azeventhubs.StartPosition{SequenceNumber: to.Ptr(int64(2)), Inclusive: true}, "2 3 4"},
		"offset":             {azeventhubs.StartPosition{Offset: to.Ptr(stored[1].Offset)}, "2 3 4"},
		"offset inclusive":   {azeventhubs.StartPosition{Offset: to.Ptr(stored[1].Offset), Inclusive: true}, "1 2 3 4"},
		"enqueued time":      {azeventhubs.StartPosition{EnqueuedTime: to.Ptr(stored[3].Enqueued)}, "4"},
		"time inclusive":     {azeventhubs.StartPosition{EnqueuedTime: to.Ptr(stored[3].Enqueued), Inclusive: true}, "3 4"},
	} {
		t.Run(name, func(t *testing.T) {
			got := bodies(receive(t, c, "0", &azeventhubs.PartitionClientOptions{StartPosition: tc.at}, strings.Count(tc.want, " ")+1))
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
	t.Run("latest", func(t *testing.T) {
		pc, err := c.NewPartitionClient("0", &azeventhubs.PartitionClientOptions{StartPosition: azeventhubs.StartPosition{Latest: to.Ptr(true)}})
		if err != nil {
			t.Fatal(err)
		}
		defer pc.Close(context.Background())
		got := make(chan string, 1)
		go func() {
			events, err := pc.ReceiveEvents(withTimeout(t), 1, nil)
			if err != nil {
				got <- err.Error()
				return
			}
			got <- bodies(events)
		}()
		waitFor(t, "the receiver", func() bool { return s.Partitions(hubName)[0].Receivers == 1 })
		if _, err := s.Append(hubName, "0", []byte("new")); err != nil {
			t.Fatal(err)
		}
		if g := <-got; g != "new" {
			t.Errorf("got %q", g)
		}
	})
}

func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestProperties(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	if _, err := s.Append(hubName, "1", []byte("a"), []byte("b")); err != nil {
		t.Fatal(err)
	}
	c := newConsumer(t, s.ConnectionString(hubName), "$Default")
	h, err := c.GetEventHubProperties(withTimeout(t), nil)
	if err != nil || h.Name != hubName || !slices.Equal(h.PartitionIDs, []string{"0", "1"}) || h.GeoReplicationEnabled {
		t.Fatalf("%+v, %v", h, err)
	}
	full, err := c.GetPartitionProperties(withTimeout(t), "1", nil)
	if err != nil || full.BeginningSequenceNumber != 0 || full.LastEnqueuedSequenceNumber != 1 || full.IsEmpty || full.PartitionID != "1" {
		t.Fatalf("%+v, %v", full, err)
	}
	empty, err := c.GetPartitionProperties(withTimeout(t), "0", nil)
	if err != nil || !empty.IsEmpty || empty.LastEnqueuedSequenceNumber != -1 || empty.LastEnqueuedOffset != "-1" {
		t.Fatalf("%+v, %v", empty, err)
	}
}

func receiveError(t *testing.T, connection, group, partition string, o *azeventhubs.PartitionClientOptions) error {
	t.Helper()
	pc, err := newConsumer(t, connection, group).NewPartitionClient(partition, o)
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close(context.Background())
	_, err = pc.ReceiveEvents(withTimeout(t), 1, nil)
	return err
}

func TestWhatIsNotThereIsSaidAsTheServiceSaysIt(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	for name, tc := range map[string]struct {
		hub, group, partition string
		at                    *azeventhubs.PartitionClientOptions
		want                  []string
	}{
		"hub":       {"other", "$Default", "0", earliest, []string{"amqp:not-found", "/other' could not be found"}},
		"group":     {hubName, "nobody", "0", earliest, []string{"amqp:not-found", "ConsumerGroups/nobody' could not be found"}},
		"partition": {hubName, "$Default", "7", earliest, []string{"argument-out-of-range", "between 0 and 1"}},
		"position": {hubName, "$Default", "0", &azeventhubs.PartitionClientOptions{StartPosition: azeventhubs.StartPosition{SequenceNumber: to.Ptr(int64(9))}},
			[]string{"argument-error", "sequence number '9' is invalid", "'-1'"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := receiveError(t, s.ConnectionString(tc.hub), tc.group, tc.partition, tc.at)
			for _, want := range tc.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%q lacks %q", err, want)
				}
			}
		})
	}
}

func TestAHigherOwnerLevelStealsAndALowerOneIsTurnedAway(t *testing.T) {
	s := start(t, eventhubtest.Options{})
	level := func(n int64) *azeventhubs.PartitionClientOptions {
		return &azeventhubs.PartitionClientOptions{OwnerLevel: &n, StartPosition: earliest.StartPosition}
	}
	first, err := newConsumer(t, s.ConnectionString(hubName), "$Default").NewPartitionClient("0", level(1))
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close(context.Background())
	lost := make(chan error, 1)
	go func() {
		_, err := first.ReceiveEvents(withTimeout(t), 1, nil)
		lost <- err
	}()
	waitFor(t, "the first receiver", func() bool { return s.Partitions(hubName)[0].Receivers == 1 })
	second, err := newConsumer(t, s.ConnectionString(hubName), "$Default").NewPartitionClient("0", level(2))
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close(context.Background())
	go func() {
		waitFor(t, "the theft", func() bool { return len(lost) == 1 })
		_, _ = s.Append(hubName, "0", []byte("x"))
	}()
	receiveFrom(t, second, 1)
	var e *azeventhubs.Error
	if err := <-lost; !errors.As(err, &e) || e.Code != azeventhubs.ErrorCodeOwnershipLost {
		t.Errorf("the first receiver got %v", err)
	}
	for name, o := range map[string]*azeventhubs.PartitionClientOptions{"lower": level(0), "none": earliest} {
		if err := receiveError(t, s.ConnectionString(hubName), "$Default", "0", o); !errors.As(err, &e) || e.Code != azeventhubs.ErrorCodeOwnershipLost {
			t.Errorf("owner level %s got %v", name, err)
		}
	}
	receive(t, newConsumer(t, s.ConnectionString(hubName), "penstock"), "0", level(0), 1) // another group does not care
}

func TestAWrongKeyIsRefusedAndARightOneIsTaken(t *testing.T) {
	s := start(t, eventhubtest.Options{Keys: map[string]string{"reader": "c2VjcmV0"}})
	send(t, newProducer(t, s.ConnectionString(hubName)), &azeventhubs.EventDataBatchOptions{PartitionID: to.Ptr("0")}, "x")
	wrong := strings.Replace(s.ConnectionString(hubName), "c2VjcmV0", "b3RoZXI=", 1)
	err := receiveError(t, wrong, "$Default", "0", earliest)
	var e *azeventhubs.Error
	if !errors.As(err, &e) || e.Code != azeventhubs.ErrorCodeUnauthorizedAccess || !strings.Contains(err.Error(), "InvalidSignature") {
		t.Errorf("got %v", err)
	}
}

func TestAClientWhoseTokenExpiresProvesItselfAgain(t *testing.T) {
	s := start(t, eventhubtest.Options{Keys: map[string]string{"reader": "c2VjcmV0"}})
	pc, err := newConsumer(t, s.ConnectionString(hubName), "$Default").NewPartitionClient("0", earliest)
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close(context.Background())
	for i := range int64(3) {
		if _, err := s.Append(hubName, "0", []byte("x")); err != nil {
			t.Fatal(err)
		}
		if e := receiveFrom(t, pc, 1)[0]; e.SequenceNumber != i {
			t.Fatalf("event %d came, %d was expected", e.SequenceNumber, i)
		}
		s.ExpireTokens()
	}
}

func TestWebsocketsAndTLS(t *testing.T) {
	s := start(t, eventhubtest.Options{TLS: &tls.Config{Certificates: []tls.Certificate{selfSigned(t)}}})
	dial := func(ctx context.Context, _ azeventhubs.WebSocketConnParams) (net.Conn, error) {
		c, _, err := websocket.Dial(ctx, fmt.Sprintf("ws://%s/$servicebus/websocket", s.Addr()), &websocket.DialOptions{Subprotocols: []string{"amqp"}})
		if err != nil {
			return nil, err
		}
		c.SetReadLimit(-1)
		return websocket.NetConn(context.Background(), c, websocket.MessageBinary), nil
	}
	secure := strings.Replace(s.ConnectionString(hubName), ";UseDevelopmentEmulator=true", "", 1)
	for name, tc := range map[string]struct {
		connection string
		options    azeventhubs.ProducerClientOptions
	}{
		"websocket": {secure, azeventhubs.ProducerClientOptions{NewWebSocketConn: dial}},
		"TLS":       {secure, azeventhubs.ProducerClientOptions{CustomEndpoint: s.Addr().String(), TLSConfig: &tls.Config{InsecureSkipVerify: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := azeventhubs.NewProducerClientFromConnectionString(tc.connection, "", &tc.options)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close(context.Background())
			send(t, p, nil, strings.Repeat("x", 200_000))
		})
	}
	c, err := azeventhubs.NewConsumerClientFromConnectionString(secure, "", "$Default", &azeventhubs.ConsumerClientOptions{NewWebSocketConn: dial})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	receive(t, c, "0", earliest, 1)
	if s.Partitions(hubName)[0].Last+s.Partitions(hubName)[1].Last != 0 {
		t.Errorf("two events were expected: %+v", s.Partitions(hubName))
	}
}
