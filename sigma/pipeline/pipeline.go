// Package pipeline knows which events answer a Sigma logsource, and where the fields of its rules are in them. What it
// knows is data: YAML files that say per logsource the tables and, per field, the columns and the form that a value must
// be brought into (format/defender/sigma for Defender XDR).
package pipeline

import (
	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
)

// Stream is a kind of events that answers a logsource: those of a table, of some ActionTypes of it, of an operating
// system. Rules whose logsources are alike share one.
type Stream struct {
	Name        string   // "process_creation/windows"
	Table       string   // advanced hunting table; empty: every table
	ActionTypes []string // empty: all
	OS          string   // windows, linux, macos: an event that is known to be of another one (see OSOf) is not in it; empty: any
}

// Support says how well a field of a rule can be answered.
type Support uint8

// Degrees of support.
const (
	Full    Support = iota // the same information, whatever its form
	Partial                // a part of it: the file's name without its folder
	None                   // there is no counterpart
)

// Source is where the values of a field come from. The same expression over the same columns is the same Source, in
// whichever stream: what was found out about it for one rule holds for all.
type Source interface {
	// Support, and for Partial and None what is missing.
	Support() (Support, string)
	// Columns of the table that it reads, for the fitness of rules: names, with .key for a key in a column of JSON. A source
	// that has a value whatever is in its columns names none.
	Columns() []string
	// Answers reports whether some event can pass the test, as far as the form of the values tells: hashes are there as
	// MD5, SHA1 and SHA256 but never as IMPHASH, and every event of a stream may have the same EventID. A test that no
	// event can pass does not hold, for whatever event, not even a test for null; reason says why in words. A source of
	// support None answers no test.
	Answers(t *sigma.Test) (ok bool, reason string)
}

// Value is one value of a field in the form in which rules expect it.
type Value struct {
	Text []byte // its characters; holds until the reader's next Begin
}

// Reader reads the values of a fixed list of sources from one record at a time. The sources may be those of several
// streams, so that streams of a table share one reader. It is not safe for concurrent use.
type Reader interface {
	Begin(rec *record.Record, ev *ecs.Event)
	// Values of the source with that number in the list: none where the event lacks the field. They are worked out when
	// they are asked for, once per record.
	Values(source int) []Value
	// All values of the event, in whatever column, for keywords: each is in the record's Properties, but for escapes of JSON.
	All() []Value
}

// Route is where the events of a logsource arrive.
type Route struct {
	Streams []*Stream // the same pointers for every logsource alike
	Reason  string    // why there are none
}

// Router finds the events and fields of a rule; *Pipeline is the one that data describes.
type Router interface {
	Route(ls sigma.Logsource) Route
	Field(s *Stream, name string) Source
	Reader(sources []Source) Reader
}
