package duckdb

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"penstock/kql"
	"penstock/kql/scalar"
)

// Rows reads the answer to a Query as values of KQL.
type Rows struct {
	rows    *sql.Rows
	columns []kql.Column
	raw     []any
	targets []any
	values  []any
	err     error
}

// ReadRows reads rows, the answer to q. Whoever gave rows closes them.
func (q *Query) ReadRows(rows *sql.Rows) *Rows {
	r := &Rows{rows: rows, columns: q.Columns, raw: make([]any, len(q.Columns)), targets: make([]any, len(q.Columns)), values: make([]any, len(q.Columns))}
	for i := range r.raw {
		r.targets[i] = &r.raw[i]
	}
	return r
}

// Next reads one more row; false at the end or after a failure, which Err tells.
func (r *Rows) Next() bool {
	if r.err != nil || !r.rows.Next() {
		return false
	}
	clear(r.raw)
	if err := r.rows.Scan(r.targets...); err != nil {
		r.err = fmt.Errorf("read a result row: %w", err)
		return false
	}
	for i, col := range r.columns {
		v, err := value(r.raw[i], col.Type)
		if err != nil {
			r.err = fmt.Errorf("read the column %s: %w", col.Name, err)
			return false
		}
		r.values[i] = v
	}
	return true
}

// Err says what stopped Next before the end.
func (r *Rows) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.rows.Err()
}

// Values of the current row, valid until the next one is read, as kql.Const holds them: nil, bool, int64 (timespans in ticks), float64, string,
// time.Time, json.RawMessage.
func (r *Rows) Values() []any { return r.values }

// value makes a value of KQL of what the driver gives.
func value(raw any, t kql.Type) (any, error) {
	if raw == nil {
		if t == kql.String {
			return "", nil
		}
		return nil, nil
	}
	switch v := raw.(type) {
	case bool:
		if t == kql.Bool {
			return v, nil
		}
	case int64:
		return ofInteger(v, t)
	case int32:
		return ofInteger(int64(v), t)
	case float64:
		if t == kql.Real {
			return v, nil
		}
	case string:
		switch t {
		case kql.Dynamic:
			return dynamicValue(v), nil
		case kql.String, kql.Decimal, kql.Guid:
			return v, nil
		}
	case time.Time:
		if t == kql.DateTime {
			return v.UTC(), nil
		}
	}
	return nil, fmt.Errorf("%T is no %s", raw, t)
}

func ofInteger(v int64, t kql.Type) (any, error) {
	switch t {
	case kql.Int, kql.Long, kql.TimeSpan:
		return v, nil
	case kql.DateTime:
		return scalar.FromTicks(v), nil
	case kql.Real:
		return float64(v), nil
	}
	return nil, fmt.Errorf("a whole number is no %s", t)
}

// dynamicValue is JSON that any reader takes: DuckDB's own parser lets NaN and the like pass.
func dynamicValue(text string) any {
	if text == "null" {
		return nil
	}
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return nil
	}
	return json.RawMessage(quoted)
}

// exactInteger bounds the whole numbers that every reader of JSON keeps exactly.
const exactInteger = 1 << 53

// JSON is a value as the API gives it: a datetime in RFC 3339 with seven digits, a timespan as d.hh:mm:ss.fffffff (days and fraction only where there
// are any), a dynamic value as itself, longs past 2^53, decimals and what is no number as text.
func JSON(v any, t kql.Type) any {
	switch v := v.(type) {
	case int64:
		if t == kql.TimeSpan {
			return scalar.FormatSpan(v)
		}
		if v > exactInteger || v < -exactInteger {
			return strconv.FormatInt(v, 10)
		}
	case float64:
		switch {
		case math.IsNaN(v):
			return "NaN"
		case math.IsInf(v, 1):
			return "Infinity"
		case math.IsInf(v, -1):
			return "-Infinity"
		}
	case time.Time:
		return scalar.FormatTime(scalar.Ticks(v))
	}
	return v
}

// Text is a value as tostring() writes it: for tables and CSV.
func Text(v any, t kql.Type) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		return strconv.FormatBool(v)
	case int64:
		if t == kql.TimeSpan {
			return scalar.FormatSpan(v)
		}
		return strconv.FormatInt(v, 10)
	case float64:
		if s, ok := JSON(v, t).(string); ok {
			return s
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		return scalar.FormatTime(scalar.Ticks(v))
	case json.RawMessage:
		var s string
		if json.Unmarshal(v, &s) == nil {
			return s
		}
		return string(v)
	case string:
		return v
	}
	return fmt.Sprint(v)
}
