package http

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// compressions are the ways to compress a body, by the name of the encoding; some programs leave out the head of deflate.
var compressions = map[string]struct {
	encoding string
	writer   func(io.Writer) (io.WriteCloser, error)
}{
	"gzip":             {"gzip", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }},
	"gzip, not told":   {"", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }},
	"deflate":          {"deflate", func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil }},
	"deflate, no zlib": {"deflate", func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, 6) }},
	"zstd":             {"zstd", func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }},
}

func compressed(t testing.TB, writer func(io.Writer) (io.WriteCloser, error), in io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := writer(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, in); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encoded(encoding string, body []byte) *nethttp.Request {
	r := httptest.NewRequest(nethttp.MethodPost, "/plain", bytes.NewReader(body))
	r.Header.Set("Content-Encoding", encoding)
	return r
}

func TestBodiesAreDecompressed(t *testing.T) {
	text := strings.Repeat(rec(1)+"\n", 5000)
	for name, c := range compressions {
		m := newMemory(64 << 20)
		l := m.lease()
		body, refused := readBody(encoded(c.encoding, compressed(t, c.writer, strings.NewReader(text))), DefaultMaxBody, l)
		if refused != nil || string(body) != text {
			t.Errorf("%s: %+v, %d bytes", name, refused, len(body))
		}
		if l.release(); !m.free.TryAcquire(64 << 20) {
			t.Errorf("%s: memory is not given back", name)
		}
	}
}

// zeros is a run of one byte: what compresses best.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestABombIsRefusedBeforeItIsLargerThanABodyMayBe(t *testing.T) {
	for name, c := range compressions {
		bomb := compressed(t, c.writer, io.LimitReader(zeros{}, 16<<20))
		m := newMemory(4 << 20)
		l := m.lease()
		_, refused := readBody(encoded(c.encoding, bomb), 1<<20, l)
		if refused == nil || refused.status != 413 {
			t.Errorf("%s, %d bytes: %+v", name, len(bomb), refused)
		}
		if l.size > 3<<20 {
			t.Errorf("%s took %d bytes of memory", name, l.size)
		}
	}
}

func TestABombWithinABombIsNoEvent(t *testing.T) {
	zip := compressions["gzip"].writer
	inner := compressed(t, zip, io.LimitReader(zeros{}, 16<<20))
	s := newStand(t, nil, "north")
	a := s.post("/plain", string(compressed(t, zip, bytes.NewReader(inner))), north, "north-key", "Content-Encoding", "gzip")
	if a.status != 400 || !strings.Contains(a.Detail, "compressed") || len(s.bodies("north")) != 0 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestABodyThatCannotBeReadSaysWhy(t *testing.T) {
	whole := compressed(t, compressions["gzip"].writer, strings.NewReader(rec(1)))
	for name, c := range map[string]struct {
		encoding string
		body     []byte
		status   int
		want     string
	}{
		"not gzip":        {"gzip", []byte(rec(1)), 400, "Content-Encoding: gzip"},
		"cut off":         {"gzip", whole[:len(whole)-4], 400, "ends early"},
		"not zstd":        {"zstd", []byte(rec(1)), 400, "Content-Encoding: zstd"},
		"not deflate":     {"deflate", []byte("\xff\xff\xff\xff"), 400, "Content-Encoding: deflate"},
		"other encoding":  {"br", []byte(rec(1)), 415, "gzip, deflate, zstd"},
		"two encodings":   {"gzip, gzip", whole, 415, "one of them only"},
		"larger than may": {"", bytes.Repeat([]byte("x"), 2<<20), 413, "1 MiB"},
	} {
		l := newMemory(64 << 20).lease()
		if _, refused := readBody(encoded(c.encoding, c.body), 1<<20, l); refused == nil || refused.status != c.status || !strings.Contains(refused.detail, c.want) {
			t.Errorf("%s: %+v", name, refused)
		}
	}
	unknown := httptest.NewRequest(nethttp.MethodPost, "/plain", io.MultiReader(bytes.NewReader(bytes.Repeat([]byte("x"), 2<<20))))
	if _, refused := readBody(unknown, 1<<20, newMemory(64<<20).lease()); refused == nil || refused.status != 413 {
		t.Errorf("of unknown length: %+v", refused)
	}
}

// FuzzBody sends any body any way with any encoding: it is answered, nothing that was refused as a whole is stored, what
// is taken has an id each, and the memory is given back.
func FuzzBody(f *testing.F) {
	paths := []string{"/", "/batch", "/array", "/plain", "/plain/batch", "/jsons", "/jsons?path=$.a"}
	encodings := []string{"", "gzip", "deflate", "zstd"}
	for i, body := range []string{
		`{"intake_key":"north-key","json":"{}"}`, `{"intake_key":"north-key","jsons":["{\"a\":1}","x"]}`, `[{"intake_key":"north-key","json":"{}","timestamp":1}]`,
		rec(1), rec(1) + "\nx\n", `[{"a":1},2]`, `{"a":[{"b":"\ud800"}]}`,
	} {
		f.Add(uint8(i), uint8(0), []byte(body))
	}
	f.Add(uint8(3), uint8(0), []byte(`{"records":[{"a":1},{"broken":`))
	for i, name := range []string{"gzip", "deflate", "zstd"} {
		f.Add(uint8(4), uint8(i+1), compressed(f, compressions[name].writer, strings.NewReader(rec(1)+"\n"+rec(2))))
	}
	f.Fuzz(func(t *testing.T, path, encoding uint8, body []byte) {
		s := newStand(t, func(o *Options) { o.MaxBody = 1 << 20 }, "north")
		s.memory, s.strangers = newMemory(64<<20), newMemory(64<<20)
		a := s.post(paths[int(path)%len(paths)], string(body), north, "north-key", "Content-Encoding", encodings[int(encoding)%len(encodings)])
		stored := s.bodies("north")
		switch {
		case a.status == 200 && len(stored) == 0 || a.status != 200 && a.status != 422 && len(stored) > 0:
			t.Errorf("%d %s, stored %q", a.status, a.body, stored)
		case a.status >= 500:
			t.Errorf("%d %s", a.status, a.body)
		}
		for _, m := range []*memory{s.memory, s.strangers} {
			if !m.free.TryAcquire(64 << 20) {
				t.Error("memory is not given back")
			}
		}
	})
}
