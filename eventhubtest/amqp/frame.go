package amqp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// MinFrameSize is the frame size that every peer must accept (part 2.4.1).
const MinFrameSize = 512

// Protocol is the third part of the header with which a connection, and its security layer, begin (part 2.2).
type Protocol byte

// The protocols that a header can announce.
const (
	ProtocolAMQP Protocol = 0
	ProtocolSASL Protocol = 3
)

// Header returns the eight bytes that announce p.
func (p Protocol) Header() []byte { return []byte{'A', 'M', 'Q', 'P', byte(p), 1, 0, 0} }

// ReadHeader reads the eight bytes with which a peer announces a protocol.
func ReadHeader(r io.Reader) (Protocol, error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, err
	}
	p := Protocol(b[4])
	if string(b[:]) != string(p.Header()) {
		return 0, fmt.Errorf("amqp: not a header of AMQP 1.0: %q", b[:])
	}
	return p, nil
}

// FrameType tells the frames of a connection from those of its security layer.
type FrameType byte

// The types of frame (parts 2.3 and 5.3).
const (
	FrameAMQP FrameType = 0
	FrameSASL FrameType = 1
)

// Frame is one frame as it was read. Body is empty in a heartbeat, and is valid until the next frame is read.
type Frame struct {
	Type    FrameType
	Channel uint16
	Body    []byte
}

// FrameReader reads the frames of a connection.
type FrameReader struct {
	r   *bufio.Reader
	max uint32
	buf []byte
}

// NewFrameReader returns a reader that refuses frames of more than max bytes.
func NewFrameReader(r *bufio.Reader, max uint32) *FrameReader { return &FrameReader{r: r, max: max} }

// Next reads one frame.
func (f *FrameReader) Next() (Frame, error) {
	var h [8]byte
	if _, err := io.ReadFull(f.r, h[:]); err != nil {
		return Frame{}, err
	}
	size, offset := binary.BigEndian.Uint32(h[:]), uint32(h[4])*4
	if size < 8 || offset < 8 || offset > size {
		return Frame{}, errors.New("amqp: malformed frame header")
	}
	if size > f.max {
		return Frame{}, fmt.Errorf("amqp: frame of %d bytes, the limit is %d", size, f.max)
	}
	n := int(size - 8)
	if cap(f.buf) < n {
		f.buf = make([]byte, n, max(n, 4096))
	}
	body := f.buf[:n]
	if _, err := io.ReadFull(f.r, body); err != nil {
		return Frame{}, err
	}
	return Frame{FrameType(h[5]), binary.BigEndian.Uint16(h[6:]), body[offset-8:]}, nil
}

// BeginFrame writes a frame header whose size EndFrame fills in.
func BeginFrame(dst []byte, t FrameType, channel uint16) []byte {
	return binary.BigEndian.AppendUint16(append(dst, 0, 0, 0, 0, 2, byte(t)), channel)
}

// EndFrame completes the frame that begins at start.
func EndFrame(dst []byte, start int) []byte {
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}
