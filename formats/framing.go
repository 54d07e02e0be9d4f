package formats

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"penstock/format"
	"penstock/record"
)

// Framer puts the records of a format into the streaming envelope, in which everything behind the intake knows records: the
// table is the category, the time is that of the record, and the record itself, byte for byte, is the properties. It is not
// for concurrent use.
type Framer struct {
	rules  Records
	tables map[string]bool
	parser record.Parser
	rec    record.Record
	list   []record.Member
	text   []byte
}

// Framer is what frames the records of the format; nil where they come in the envelope already.
func (f *Format) Framer() *Framer {
	if !f.Records.Framed {
		return nil
	}
	tables := make(map[string]bool, len(f.Tables))
	for name := range f.Tables {
		tables[name] = true
	}
	return &Framer{rules: f.Records, tables: tables}
}

// UnknownTable is why a record is set aside whose table cannot be told.
const UnknownTable record.Reason = "unknown_table"

// Frame visits the records that a piece of a message holds, each in its envelope, and reports what is none. One that is in
// the envelope already, as when it is played back, is visited as it is. What is visited holds until visit returns, but for
// Raw, which nobody changes.
func (f *Framer) Frame(rec *record.Record, visit func(*record.Record), reject func(record.Rejected)) {
	if rec.Properties != nil && f.tables[rec.Category] {
		visit(rec)
		return
	}
	if len(f.rules.List) == 0 {
		f.one(rec.Raw, rec.Envelope, visit, reject)
		return
	}
	list := inObject(rec.Envelope, f.rules.List)
	if list == nil {
		f.one(rec.Raw, rec.Envelope, visit, reject)
		return
	}
	err := record.Each(list, func(m *record.Member) bool {
		if m.Kind != record.Object {
			reject(record.Rejected{Raw: m.Value, Reason: record.Scalar, Detail: "an element of the list " + strings.Join(f.rules.List, ".") + " is not an object"})
			return true
		}
		raw := m.Value
		var err error
		if f.list, err = record.Members(f.list[:0], raw); err != nil {
			reject(record.Rejected{Raw: raw, Reason: record.NotJSON, Detail: err.Error()})
			return true
		}
		f.one(raw, f.list, visit, reject)
		return true
	})
	if err != nil {
		reject(record.Rejected{Raw: rec.Raw, Reason: record.NotJSON, Detail: err.Error()})
	}
}

// inObject is the text of the list that keys lead to; nil where there is none.
func inObject(members []record.Member, keys []string) []byte {
	for i, key := range keys {
		m := find(members, key)
		switch {
		case m == nil:
			return nil
		case i == len(keys)-1 && m.Kind == record.Array:
			return m.Value
		case m.Kind != record.Object:
			return nil
		}
		var err error
		if members, err = record.Members(nil, m.Value); err != nil {
			return nil
		}
	}
	return nil
}

// find is the last member of a name, as it is written.
func find(members []record.Member, key string) *record.Member {
	for i := len(members) - 1; i >= 0; i-- {
		if string(members[i].Key) == key {
			return &members[i]
		}
	}
	return nil
}

// one puts a record into the envelope.
func (f *Framer) one(raw []byte, members []record.Member, visit func(*record.Record), reject func(record.Rejected)) {
	table, ok := f.table(members)
	if !ok {
		reject(record.Rejected{Raw: raw, Reason: UnknownTable, Detail: fmt.Sprintf(
			"the column %s, which names the table, has none of the texts that the format knows", f.rules.Table.Column)})
		return
	}
	// Whoever is given the record keeps it: it has memory of its own.
	framed := make([]byte, 0, len(raw)+len(table)+96)
	framed = append(framed, '{')
	if at, ok := f.time(members); ok {
		framed = append(append(framed, `"time":"`...), at.Format("2006-01-02T15:04:05.000000")...)
		framed = append(framed, `Z",`...)
	}
	framed = append(append(framed, `"category":"`...), table...)
	framed = append(append(append(framed, `","properties":`...), raw...), '}')
	if err := f.parser.Parse(framed, &f.rec); err != nil {
		reject(record.Rejected{Raw: raw, Reason: record.TooDeep, Detail: err.Error()})
		return
	}
	visit(&f.rec)
}

func (f *Framer) table(members []record.Member) (string, bool) {
	t := &f.rules.Table
	if t.Column != "" {
		if m := find(members, t.Column); m != nil {
			if name, ok := t.Names[f.plain(m)]; ok {
				return name, true
			}
		}
	}
	return t.Otherwise, t.Otherwise != ""
}

// plain is the text of a member, whatever its kind.
func (f *Framer) plain(m *record.Member) string {
	text := m.Text()
	if m.Escaped {
		f.text = record.Unescape(f.text[:0], text)
		text = f.text
	}
	return string(text)
}

var perSecond = map[string]int64{"seconds": 1, "milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}

// time is when what a record tells of happened.
func (f *Framer) time(members []record.Member) (time.Time, bool) {
	if f.rules.Time.Column == "" {
		return time.Time{}, false
	}
	m := find(members, f.rules.Time.Column)
	if m == nil {
		return time.Time{}, false
	}
	text := f.plain(m)
	if per := perSecond[f.rules.Time.Unit]; per > 0 {
		if at, ok := sinceEpoch(text, per); ok {
			return at, true
		}
	}
	at, source := format.TimeOf([]byte(text), nil, time.Time{})
	return at.UTC(), source == format.FromTimestamp
}

// sinceEpoch reads a number of so many a second since 1970, with a fraction or without, to the microsecond.
func sinceEpoch(text string, per int64) (time.Time, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(n/per, n%per*(1e9/per)).UTC(), inReach(n / per)
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x > -1e18 && x < 1e18) {
		return time.Time{}, false
	}
	seconds := x / float64(per)
	return time.UnixMicro(int64(seconds * 1e6)).UTC(), inReach(int64(seconds))
}

// inReach reports whether a year has four digits.
func inReach(unix int64) bool { return unix > -62135596800 && unix < 253402300800 }
