package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// A batch in a block is a run of integers as varints and of strings with their length in front, in the order of the
// fields of Batch, Message and Entry. encodingVersion is its first byte. Of a record that is kept there is only the length;
// its bytes follow those of the record before it, apart from all else.
const encodingVersion = 1

const (
	flagRejected = 1 << iota
	flagMatches
)

func appendString[T string | []byte](dst []byte, s T) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

func appendTime(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.AppendVarint(dst, 0)
	}
	return binary.AppendVarint(dst, t.UnixNano())
}

// appendBatch appends what is said of a batch to account and the bytes of the records that it keeps to records.
func appendBatch(account, records []byte, b *Batch) (_, _ []byte) {
	account = append(account, encodingVersion)
	account = appendString(account, b.Intake)
	account = binary.AppendUvarint(account, uint64(len(b.Messages)))
	for i := range b.Messages {
		account, records = appendMessage(account, records, &b.Messages[i])
	}
	return account, records
}

func appendMessage(dst, records []byte, m *Message) (_, _ []byte) {
	dst = appendString(dst, m.Hub)
	dst = appendString(dst, m.Partition)
	dst = binary.AppendVarint(dst, m.Position.Sequence)
	dst = appendString(dst, m.Position.Offset)
	dst = appendTime(dst, m.Position.Enqueued)
	dst = appendTime(dst, m.Read)
	dst = binary.AppendUvarint(dst, uint64(m.Records))
	dst = binary.AppendUvarint(dst, uint64(m.Repeated))
	dst = binary.AppendUvarint(dst, uint64(m.Filtered))
	dst = binary.AppendUvarint(dst, uint64(m.Heartbeats))
	replay := uint64(0)
	if m.Replay {
		replay = 1
	}
	dst = binary.AppendUvarint(dst, replay)
	dst = binary.AppendUvarint(dst, uint64(len(m.Entries)))
	for i := range m.Entries {
		dst = appendEntry(dst, &m.Entries[i])
		if !m.Entries[i].Rejected {
			records = append(records, m.Entries[i].Data...)
		}
	}
	return dst, records
}

func appendEntry(dst []byte, e *Entry) []byte {
	flags := byte(0)
	if e.Rejected {
		flags |= flagRejected
	}
	if len(e.Matches) > 0 {
		flags |= flagMatches
	}
	dst = append(dst, flags)
	dst = binary.AppendVarint(dst, int64(e.Index))
	dst = append(dst, e.ID[:]...)
	dst = appendString(dst, e.Table)
	if e.Rejected {
		dst = appendString(dst, e.Data)
		dst = appendString(dst, e.Reason)
		dst = appendString(dst, e.Detail)
	} else {
		dst = binary.AppendUvarint(dst, uint64(len(e.Data)))
	}
	if len(e.Matches) > 0 {
		dst = binary.AppendUvarint(dst, uint64(len(e.Matches)))
		for _, match := range e.Matches {
			dst = appendString(dst, match)
		}
	}
	return dst
}

var errShort = errors.New("the block ends in the middle of a batch")

// decoder reads what appendBatch wrote; the first mistake stays in err, and everything after it reads as zero.
type decoder struct {
	b           []byte
	records     []byte
	accountOnly bool
	err         error
	// strings that were read last, since hub, partition and table repeat
	hub, partition, table string
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail(errShort)
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail(errShort)
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads a number of items, of which each takes a byte at least.
func (d *decoder) count() int {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.fail(errShort)
		return 0
	}
	return int(n)
}

func (d *decoder) take(n int) []byte {
	if n > len(d.b) {
		d.fail(errShort)
		return nil
	}
	taken := d.b[:n:n]
	d.b = d.b[n:]
	return taken
}

func (d *decoder) bytes() []byte { return d.take(d.count()) }

// text reads a string, and gives the one that was read before when it is the same.
func (d *decoder) text(last string) string {
	b := d.bytes()
	if string(b) == last {
		return last
	}
	return string(b)
}

// record gives the bytes of the next record that was kept.
func (d *decoder) record() []byte {
	n := d.uvarint()
	if d.accountOnly {
		return nil
	}
	if n > uint64(len(d.records)) {
		d.fail(errShort)
		return nil
	}
	r := d.records[:n:n]
	d.records = d.records[n:]
	return r
}

func (d *decoder) time() time.Time {
	if ns := d.varint(); ns != 0 {
		return time.Unix(0, ns).UTC()
	}
	return time.Time{}
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err, d.b = err, nil
	}
}

// decodeBatch reads a batch; the bytes of its entries are those of account and records. With accountOnly there are no
// records, and the entries that were kept are without their bytes.
func decodeBatch(account, records []byte, accountOnly bool) (Batch, error) {
	d := decoder{b: account, records: records, accountOnly: accountOnly}
	if v := d.take(1); d.err == nil && v[0] != encodingVersion {
		return Batch{}, fmt.Errorf("the block has version %d of the encoding: a newer Penstock wrote it", v[0])
	}
	batch := Batch{Intake: d.text("")}
	n := d.count()
	batch.Messages = make([]Message, 0, n)
	for i := 0; i < n && d.err == nil; i++ {
		batch.Messages = append(batch.Messages, d.message())
	}
	if left := len(d.b) + len(d.records); d.err == nil && left > 0 {
		d.fail(fmt.Errorf("%d bytes follow the batch", left))
	}
	return batch, d.err
}

func (d *decoder) message() Message {
	d.hub = d.text(d.hub)
	d.partition = d.text(d.partition)
	m := Message{Hub: d.hub, Partition: d.partition}
	m.Position.Sequence = d.varint()
	m.Position.Offset = d.text("")
	m.Position.Enqueued = d.time()
	m.Read = d.time()
	m.Records = int(d.uvarint())
	m.Repeated = int(d.uvarint())
	m.Filtered = int(d.uvarint())
	m.Heartbeats = int(d.uvarint())
	m.Replay = d.uvarint() == 1
	n := d.count()
	m.Entries = make([]Entry, 0, n)
	for i := 0; i < n && d.err == nil; i++ {
		m.Entries = append(m.Entries, d.entry())
	}
	return m
}

func (d *decoder) entry() Entry {
	var e Entry
	flags := d.take(1)
	if d.err != nil {
		return e
	}
	e.Rejected = flags[0]&flagRejected != 0
	e.Index = int(d.varint())
	copy(e.ID[:], d.take(len(e.ID)))
	d.table = d.text(d.table)
	e.Table = d.table
	if e.Rejected {
		e.Data = d.bytes()
		e.Reason = d.text("")
		e.Detail = d.text("")
	} else {
		e.Data = d.record()
	}
	if flags[0]&flagMatches != 0 {
		n := d.count()
		for i := 0; i < n && d.err == nil; i++ {
			e.Matches = append(e.Matches, d.text(""))
		}
	}
	return e
}
