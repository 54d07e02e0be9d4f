package eventhub

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/eventhubtest"
)

// emulator has one hub, "hub", of which a partition keeps little.
type emulator struct {
	*eventhubtest.Server
	spec eventhubtest.Hub
	conn string
}

func emulate(t *testing.T, partitions int, change ...func(*eventhubtest.Options)) *emulator {
	t.Helper()
	e := &emulator{spec: eventhubtest.Hub{Name: "hub", Partitions: partitions, Retention: 256 << 10}}
	o := eventhubtest.Options{Hubs: []eventhubtest.Hub{e.spec}}
	for _, c := range change {
		c(&o)
	}
	server, err := eventhubtest.Start(context.WithoutCancel(t.Context()), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	e.Server, e.conn = server, server.ConnectionString("")
	return e
}

// expire fills a partition until its first messages are gone, and returns the sequence number of the first that is there.
func (e *emulator) expire(t *testing.T, partition string) int64 {
	t.Helper()
	for round := range 5 {
		var filler []string
		for i := range 20 {
			filler = append(filler, fmt.Sprintf("filler %d/%d %s", round, i, strings.Repeat("x", 8<<10)))
		}
		send(t, e.conn, partition, filler...)
	}
	consumer, err := azeventhubs.NewConsumerClientFromConnectionString(e.conn, "hub", "$Default", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close(context.WithoutCancel(t.Context()))
	p, err := consumer.GetPartitionProperties(t.Context(), partition, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.BeginningSequenceNumber == 0 {
		t.Fatalf("nothing has expired: %+v", p)
	}
	return p.BeginningSequenceNumber
}
