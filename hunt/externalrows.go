package hunt

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"penstock/kql"
)

// separators are those of the formats of lines.
var separators = map[string]rune{"csv": ',', "tsv": '\t', "tsve": '\t', "psv": '|', "scsv": ';', "sohsv": '\x01'}

// readExternal takes a file of externaldata apart. Its format is named, or what the file's name says; CSV otherwise.
func readExternal(e *kql.External, name string, body []byte) ([][]kql.Expr, error) {
	format := strings.ToLower(e.Format)
	if format == "" {
		format = strings.TrimPrefix(path.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz")), ".")
		if separators[format] == 0 && format != "json" && format != "txt" {
			format = "csv"
		}
	}
	body = bytes.TrimPrefix(body, []byte("\uFEFF"))
	skip := strings.EqualFold(e.With["ignorefirstrecord"], "true")
	switch format {
	case "txt":
		return readLines(e.Cols, body, skip)
	case "raw":
		return [][]kql.Expr{rowOf(e.Cols, []string{string(body)})}, nil
	case "json", "multijson", "singlejson":
		return readObjects(e.Cols, body)
	}
	comma := separators[format]
	if comma == 0 {
		return nil, fmt.Errorf("the format %q of externaldata is not supported: csv, tsv, psv, scsv, sohsv, txt, raw, json and multijson are", format)
	}
	r := csv.NewReader(bytes.NewReader(body))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, true
	var rows [][]kql.Expr
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		if skip {
			skip = false
			continue
		}
		if rows = append(rows, rowOf(e.Cols, record)); len(rows) > maxExternalRows {
			return nil, fmt.Errorf("it has more than %d rows", maxExternalRows)
		}
	}
}

func readLines(cols []kql.Column, body []byte, skip bool) ([][]kql.Expr, error) {
	var rows [][]kql.Expr
	for line := range strings.Lines(string(body)) {
		if skip {
			skip = false
			continue
		}
		if rows = append(rows, rowOf(cols, []string{strings.TrimRight(line, "\r\n")})); len(rows) > maxExternalRows {
			return nil, fmt.Errorf("it has more than %d lines", maxExternalRows)
		}
	}
	return rows, nil
}

// readObjects reads JSON objects one after another, or lists of such. A column takes the member of its name.
func readObjects(cols []kql.Column, body []byte) ([][]kql.Expr, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	var rows [][]kql.Expr
	for {
		var v json.RawMessage
		if err := d.Decode(&v); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return nil, err
		}
		list := []map[string]json.RawMessage{nil}
		var err error
		if v[0] == '[' {
			err = json.Unmarshal(v, &list)
		} else {
			err = json.Unmarshal(v, &list[0])
		}
		if err != nil {
			return nil, err
		}
		for _, object := range list {
			row := make([]kql.Expr, len(cols))
			for i, c := range cols {
				row[i] = constOfJSON(c.Type, object[c.Name])
			}
			if rows = append(rows, row); len(rows) > maxExternalRows {
				return nil, fmt.Errorf("it has more than %d objects", maxExternalRows)
			}
		}
	}
}

// rowOf makes a row of texts; what is missing is null.
func rowOf(cols []kql.Column, texts []string) []kql.Expr {
	row := make([]kql.Expr, len(cols))
	for i, c := range cols {
		text := ""
		if i < len(texts) {
			text = texts[i]
		}
		row[i] = constOf(c.Type, text)
	}
	return row
}

func constOfJSON(t kql.Type, v json.RawMessage) kql.Const {
	var text string
	switch {
	case len(v) == 0 || string(v) == "null":
		return constOf(t, "")
	case t == kql.Dynamic:
		return kql.Const{Of: t, Value: compact(v)}
	case v[0] == '"' && json.Unmarshal(v, &text) == nil:
		return constOf(t, text)
	}
	return constOf(t, string(v))
}

func compact(v []byte) json.RawMessage {
	var b bytes.Buffer
	if json.Compact(&b, v) != nil {
		return nil
	}
	return b.Bytes()
}

// constOf reads a text as a value of a type; what does not fit is null.
func constOf(t kql.Type, text string) kql.Const {
	c := kql.Const{Of: t}
	trimmed := strings.TrimSpace(text)
	switch t {
	case kql.String:
		c.Value = strings.ToValidUTF8(text, "\uFFFD")
	case kql.Bool:
		switch strings.ToLower(trimmed) {
		case "true", "1":
			c.Value = true
		case "false", "0":
			c.Value = false
		}
	case kql.Int, kql.Long:
		if n, err := strconv.ParseInt(trimmed, 0, 64); err == nil {
			c.Value = n
		}
	case kql.Real:
		if f, err := strconv.ParseFloat(trimmed, 64); err == nil {
			c.Value = f
		}
	case kql.Decimal:
		if _, err := strconv.ParseFloat(trimmed, 64); err == nil {
			c.Value = trimmed
		}
	case kql.DateTime:
		if at, ok := parseMoment(trimmed); ok {
			c.Value = at
		}
	case kql.Dynamic:
		switch {
		case trimmed == "":
		case json.Valid([]byte(trimmed)):
			c.Value = compact([]byte(trimmed))
		default:
			c.Value = json.RawMessage(appendString(nil, text))
		}
	case kql.Guid:
		if len(trimmed) == 36 {
			c.Value = strings.ToLower(trimmed)
		}
	}
	return c
}

// momentForms are how files write moments.
var momentForms = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04",
	"2006-01-02 15:04", time.DateOnly, "1/2/2006 3:04:05 PM", "1/2/2006 15:04:05", "1/2/2006", time.RFC1123, time.RFC1123Z,
}

func parseMoment(text string) (time.Time, bool) {
	for _, form := range momentForms {
		if at, err := time.Parse(form, text); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}
