package hunt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"penstock/kql"
	"penstock/kql/duckdb"
)

// AppendJSON appends a value as results have it in JSON: integers beyond 2⁵³, decimals and what JSON has no number for as
// texts, moments as RFC 3339 has them, time spans as KQL writes them.
func AppendJSON(dst []byte, of kql.Type, v any) []byte {
	switch v := duckdb.JSON(v, of).(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return strconv.AppendFloat(dst, v, 'g', -1, 64)
	case json.RawMessage:
		if len(v) == 0 {
			return append(dst, "null"...)
		}
		return append(dst, v...)
	case string:
		return appendString(dst, v)
	default:
		return appendString(dst, fmt.Sprint(v))
	}
}

// Text is a value as tables and CSV show it; nothing for null.
func Text(of kql.Type, v any) string { return duckdb.Text(v, of) }

func appendString(dst []byte, s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return append(dst, `""`...) // a string can always be encoded
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}
