package http

import (
	"bytes"

	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// encodings are what bodies may be compressed with.
const encodings = "gzip, deflate, zstd"

// maxZstdWindow is how far back a zstd stream may refer: what its decoder needs of memory. RFC 9659 has the same for HTTP.
const maxZstdWindow = 8 << 20

var gzipMagic = []byte{0x1f, 0x8b}

// readBody reads the body of a request, decompressed, and never more of it than limit.
func readBody(r *nethttp.Request, limit int64, l *lease) ([]byte, *refusal) {
	if r.ContentLength > limit {
		return nil, bodyTooLarge(limit)
	}
	in := io.Reader(nethttp.MaxBytesReader(nil, r.Body, limit))
	encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))
	decompressed, end, err := decompress(encoding, in)
	if err != nil {
		return nil, unreadable(encoding, err, limit)
	}
	defer end()
	hint := int64(0)
	if decompressed == in {
		hint = r.ContentLength
	}
	body, refused := fill(decompressed, hint, limit, l, encoding)
	if refused == nil && encoding == "" && bytes.HasPrefix(body, gzipMagic) {
		// Sent as it lay in a file, without saying so.
		zip, end, err := decompress("gzip", bytes.NewReader(body))
		if err != nil {
			return nil, unreadable("gzip", err, limit)
		}
		defer end()
		return fill(zip, 0, limit, l, "gzip")
	}
	return body, refused
}

// fill reads to the end, and leases the memory that it takes.
func fill(in io.Reader, hint, limit int64, l *lease, encoding string) ([]byte, *refusal) {
	size := min(max(hint+1, 64<<10), limit+1)
	if !l.take(int(size)) {
		return nil, noRoom()
	}
	body := make([]byte, 0, size)
	for {
		n, err := in.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > limit:
			return nil, bodyTooLarge(limit)
		case errors.Is(err, io.EOF):
			return body, nil
		case err != nil:
			return nil, unreadable(encoding, err, limit)
		}
		if len(body) == cap(body) {
			more := min(cap(body), int(limit)+1-cap(body))
			if !l.take(more) {
				return nil, noRoom()
			}
			larger := make([]byte, len(body), cap(body)+more)
			copy(larger, body)
			body = larger
		}
	}
}

// errEncoding is a Content-Encoding that is not understood.
var errEncoding = errors.New("the content encoding is not one of " + encodings)

// decompress gives what in stands for; end is to be called when it was read.
func decompress(encoding string, in io.Reader) (out io.Reader, end func(), err error) {
	switch encoding {
	case "", "identity":
		return in, func() {}, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, nil, err
		}
		return z, func() { _ = z.Close() }, nil // it was only read
	case "deflate":
		z, err := inflate(in)
		if err != nil {
			return nil, nil, err
		}
		return z, func() { _ = z.Close() }, nil // it was only read
	case "zstd":
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return nil, nil, errEncoding
}

// inflate reads deflate as RFC 9110 has it (with the head of zlib), and as some programs send it (without).
func inflate(in io.Reader) (io.ReadCloser, error) {
	head := make([]byte, 2)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	in = io.MultiReader(bytes.NewReader(head[:n]), in)
	if n == 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(in)
	}
	return flate.NewReader(in), nil
}

func bodyTooLarge(limit int64) *refusal {
	return &refusal{status: nethttp.StatusRequestEntityTooLarge, reason: tooLarge, detail: fmt.Sprintf("The body is larger than %s, as it came or decompressed. Send fewer events at once.", sizeText(limit))}
}

// unreadable says why a body could not be read.
func unreadable(encoding string, err error, limit int64) *refusal {
	var long *nethttp.MaxBytesError
	switch {
	case errors.As(err, &long):
		return bodyTooLarge(limit)
	case errors.Is(err, errEncoding):
		return &refusal{status: nethttp.StatusUnsupportedMediaType, reason: malformed, detail: "The body can be compressed with " + encodings + ", and with one of them only."}
	case encoding == "" || encoding == "identity":
		return &refusal{status: nethttp.StatusBadRequest, reason: malformed, detail: "The body ended early, or took too long."}
	}
	return &refusal{status: nethttp.StatusBadRequest, reason: malformed, detail: fmt.Sprintf("The body is not what Content-Encoding: %s says, or ends early.", encoding)}
}

func noRoom() *refusal {
	return &refusal{status: nethttp.StatusServiceUnavailable, reason: busy, retry: 1, detail: "Too much is being received at this moment. Send it again."}
}

// sizeText writes a number of bytes for people.
func sizeText(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
