package simulate

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// File is a Sink that writes newline-delimited JSON: messages, or their records.
type File struct {
	records bool
	buffer  *bufio.Writer
	packer  io.WriteCloser // nil: not compressed
	file    *os.File       // nil: standard output, which stays open
}

// OpenFile makes a file anew; "-" is standard output. Names that end in .gz and .zst are compressed. With records each line
// is one record, otherwise one message.
func OpenFile(path string, records bool) (*File, error) {
	f := &File{records: records}
	var out io.Writer = os.Stdout
	if path != "-" {
		created, err := os.Create(path)
		if err != nil {
			return nil, fmt.Errorf("make file for simulated records: %w", err)
		}
		f.file, out = created, created
	}
	switch {
	case strings.HasSuffix(path, ".gz"):
		f.packer = gzip.NewWriter(out)
	case strings.HasSuffix(path, ".zst"):
		packer, err := zstd.NewWriter(out)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("make file for simulated records: %w", err), f.file.Close())
		}
		f.packer = packer
	}
	if f.packer != nil {
		out = f.packer
	}
	f.buffer = bufio.NewWriterSize(out, 1<<20)
	return f, nil
}

// Write implements Sink.
func (f *File) Write(ctx context.Context, m Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !f.records {
		return f.line(m.Body)
	}
	// Records hold no line breaks and are divided by a comma between two braces that only an envelope has.
	rest := bytes.TrimSuffix(bytes.TrimPrefix(m.Body, []byte(`{"records":[`)), []byte("]}"))
	for {
		i := bytes.Index(rest, []byte(`},{"time":"`))
		if i < 0 {
			return f.line(rest)
		}
		if err := f.line(rest[:i+1]); err != nil {
			return err
		}
		rest = rest[i+2:]
	}
}

func (f *File) line(b []byte) error {
	if _, err := f.buffer.Write(b); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	if err := f.buffer.WriteByte('\n'); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return nil
}

// Flush implements Sink. What is compressed reaches the disk in blocks, the last at Close.
func (f *File) Flush(context.Context) error {
	if err := f.buffer.Flush(); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return nil
}

// Close implements Sink.
func (f *File) Close(context.Context) error {
	err := f.buffer.Flush()
	if f.packer != nil {
		err = errors.Join(err, f.packer.Close())
	}
	if f.file != nil {
		err = errors.Join(err, f.file.Close())
	}
	if err != nil {
		return fmt.Errorf("close file of simulated records: %w", err)
	}
	return nil
}
