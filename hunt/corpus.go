package hunt

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"penstock/kql/syntax"
)

// Corpus is a collection of queries, for finding out how many of them are understood and run.
type Corpus []Sample

// Sample is a query of a corpus.
type Sample struct {
	Group   string      `json:"-"` // under which the collection has it
	ID      string      `json:"id"`
	Query   string      `json:"query"`
	Parser  string      `json:"ms_parser"`      // the verdict of Microsoft's parser: ok, if it is known
	Dialect string      `json:"dialect"`        // defender or sentinel
	Columns [][2]string `json:"output_columns"` // of the result, name and type, by Microsoft's binder; nil: not known
}

// maxCorpus bounds a file of queries.
const maxCorpus = 256 << 20

// ReadCorpus reads queries: an object of lists of them, a list, or one a line. A query is an object with query and id, or a text.
func ReadCorpus(r io.Reader) (Corpus, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxCorpus+1))
	if err != nil {
		return nil, fmt.Errorf("read queries: %w", err)
	}
	if len(text) > maxCorpus {
		return nil, fmt.Errorf("read queries: the file is larger than %d MiB", maxCorpus>>20)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	var c Corpus
	for {
		var v json.RawMessage
		if err := d.Decode(&v); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read queries: %w", err)
		}
		if err := c.add("", v); err != nil {
			return nil, fmt.Errorf("read queries: %w", err)
		}
	}
	for i := range c {
		if c[i].ID == "" {
			c[i].ID = strconv.Itoa(i + 1)
		}
	}
	return c, nil
}

// add takes what a collection has: a query, a list, or an object of lists.
func (c *Corpus) add(group string, v json.RawMessage) error {
	switch v[0] {
	case '"':
		var s Sample
		if err := json.Unmarshal(v, &s.Query); err != nil {
			return err
		}
		s.Group = group
		*c = append(*c, s)
	case '[':
		var list []json.RawMessage
		if err := json.Unmarshal(v, &list); err != nil {
			return err
		}
		for _, item := range list {
			if err := c.add(group, item); err != nil {
				return err
			}
		}
	case '{':
		var s Sample
		if err := json.Unmarshal(v, &s); err == nil && s.Query != "" {
			s.Group = group
			*c = append(*c, s)
			return nil
		}
		return c.addGroups(v)
	}
	return nil // numbers and the like are about the collection
}

func (c *Corpus) addGroups(v json.RawMessage) error {
	d := json.NewDecoder(bytes.NewReader(v))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if name, ok := key.(string); ok && value[0] == '[' {
			if err := c.add(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// Verdict is what became of a query of a corpus.
type Verdict struct {
	ID       string      `json:"id"`
	Group    string      `json:"group,omitempty"`
	Parsed   bool        `json:"parsed"`
	Bound    bool        `json:"bound"`
	Columns  [][2]string `json:"columns,omitempty"`
	Equal    *bool       `json:"columns_equal,omitempty"` // to those of Microsoft's binder; nil: these are not known
	Ran      bool        `json:"ran"`
	Rows     int64       `json:"rows"`
	Compile  float64     `json:"compile_milliseconds"`
	Millis   float64     `json:"milliseconds"`
	Error    string      `json:"error,omitempty"`
	Line     int         `json:"line,omitempty"`
	Column   int         `json:"column,omitempty"`
	expected bool        // Microsoft's parser takes it
}

// Try finds out what becomes of each query, and runs it if wanted, with the request's range and limits.
func (h *Hunts) Try(ctx context.Context, c Corpus, r Request, run bool, tell func(*Verdict) error) (*Tally, error) {
	t := &Tally{}
	for i := range c {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		v := h.try(ctx, &c[i], r, run)
		t.add(v)
		if err := tell(v); err != nil {
			return t, err
		}
	}
	return t, nil
}

func (h *Hunts) try(ctx context.Context, s *Sample, r Request, run bool) *Verdict {
	v := &Verdict{ID: s.ID, Group: s.Group, expected: s.Parser == "" || s.Parser == "ok"}
	r.Query, r.Quiet, r.Who = s.Query, true, "corpus"
	// Queries that are called defender's may name columns that only Sentinel's pages name.
	if s.Dialect == "sentinel" {
		r.Dialect = s.Dialect
	}
	if err := r.check(&h.options, h.options.Now()); err != nil {
		v.fail(err)
		return v
	}
	began := time.Now()
	v.Parsed = len(syntax.Parse(s.Query).Errors) == 0
	bound, err := h.compile(ctx, &r, nil)
	v.Compile = milliseconds(began)
	if err != nil {
		v.fail(err)
		return v
	}
	v.Bound = true
	for _, column := range bound.plan.Columns {
		v.Columns = append(v.Columns, [2]string{column.Name, column.Type.String()})
	}
	if s.Columns != nil {
		v.Equal = new(slices.Equal(v.Columns, s.Columns))
	}
	if !run {
		return v
	}
	began = time.Now()
	summary, err := h.Run(ctx, r, discard{})
	v.Millis = milliseconds(began)
	if err != nil {
		v.fail(err)
		return v
	}
	v.Ran, v.Rows = true, summary.Rows
	return v
}

func milliseconds(since time.Time) float64 { return float64(time.Since(since).Microseconds()) / 1000 }

func (v *Verdict) fail(err error) {
	v.Error = err.Error()
	var query *QueryError
	if !errors.As(err, &query) {
		return
	}
	for _, d := range query.Diagnostics {
		if !d.Warning {
			v.Line, v.Column = d.Line, d.Column
			return
		}
	}
}

// discard takes a result and forgets it.
type discard struct{}

func (discard) Begin(*Outline) error { return nil }
func (discard) Row([]any) error      { return nil }

// Tally is how many queries of a corpus came how far.
type Tally struct {
	groups  []*groupTally
	compile []float64
	run     []float64
}

type groupTally struct {
	name                                                                  string
	queries, expected, parsed, bound, known, equal, ran, withRows, faults int
}

func (t *Tally) add(v *Verdict) {
	for _, name := range []string{v.Group, "all"} {
		if name == "" {
			continue
		}
		i := slices.IndexFunc(t.groups, func(g *groupTally) bool { return g.name == name })
		if i < 0 {
			i = len(t.groups)
			t.groups = append(t.groups, &groupTally{name: name})
		}
		t.groups[i].add(v)
	}
	t.compile = append(t.compile, v.Compile)
	if v.Millis > 0 {
		t.run = append(t.run, v.Millis)
	}
}

func (g *groupTally) add(v *Verdict) {
	count := func(n *int, yes bool) {
		if yes {
			*n++
		}
	}
	g.queries++
	count(&g.expected, v.expected)
	count(&g.parsed, v.Parsed)
	count(&g.bound, v.Bound)
	count(&g.known, v.Equal != nil || !v.Bound && v.expected)
	count(&g.equal, v.Equal != nil && *v.Equal)
	count(&g.ran, v.Ran)
	count(&g.withRows, v.Rows > 0)
	count(&g.faults, v.Error != "" && v.expected)
}

// Write writes the tally for people.
func (t *Tally) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	for _, g := range t.groups {
		if g.name == "all" && len(t.groups) == 2 {
			continue
		}
		fmt.Fprintf(out, "%s: %d queries, of which Microsoft's parser takes %d: %d parsed, %d bound, %d with the very columns of Microsoft's binder, %d ran, %d gave rows; %d failed\n",
			g.name, g.queries, g.expected, g.parsed, g.bound, g.equal, g.ran, g.withRows, g.faults)
	}
	fmt.Fprintf(out, "compiling took %.2f ms for the median query, %.2f ms for 95 %% of them\n", quantile(t.compile, 0.5), quantile(t.compile, 0.95))
	if len(t.run) > 0 {
		fmt.Fprintf(out, "running took %.1f ms for the median query, %.1f ms for 95 %% of them, %.1f ms at most\n", quantile(t.run, 0.5), quantile(t.run, 0.95), quantile(t.run, 1))
	}
	return out.Flush()
}

func quantile(list []float64, q float64) float64 {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
