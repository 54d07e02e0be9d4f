package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"penstock/search"
	"penstock/server"
)

// huntOutput writes a result in one form. Values come as the API has them.
type huntOutput struct {
	out     *bufio.Writer
	format  string
	columns []server.HuntColumn
	csv     *csv.Writer
	table   *tabwriter.Writer
	rows    int
}

func newHuntOutput(w io.Writer, format string) (*huntOutput, error) {
	o := &huntOutput{out: bufio.NewWriter(w), format: format}
	switch format {
	case "json", "ndjson":
	case "csv":
		o.csv = csv.NewWriter(o.out)
	case "table":
		o.table = tabwriter.NewWriter(o.out, 2, 8, 2, ' ', 0)
	default:
		return nil, fmt.Errorf("--format %q: table, csv, json and ndjson are there", format)
	}
	return o, nil
}

func (o *huntOutput) begin(columns []server.HuntColumn) error {
	o.columns = columns
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	switch o.format {
	case "csv":
		return o.csv.Write(harmless(names))
	case "table":
		_, err := fmt.Fprintln(o.table, strings.Join(names, "\t"))
		return err
	case "json":
		text, err := json.Marshal(columns)
		if err == nil {
			_, err = fmt.Fprintf(o.out, "{\"columns\":%s,\"rows\":[", text)
		}
		return err
	}
	return nil
}

func (o *huntOutput) row(values []json.RawMessage) error {
	o.rows++
	switch o.format {
	case "json":
		if o.rows > 1 {
			o.out.WriteByte(',') //nolint:errcheck // the last write of the buffer says so
		}
		text, err := json.Marshal(values)
		if err == nil {
			_, err = o.out.Write(append([]byte("\n"), text...))
		}
		return err
	case "ndjson":
		return o.object(values)
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = plainText(v)
	}
	if o.csv != nil {
		return o.csv.Write(harmless(texts))
	}
	for i := range texts {
		texts[i] = shortened(texts[i])
	}
	_, err := fmt.Fprintln(o.table, strings.Join(texts, "\t"))
	return err
}

// object writes a row as an object, in the order of its columns.
func (o *huntOutput) object(values []json.RawMessage) error {
	line := []byte{'{'}
	for i, v := range values {
		name, err := json.Marshal(o.columns[i].Name)
		if err != nil {
			return err
		}
		if i > 0 {
			line = append(line, ',')
		}
		line = append(append(append(line, name...), ':'), v...)
	}
	_, err := o.out.Write(append(line, "}\n"...))
	return err
}

func (o *huntOutput) close(end *server.HuntEnd) error {
	switch o.format {
	case "csv":
		o.csv.Flush()
		if err := o.csv.Error(); err != nil {
			return err
		}
	case "table":
		if err := o.table.Flush(); err != nil {
			return err
		}
	case "json":
		fmt.Fprintf(o.out, "\n],\"cut\":%t}\n", end.Cut)
	}
	return o.out.Flush()
}

// plainText is a value without quotation marks; nothing for null.
func plainText(v json.RawMessage) string {
	if string(v) == "null" {
		return ""
	}
	var s string
	if len(v) > 0 && v[0] == '"' && json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

func harmless(texts []string) []string {
	for i := range texts {
		texts[i] = search.Harmless(texts[i])
	}
	return texts
}

// widest is how many letters a cell of a table shows.
const widest = 80

func shortened(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > widest {
		return string(runes[:widest-1]) + "…"
	}
	return s
}
