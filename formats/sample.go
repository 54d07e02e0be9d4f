package formats

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"penstock/ecs"
	"penstock/format"
	"penstock/record"
)

// Sample is a record before and after: what arrives, and the fields of the event that it is to become.
type Sample struct {
	File   string
	Line   int    // of the record
	Title  string // what it shows
	Record []byte
	Fields []string // "name value", the value as JSON, in the order of the file
	Say    string   // the sentence that describes it; empty: it is not looked at
}

// SampleTime is when samples arrive.
var SampleTime = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

const maxSample = 1 << 20

// ParseSamples reads a file of samples. Each begins with comments that say what it shows, then the record behind the word
// record, its sentence behind the word say, and a line for each field: its name and its value as JSON. An empty line ends it.
func ParseSamples(file string, data []byte) ([]Sample, error) {
	var list []Sample
	var s Sample
	end := func() {
		if s.Record != nil {
			list = append(list, s)
		}
		s = Sample{}
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, maxSample)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), " \r")
		mistake := func(message string) error {
			return &format.Mistake{File: file, Line: n, Column: 1, Message: message}
		}
		switch {
		case line == "":
			end()
		case strings.HasPrefix(line, "#"):
			s.File, s.Title = file, strings.TrimSpace(s.Title+" "+strings.TrimSpace(line[1:]))
		case strings.HasPrefix(line, "record "):
			if s.Record != nil {
				return list, mistake("expected an empty line before the next record")
			}
			s.File, s.Line, s.Record = file, n, []byte(line[len("record "):])
			if !json.Valid(s.Record) {
				return list, mistake("expected a record in JSON behind the word record")
			}
		case s.Record == nil:
			return list, mistake("expected a comment, or a record behind the word record")
		case strings.HasPrefix(line, "say "):
			s.Say = line[len("say "):]
		default:
			if name, value := fieldOf(line); !json.Valid([]byte(value)) {
				return list, mistake(fmt.Sprintf("expected a field and its value as JSON, as in event.kind \"event\", got %q", name))
			}
			s.Fields = append(s.Fields, line)
		}
	}
	end()
	if err := lines.Err(); err != nil {
		return list, fmt.Errorf("read %s: %w", file, err)
	}
	return list, nil
}

// fieldOf takes the line of a field apart. A name with spaces in it stands in quotation marks.
func fieldOf(line string) (name, value string) {
	if strings.HasPrefix(line, `"`) {
		d := json.NewDecoder(strings.NewReader(line))
		if err := d.Decode(&name); err == nil {
			return name, strings.TrimSpace(line[d.InputOffset():])
		}
	}
	name, value, _ = strings.Cut(line, " ")
	return name, value
}

// fieldLine is what fieldOf takes apart.
func fieldLine(name string, value []byte) string {
	if strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) || name == "record" || name == "say" || strings.HasPrefix(name, `"`) || strings.HasPrefix(name, "#") {
		quoted, _ := json.Marshal(name) // a text always can be
		return string(quoted) + " " + string(value)
	}
	return name + " " + string(value)
}

// Text is the sample as ParseSamples reads it.
func (s *Sample) Text() string {
	var b strings.Builder
	if s.Title != "" {
		fmt.Fprintf(&b, "# %s\n", s.Title)
	}
	fmt.Fprintf(&b, "record %s\n", s.Record)
	if s.Say != "" {
		fmt.Fprintf(&b, "say %s\n", s.Say)
	}
	for _, f := range s.Fields {
		b.WriteString(f + "\n")
	}
	return b.String()
}

// Outcome is what becomes of a sample's record: one event, or more where it holds a list of them.
type Outcome struct {
	Table    string
	Fields   []string // as in Sample
	Say      string
	Rejected string   // why the record is set aside; empty: it is taken
	Lines    []string // of the mapping, that gave a field its value, as file:line
	Unfit    []string // fields that a value did not fit
}

// runner runs samples through a plan.
type runner struct {
	plan     *format.Plan
	framer   *Framer
	splitter record.Splitter
}

// runner runs the samples of the format; the plan knows its tables.
func (f *Format) runner(plan *format.Plan) *runner { return &runner{plan: plan, framer: f.Framer()} }

// Run tells what becomes of a record.
func (r *runner) Run(raw []byte) (out []Outcome) {
	visit := func(rec *record.Record) { out = append(out, r.outcome(rec)) }
	reject := func(no record.Rejected) {
		out = append(out, Outcome{Rejected: string(no.Reason) + ": " + no.Detail})
	}
	r.splitter.Split(raw, func(rec *record.Record) {
		if r.framer == nil {
			visit(rec)
			return
		}
		r.framer.Frame(rec, visit, reject)
	}, reject)
	return out
}

func (r *runner) outcome(rec *record.Record) Outcome {
	o := Outcome{Table: rec.Table}
	var ev ecs.Event
	r.plan.Normalize(&ev, rec, SampleTime)
	var said format.Sentence
	r.plan.Describe(&said, rec, &ev)
	o.Say = string(said.Text)
	o.Fields = flatten(ev.AppendJSON(nil))
	trace := r.plan.Trace(rec, SampleTime)
	for i := range trace.Fields {
		if l := &trace.Fields[i].Line; l.File != "" {
			o.Lines = append(o.Lines, fmt.Sprintf("%s:%d", l.File, l.Line))
		}
	}
	for i := range trace.Unfit {
		o.Unfit = append(o.Unfit, trace.Unfit[i].Field)
	}
	return o
}

// flatten lists the fields of a document as samples have them. Those that every event has by itself are left out.
func flatten(document []byte) []string {
	var list []string
	var walk func(prefix string, text []byte)
	walk = func(prefix string, text []byte) {
		_ = record.Each(text, func(m *record.Member) bool { // the document is our own
			name := prefix + string(record.Unescape(nil, m.Key))
			switch {
			case m.Kind == record.Object && len(m.Value) > 2:
				walk(name+".", m.Value)
			case name != "penstock.id" && name != "message":
				list = append(list, fieldLine(name, m.Value))
			}
			return true
		})
	}
	walk("", document)
	slices.Sort(list)
	return list
}

// Difference is a line of a sample that is not as it was to be: "-" what was wanted and does not come, "+" what comes.
type Difference struct {
	Sign string `json:"sign"`
	Line string `json:"line"`
}

// Compare tells what differs between a sample and what becomes of its record.
func (s *Sample) Compare(out []Outcome) []Difference {
	var list []Difference
	if len(out) != 1 {
		return []Difference{{"+", fmt.Sprintf("%d events: a sample is to be one", len(out))}}
	}
	o := &out[0]
	if o.Rejected != "" {
		return []Difference{{"+", "set aside: " + o.Rejected}}
	}
	if s.Say != "" && s.Say != o.Say {
		list = append(list, Difference{"-", "say " + s.Say}, Difference{"+", "say " + o.Say})
	}
	wanted := slices.Sorted(slices.Values(s.Fields))
	for i, j := 0, 0; i < len(wanted) || j < len(o.Fields); {
		switch {
		case j == len(o.Fields) || i < len(wanted) && wanted[i] < o.Fields[j]:
			list = append(list, Difference{"-", wanted[i]})
			i++
		case i == len(wanted) || wanted[i] > o.Fields[j]:
			list = append(list, Difference{"+", o.Fields[j]})
			j++
		default:
			i++
			j++
		}
	}
	return list
}

// take makes what becomes of the record what was wanted.
func (s *Sample) take(run *runner) {
	if out := run.Run(s.Record); len(out) == 1 && out[0].Rejected == "" {
		s.Fields, s.Say = out[0].Fields, out[0].Say
	}
}

// compacted is a record on one line.
func compacted(raw []byte) []byte {
	var b bytes.Buffer
	if bytes.IndexByte(raw, '\n') < 0 || json.Compact(&b, raw) != nil {
		return raw
	}
	return b.Bytes()
}

// Trial is a sample with what differs.
type Trial struct {
	File        string       `json:"file"`
	Line        int          `json:"line"`
	Title       string       `json:"title"`
	Passed      bool         `json:"passed"`
	Differences []Difference `json:"differences,omitempty"`
}

// Try runs the samples.
func (f *Format) Try() ([]Trial, error) {
	plan, err := f.Plan()
	if err != nil {
		return nil, err
	}
	run := f.runner(plan)
	list := make([]Trial, len(f.Samples))
	for i := range f.Samples {
		s := &f.Samples[i]
		d := s.Compare(run.Run(s.Record))
		list[i] = Trial{s.File, s.Line, s.Title, len(d) == 0, d}
	}
	return list, nil
}

// Updated are the files of samples with what comes out in place of what was wanted, by name.
func (f *Format) Updated() (map[string][]byte, error) {
	plan, err := f.Plan()
	if err != nil {
		return nil, err
	}
	run := f.runner(plan)
	files := map[string][]byte{}
	for i := range f.Samples {
		s := f.Samples[i]
		s.take(run)
		if text := files[s.File]; text != nil {
			files[s.File] = append(text, '\n')
		}
		files[s.File] = append(files[s.File], s.Text()...)
	}
	return files, nil
}
