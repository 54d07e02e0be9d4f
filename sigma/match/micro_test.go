package match

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"penstock/format/defender"
)

func BenchmarkMicro(b *testing.B) {
	dp, _ := defender.Plan()
	router, _ := defender.Pipeline(dp)
	s := Compile(corpus(b), router)
	p := s.plan("DeviceProcessEvents")
	text := []byte(strings.ToLower(`"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe" --type=renderer --display-capture-permissions-policy-allowed --lang=en-US --device-scale-factor=1 --num-raster-threads=2 --renderer-client-id=7 --time-ticks-at-unix-epoch=-1701 --launch-time-ticks=62 --mojo-platform-channel-handle=3960`))
	h := &hits{stamps: make([]uint32, len(p.postings))}
	for slot, x := range p.indexes {
		if x.grams == nil || x.grams.long == nil || len(x.grams.long.literals) < 1000 {
			continue
		}
		_ = slot
		b.Run("four", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			t0 := cpuTime()
			defer func() { b.ReportMetric(float64((cpuTime()-t0).Nanoseconds())/float64(b.N), "cpu") }()
			for b.Loop() {
				h.now++
				h.found = h.found[:0]
				x.grams.long.scanStrides(text, h)
			}
		})
		b.Run("three", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			t0 := cpuTime()
			defer func() { b.ReportMetric(float64((cpuTime()-t0).Nanoseconds())/float64(b.N), "cpu") }()
			for b.Loop() {
				h.now++
				h.found = h.found[:0]
				x.grams.short.scan(text, h)
			}
		})
	}
	var dst []byte
	b.Run("lower", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		t0 := cpuTime()
		defer func() { b.ReportMetric(float64((cpuTime()-t0).Nanoseconds())/float64(b.N), "cpu") }()
		for b.Loop() {
			dst, _ = appendLower(dst[:0], text)
		}
	})
	sum := 0
	b.Run("bytes", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		t0 := cpuTime()
		defer func() { b.ReportMetric(float64((cpuTime()-t0).Nanoseconds())/float64(b.N), "cpu") }()
		for b.Loop() {
			for _, c := range text {
				sum += int(c)
			}
		}
	})
	_ = sum
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestMicroCounts(t *testing.T) {
	dp, _ := defender.Plan()
	router, _ := defender.Pipeline(dp)
	s := Compile(corpus(t), router)
	p := s.plan("DeviceProcessEvents")
	text := []byte(strings.ToLower(`"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe" --type=renderer --display-capture-permissions-policy-allowed --lang=en-US --device-scale-factor=1 --num-raster-threads=2 --renderer-client-id=7 --time-ticks-at-unix-epoch=-1701 --launch-time-ticks=62 --mojo-platform-channel-handle=3960`))
	for slot, x := range p.indexes {
		if x.grams == nil {
			continue
		}
		for name, g := range map[string]*gramTable{"long": x.grams.long, "short": x.grams.short} {
			if g == nil {
				continue
			}
			bits := 0
			for _, w := range g.filter {
				for ; w != 0; w &= w - 1 {
					bits++
				}
			}
			pass, three := 0, 0
			for i := 0; i+4 <= len(text); i += g.stride {
				gram := gramAt(text, i)
				bit := gram * gramFactor >> g.filterShift
				if g.filter[bit/64]>>(bit%64)&1 != 0 {
					pass++
				}
			}
			for _, s := range g.slots {
				if s.last != 0 && s.gram <= threeBytes {
					three++
				}
			}
			fmt.Println(slot, name, "literals", len(g.literals), "places", len(g.places), "slots", len(g.slots), "filter bits", bits, "of", len(g.filter)*64, "passes", pass, "threes", three)
			if slot == 2 && name == "short" {
				for _, l := range g.literals {
					fmt.Printf("%q ", l.text)
				}
			}
		}
	}
}
