package hunt

import (
	"encoding/json"
	"fmt"

	"penstock/kql"
)

// Row is a row of a result as an alert keeps it.
type Row struct {
	Columns []RowColumn       `json:"columns"`
	Values  []json.RawMessage `json:"values"`        // of the columns, as AppendJSON writes them
	Cut     bool              `json:"cut,omitempty"` // values are shortened, or columns left out
}

// RowColumn is a column of a row.
type RowColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// The bounds of a row in an alert.
const (
	maxRow      = 16 << 10 // bytes of all values
	maxRowValue = 2 << 10  // of one
	maxRowCells = 300      // columns
)

// kept is a row as an alert keeps it, within the bounds.
func (f *found) kept(row []any) []byte {
	r := Row{Columns: []RowColumn{}, Values: []json.RawMessage{}}
	bytes := 0
	for i, v := range row {
		value := AppendJSON(nil, f.columns[i].Type, v)
		if len(value) > maxRowValue {
			r.Cut = true
			value = shortened(f.columns[i].Type, v)
		}
		if bytes += len(value) + len(f.columns[i].Name); bytes > maxRow || i == maxRowCells {
			r.Cut = true
			break
		}
		r.Columns = append(r.Columns, RowColumn{f.columns[i].Name, f.columns[i].Type.String()})
		r.Values = append(r.Values, value)
	}
	text, err := json.Marshal(&r)
	if err != nil {
		return nil // a value is no JSON, which the lake does not give; the alert has the summary
	}
	return text
}

// shortened is the beginning of a value, as a text.
func shortened(of kql.Type, v any) []byte {
	runes := []rune(Text(of, v))
	return appendString(nil, string(runes[:min(len(runes), maxRowValue/4)])+"…")
}

// ReadRow reads what an alert keeps of a row.
func ReadRow(text []byte) (*Row, error) {
	r := new(Row)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("read the row of a hunt: %w", err)
	}
	return r, nil
}
