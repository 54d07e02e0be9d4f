package kafka

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"penstock/config"
	"penstock/source/sourcetest"
)

// broker is a cluster of one broker in this process, that speaks the protocol.
func broker(t testing.TB, partitions int32, more ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(partitions, "hub"), kfake.GroupMinSessionTimeout(100 * time.Millisecond)}, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func produce(t testing.TB, c *kfake.Cluster, partition int32, bodies ...string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MetadataMinAge(10*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	parts := int32(len(c.PartitionInfos("hub"))) //nolint:gosec // few
	var records []*kgo.Record
	for i, body := range bodies {
		to := partition
		if to < 0 {
			to = int32(i) % parts //nolint:gosec // few
		}
		records = append(records, &kgo.Record{Topic: "hub", Partition: to, Value: []byte(body)})
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func options(c *kfake.Cluster, to *sourcetest.Journal, change ...func(*Options)) Options {
	o := Options{
		Intake: "test", Config: config.Kafka{Brokers: c.ListenAddrs(), Topics: []string{"hub"}, Group: "group", TLS: config.BrokerTLS{Off: true}},
		Resume: to.Resume, Incidents: to, Instance: "here",
		CommitInterval: 100 * time.Millisecond, StatusInterval: 50 * time.Millisecond, SessionTimeout: 6 * time.Second, MaxBackoff: time.Second,
	}
	for _, f := range change {
		f(&o)
	}
	return o
}

func newSink() *sourcetest.Journal { return &sourcetest.Journal{Nothing: nothing} }

func numbered(prefix string, n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"category":"AdvancedHunting-DeviceInfo","properties":{"n":"%s%05d"}}`, prefix, i))
	}
	return list
}

func open(t *testing.T, o Options) *Source {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var errFull = errors.New("no room")
