package eventhubtest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"penstock/eventhubtest"
)

// BenchmarkReceive measures the official SDK on one partition of the emulator, with events of 2 KB.
func BenchmarkReceive(b *testing.B) {
	for name, dir := range map[string]string{"memory": "", "disk": b.TempDir()} {
		b.Run(name, func(b *testing.B) {
			s := start(b, eventhubtest.Options{Dir: dir, Hubs: []eventhubtest.Hub{{Name: hubName, Partitions: 1, Retention: 1 << 40}}})
			body := make([]byte, 2048)
			for done := 0; done < b.N; done += 256 {
				batch := make([][]byte, min(256, b.N-done))
				for i := range batch {
					batch[i] = body
				}
				if _, err := s.Append(hubName, "0", batch...); err != nil {
					b.Fatal(err)
				}
			}
			options := *earliest
			options.Prefetch = 4000
			pc, err := newConsumer(b, s.ConnectionString(hubName), "$Default").NewPartitionClient("0", &options)
			if err != nil {
				b.Fatal(err)
			}
			defer pc.Close(context.Background())
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			b.ResetTimer()
			for got := 0; got < b.N; {
				ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
				events, err := pc.ReceiveEvents(ctx, min(1000, b.N-got), nil)
				cancel()
				if err != nil && !errors.Is(err, context.DeadlineExceeded) {
					b.Fatal(err)
				}
				got += len(events)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
