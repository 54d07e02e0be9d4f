package azure

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// MeasuredTable is what the measuring query says of one table.
type MeasuredTable struct {
	Table string `json:"table"`
	// Days are those on which there were records: thirty at most.
	Days       float64 `json:"days"`
	Events     float64 `json:"events" doc:"On all these days"`
	Bytes      float64 `json:"bytes" doc:"On all these days, by estimate_data_size"`
	PeakEvents float64 `json:"peakEvents" doc:"In the busiest hour"`
	PeakBytes  float64 `json:"peakBytes" doc:"In the busiest hour"`
}

// maxMeasured bounds the result that is read: a line a table.
const maxMeasured = 1 << 20

// MeasureQuery is the query that measures how much of the tables a tenant has, to be run under Hunting, Advanced hunting in
// Defender's portal. It counts table by table: over a union of all, a row would count the columns of the others.
func MeasureQuery(tables []string) (string, error) {
	list, err := chosen(tables)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("union isfuzzy=true\n") // a tenant has not all tables
	for i, t := range list {
		end := ","
		if i == len(list)-1 {
			end = ""
		}
		fmt.Fprintf(&b, "(%s | where Timestamp > ago(30d) | summarize Events = count(), Bytes = sum(estimate_data_size(*)) by Hour = bin(Timestamp, 1h) | extend Table = %q)%s\n", t.Name, t.Name, end)
	}
	b.WriteString("| summarize Days = dcount(bin(Hour, 1d)), Events = sum(Events), Bytes = sum(Bytes), PeakEvents = max(Events), PeakBytes = max(Bytes) by Table\n")
	b.WriteString("| order by Bytes desc\n")
	return b.String(), nil
}

// measuredColumns are the columns of the query's result that must be there.
var measuredColumns = []string{"Table", "Days", "Events", "Bytes", "PeakEvents", "PeakBytes"}

// ReadMeasured reads the result of the measuring query as it is exported: CSV, a JSON list of rows, or an answer of the API
// of advanced hunting.
func ReadMeasured(r io.Reader) ([]MeasuredTable, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxMeasured+1))
	if err != nil {
		return nil, fmt.Errorf("read what was measured: %w", err)
	}
	if len(data) > maxMeasured {
		return nil, &Mistake{"measured", "It is too large for the result of the measuring query, which has a line for each table."}
	}
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if len(data) == 0 {
		return nil, &Mistake{"measured", "There is nothing in it: run the measuring query in Defender's portal and export its result."}
	}
	var rows []map[string]string
	if data[0] == '{' || data[0] == '[' {
		rows, err = jsonRows(data)
	} else {
		rows, err = csvRows(data)
	}
	if err != nil {
		return nil, err
	}
	return measuredOf(rows)
}

func jsonRows(data []byte) ([]map[string]string, error) {
	var answer struct {
		Results []map[string]any `json:"results"` // the API's Results are found too
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var err error
	if data[0] == '[' {
		err = d.Decode(&answer.Results)
	} else {
		err = d.Decode(&answer)
	}
	if err != nil {
		return nil, &Mistake{"measured", "It begins like JSON and cannot be read as it: expected a list of rows, as the portal exports it."}
	}
	var rows []map[string]string
	for _, r := range answer.Results {
		row := map[string]string{}
		for name, value := range r {
			row[name] = fmt.Sprint(value)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func csvRows(data []byte) ([]map[string]string, error) {
	c := csv.NewReader(bytes.NewReader(data))
	c.FieldsPerRecord = -1
	c.LazyQuotes = true
	first, _, _ := strings.Cut(string(data), "\n")
	for _, comma := range ";\t" {
		if !strings.Contains(first, ",") && strings.ContainsRune(first, comma) {
			c.Comma = comma // as spreadsheets of some countries save it
		}
	}
	header, err := c.Read()
	if err != nil {
		return nil, &Mistake{"measured", "It can be read neither as CSV nor as JSON."}
	}
	var rows []map[string]string
	for {
		fields, err := c.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, &Mistake{"measured", "It cannot be read as CSV: " + err.Error() + "."}
		}
		row := map[string]string{}
		for i, f := range fields {
			if i < len(header) {
				row[strings.TrimSpace(header[i])] = strings.TrimSpace(f)
			}
		}
		rows = append(rows, row)
	}
}

const maxMeasuredTables = 500

func measuredOf(rows []map[string]string) ([]MeasuredTable, error) {
	if len(rows) == 0 {
		return nil, &Mistake{"measured", "There is no row in it: run the measuring query as it stands, and export its whole result."}
	}
	if len(rows) > maxMeasuredTables {
		return nil, &Mistake{"measured", "It has more rows than there are tables: it is not the result of the measuring query."}
	}
	var list []MeasuredTable
	for i, row := range rows {
		for _, name := range measuredColumns {
			if row[name] == "" {
				return nil, &Mistake{"measured", fmt.Sprintf("Row %d has no column %s: run the measuring query as it stands, and export its whole result.", i+1, name)}
			}
		}
		m := MeasuredTable{Table: row["Table"]}
		if !tableName.MatchString(m.Table) || slices.ContainsFunc(list, func(other MeasuredTable) bool { return strings.EqualFold(other.Table, m.Table) }) {
			return nil, &Mistake{"measured", fmt.Sprintf("Row %d: %.60q is no name of a table, or it is there twice.", i+1, m.Table)}
		}
		for name, into := range map[string]*float64{"Days": &m.Days, "Events": &m.Events, "Bytes": &m.Bytes, "PeakEvents": &m.PeakEvents, "PeakBytes": &m.PeakBytes} {
			n, err := strconv.ParseFloat(strings.ReplaceAll(row[name], ",", ""), 64)
			if err != nil || math.IsNaN(n) || n < 0 || n > 1e18 {
				return nil, &Mistake{"measured", fmt.Sprintf("Row %d: %.40q is no number of %s.", i+1, row[name], name)}
			}
			*into = n
		}
		if m.Days < 1 || m.Days > 31 {
			return nil, &Mistake{"measured", fmt.Sprintf("Row %d: records on %g days of thirty cannot be.", i+1, m.Days)}
		}
		list = append(list, m)
	}
	return list, nil
}
