package eventhub

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"penstock/config"
	"penstock/eventhubtest"
	"penstock/source"
)

// BenchmarkReceive measures emulator, SDK and source together: messages of 64 KiB, as a busy hub has them.
func BenchmarkReceive(b *testing.B) {
	const messages, size = 2000, 64 << 10
	e, err := eventhubtest.Start(context.WithoutCancel(b.Context()), eventhubtest.Options{Hubs: []eventhubtest.Hub{{Name: "hub", Partitions: 4, Retention: 256 << 20}}})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	body := bytes.Repeat([]byte("x"), size)
	for i := range messages {
		if _, err := e.Append("hub", fmt.Sprint(i%4), body); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(messages * size)
	for b.Loop() {
		s, err := New(quick(e.ConnectionString(""), func(o *Options) { o.Config.Prefetch = config.Bytes(64 << 20) }))
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		var n atomic.Int64
		err = s.Run(ctx, func(ctx context.Context, batch source.Batch) error {
			if n.Add(int64(len(batch.Messages))) == messages {
				cancel()
			}
			return batch.Ack(ctx)
		})
		cancel()
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(messages*b.N)/b.Elapsed().Seconds(), "messages/s")
}
