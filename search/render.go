package search

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// DefaultColumns are what a table shows when nobody chose.
var DefaultColumns = []string{
	"@timestamp", "penstock.table", "action.type", "host.name", "user.name", "process.name", "source.ip", "destination.ip",
}

// SentenceColumn is the column that says what an event is.
const SentenceColumn = "sentence"

// Formats are the forms in which a Renderer writes events.
var Formats = []string{"table", "json", "ndjson", "csv"}

// Renderer writes events one after the other: as a table or CSV with a column a field, as one JSON array, or as one
// document a line.
type Renderer struct {
	out     io.Writer
	format  string
	columns []string
	table   *tabwriter.Writer
	csv     *csv.Writer
	count   int
}

// How wide a cell of a table may be, in characters.
const (
	widest         = 60
	widestSentence = 120
)

// NewRenderer makes a renderer for one of Formats; columns (nil: DefaultColumns) are for table and csv.
func NewRenderer(out io.Writer, format string, columns []string) (*Renderer, error) {
	if len(columns) == 0 {
		columns = DefaultColumns
	}
	r := &Renderer{out: out, format: format, columns: columns}
	switch format {
	case "table":
		r.table = tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(r.table, strings.Join(columns, "\t"))
	case "csv":
		r.csv = csv.NewWriter(out)
		if err := r.csv.Write(columns); err != nil {
			return nil, fmt.Errorf("write CSV: %w", err)
		}
	case "json", "ndjson":
	default:
		return nil, fmt.Errorf("format %q: want one of %s", format, strings.Join(Formats, ", "))
	}
	return r, nil
}

// Add writes an event.
func (r *Renderer) Add(h Hit) error {
	r.count++
	switch r.format {
	case "json":
		separator := ",\n"
		if r.count == 1 {
			separator = "[\n"
		}
		_, err := fmt.Fprintf(r.out, "%s%s", separator, h.Document)
		return err
	case "ndjson":
		_, err := fmt.Fprintf(r.out, "%s\n", h.Document)
		return err
	}
	cells, err := r.cells(h)
	if err != nil {
		return err
	}
	if r.csv != nil {
		for i := range cells {
			cells[i] = Harmless(cells[i])
		}
		return r.csv.Write(cells)
	}
	for i, c := range cells {
		if r.columns[i] == SentenceColumn {
			cells[i] = shorten(c, widestSentence)
		} else {
			cells[i] = shorten(c, widest)
		}
	}
	_, err = fmt.Fprintln(r.table, strings.Join(cells, "\t"))
	return err
}

func (r *Renderer) cells(h Hit) ([]string, error) {
	document, err := ParseDocument(&h)
	if err != nil {
		return nil, err
	}
	cells := make([]string, len(r.columns))
	for i, column := range r.columns {
		switch column {
		case "@timestamp":
			cells[i] = h.Time.UTC().Format(time.RFC3339Nano)
		case SentenceColumn:
			cells[i] = string(h.Sentence.Text)
		default:
			cells[i] = Text(document.Find(column))
		}
	}
	return cells, nil
}

// Harmless keeps a spreadsheet from running a text as a formula: one that begins like a formula gets an apostrophe before
// it, unless it is a number (https://owasp.org/www-community/attacks/CSV_Injection).
func Harmless(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}

// shorten makes a text fit a table: on one line, and not too wide.
func shorten(s string, widest int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > widest {
		return string(runes[:widest-1]) + "…"
	}
	return s
}

// Close writes what closes the output.
func (r *Renderer) Close() error {
	switch {
	case r.csv != nil:
		r.csv.Flush()
		return r.csv.Error()
	case r.table != nil:
		return r.table.Flush()
	case r.format == "json" && r.count == 0:
		_, err := fmt.Fprintln(r.out, "[]")
		return err
	case r.format == "json":
		_, err := fmt.Fprintln(r.out, "\n]")
		return err
	}
	return nil
}
