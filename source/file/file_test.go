package file

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"penstock/journal"
	"penstock/source"
	"penstock/source/sourcetest"
)

func TestContract(t *testing.T) {
	for _, form := range []string{".ndjson", ".ndjson.gz", ".ndjson.zst"} {
		t.Run(form, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Stage {
				path := filepath.Join(t.TempDir(), "records"+form)
				return sourcetest.Stage{
					Fill: func(t *testing.T, bodies []string) { appendLines(t, path, bodies) },
					Open: func(t *testing.T, resume source.Resume) source.Source {
						return New(Options{Intake: "test", Path: path, BatchBytes: 2000, Resume: resume})
					},
				}
			})
		})
	}
}

// appendLines adds lines to a file; a compressed one gets a further member or frame.
func appendLines(t *testing.T, path string, lines []string) {
	t.Helper()
	text := []byte(strings.Join(lines, "\n") + "\n\n")
	switch {
	case strings.HasSuffix(path, ".gz"):
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Write(text)
		w.Close()
		text = b.Bytes()
	case strings.HasSuffix(path, ".zst"):
		w, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		text = w.EncodeAll(text, nil)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(text); err != nil {
		t.Fatal(err)
	}
}

type incidents struct {
	mu   sync.Mutex
	open []source.Incident
}

func (i *incidents) Open(_ context.Context, one source.Incident) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.open = append(i.open, one)
	return nil
}

func (i *incidents) Close(context.Context, source.IncidentKind, string, string, string) error {
	return nil
}

// read returns the bodies that a source delivers until it ends or n have come.
func read(t *testing.T, src *Source, n int) (bodies []string, last journal.Position) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := src.Run(ctx, func(_ context.Context, b source.Batch) error {
		for _, m := range b.Messages {
			bodies, last = append(bodies, string(m.Body)), m.Position
		}
		if len(bodies) >= n {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return bodies, last
}

func at(p journal.Position) source.Resume {
	return func(string, string) (journal.Position, bool) { return p, true }
}

func TestAReplacedFileIsReadFromItsBeginningAndNoted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	appendLines(t, path, []string{"one", "two", "three"})
	_, last := read(t, New(Options{Path: path}), 99)
	if err := os.WriteFile(path, []byte("another\nfile\nwith\nmore lines than before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var noted incidents
	got, _ := read(t, New(Options{Path: path, Resume: at(last), Incidents: &noted}), 99)
	if len(got) != 4 || len(noted.open) != 1 || noted.open[0].Kind != source.GapRebuilt || *noted.open[0].First != 3 {
		t.Errorf("got %q, incidents %+v", got, noted.open)
	}
}

func TestAFollowedFileDeliversLinesOnceTheyHaveAnEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write := func(flags int, text string) {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|flags, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		fmt.Fprint(f, text)
	}
	write(os.O_APPEND, "one\ntw")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var got []string
	err := New(Options{Path: path, Follow: true, Poll: time.Millisecond}).Run(ctx, func(_ context.Context, b source.Batch) error {
		for _, m := range b.Messages {
			got = append(got, string(m.Body))
			switch string(m.Body) {
			case "one":
				write(os.O_APPEND, "o\nthree\n")
			case "three":
				write(os.O_TRUNC, "4\n")
			case "4":
				cancel()
			}
		}
		return nil
	})
	if err != nil || strings.Join(got, " ") != "one two three 4" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestStandardInputIsNumberedOnFromTheJournal(t *testing.T) {
	got, last := read(t, New(Options{Path: Stdin, Stdin: strings.NewReader("a\n\n b \r\nc"), Resume: at(journal.Position{Sequence: 9, Offset: "5:0"})}), 99)
	if strings.Join(got, "|") != "a|b|c" || last.Sequence != 12 {
		t.Errorf("got %q up to sequence %d", got, last.Sequence)
	}
}

func TestAMissingFileIsAProblemInPlainWords(t *testing.T) {
	src := New(Options{Path: filepath.Join(t.TempDir(), "none")})
	err := src.Run(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "cannot be read") || src.Status().State != source.Stopped {
		t.Errorf("got %v, %+v", err, src.Status())
	}
}
