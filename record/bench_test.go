package record

import (
	"fmt"
	"strings"
	"testing"
)

// envelope is a message of n records, each of about 2.5 kB.
func envelope(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"records":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"time":"2026-05-31T08:17:02.7654321Z","tenantId":"0f0e0d0c-0b0a-0908-0706-050403020100","operationName":"Publish","category":"AdvancedHunting-DeviceProcessEvents","properties":{"ReportId":%d`, i)
		for c := range 24 {
			fmt.Fprintf(&b, `,"InitiatingProcessColumn%d":null,"ProcessVersionInfo%d":"C:\\\\Program Files\\\\Contoso\\\\tool-%d.exe","Count%d":%d`, c, c, c, c, c*c)
		}
		b.WriteString(`}}`)
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}

func BenchmarkTokenise(b *testing.B) {
	body := envelope(1)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := Valid(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	body := envelope(100)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	var s Splitter
	records := 0
	visit := func(*Record) { records++ }
	reject := func(r Rejected) { b.Fatal(r.Detail) }
	for b.Loop() {
		s.Split(body, visit, reject)
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
}
