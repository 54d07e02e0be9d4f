// Package record takes the streaming envelope apart: one message of an Event Hub, or one line of a file, into the
// records it holds, each with its identity.
//
// The envelope is the one in which Azure Monitor streams (https://learn.microsoft.com/defender-xdr/streaming-api-event-hub):
// {"records":[{"time":…,"tenantId":…,"category":…,"operationName":…,"properties":{…}},…]}. Nothing in here knows what the
// columns within properties mean.
package record

import (
	"encoding/hex"
	"fmt"

	"github.com/zeebo/xxh3"
)

// ID identifies a record for ever, whichever way and however often it came: a 128-bit hash of tenant, category and the
// bytes of properties. The rest of the envelope is left out, for it differs between deliveries of the same record.
type ID [16]byte

// String is the id as 32 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// AppendText appends the 32 hexadecimal digits of the id to dst.
func (id ID) AppendText(dst []byte) ([]byte, error) { return hex.AppendEncode(dst, id[:]), nil }

// ParseID reads what String wrote.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 2*len(id) {
		return id, fmt.Errorf("record id %q: want %d hexadecimal digits", s, 2*len(id))
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return id, fmt.Errorf("record id %q: %w", s, err)
	}
	return id, nil
}

// UnknownTable is the Table of a record that names no category.
const UnknownTable = "Unknown"

// Record is one record of a message. Its slices belong to the message, and its lists of members to the Splitter: they
// hold until the visit function returns.
type Record struct {
	Raw        []byte // the record exactly as it arrived
	Properties []byte // the JSON text of the value of "properties"; nil where there is none
	Category   string // "AdvancedHunting-DeviceProcessEvents"; empty where there is none
	Table      string // "DeviceProcessEvents"; any other category as it is
	Tenant     string
	Index      int // place in its message, from 0; rejected records count as well
	ID         ID

	Envelope []Member // the members of the record itself
	Columns  []Member // the members of properties, empty unless they are an object
}

// Time is the value of the envelope's "time" without its quotes, nil where there is none.
func (r *Record) Time() []byte { return r.envelopeText("time") }

// Received is the value of "_TimeReceivedBySvc", when Microsoft's service got the event; nil where there is none.
func (r *Record) Received() []byte { return r.envelopeText("_TimeReceivedBySvc") }

func (r *Record) envelopeText(name string) []byte {
	for i := len(r.Envelope) - 1; i >= 0; i-- {
		if m := &r.Envelope[i]; m.Kind == String && string(m.Key) == name {
			return m.Text()
		}
	}
	return nil
}

// categoryPrefix stands before the table's name in the category of an advanced hunting record.
const categoryPrefix = "AdvancedHunting-"

// origin is a tenant and category that occurred, with what follows from them.
type origin struct {
	tenant, category, table string
	seed                    uint64 // of the identity
}

// origins remembers the pairs of tenant and category, of which there are few, so that a record costs no string.
type origins struct {
	last   *origin
	known  map[string]*origin
	lookup []byte
}

// maxOrigins bounds the memory when somebody sends ever new categories.
const maxOrigins = 4096

func (o *origins) find(tenant, category []byte) *origin {
	if l := o.last; l != nil && l.tenant == string(tenant) && l.category == string(category) {
		return l
	}
	o.lookup = append(append(append(o.lookup[:0], tenant...), 0), category...)
	found, ok := o.known[string(o.lookup)]
	if !ok {
		if o.known == nil || len(o.known) >= maxOrigins {
			o.known = make(map[string]*origin)
		}
		found = &origin{tenant: string(tenant), category: string(category), seed: xxh3.Hash(o.lookup)}
		found.table = tableOf(found.category)
		o.known[string(o.lookup)] = found
	}
	o.last = found
	return found
}

func tableOf(category string) string {
	if n := len(categoryPrefix); len(category) > n && foldEqual(category[:n], categoryPrefix) {
		return category[n:]
	}
	if category == "" {
		return UnknownTable
	}
	return category
}

// foldEqual compares without regard to the case of ASCII letters.
func foldEqual(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		x, y := a[i], b[i]
		if x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}

// identify hashes the bytes of properties, or the whole record where it has none, with the hash of tenant and category
// (a zero byte between them) for a seed.
func identify(seed uint64, properties, raw []byte) ID {
	if properties == nil {
		properties = raw
	}
	return xxh3.Hash128Seed(properties, seed).Bytes()
}
