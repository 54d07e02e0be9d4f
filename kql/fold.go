package kql

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

const tick = 100 * time.Nanosecond

// foldTwo computes an operation of two constants; nil where it is left to the database.
func foldTwo(name string, l, r Const) any {
	if t, ok := l.Value.(time.Time); ok {
		switch v := r.Value.(type) {
		case int64:
			return moved(t, v, name)
		case time.Time:
			if name == "-" {
				return int64(t.Sub(v) / tick)
			}
		}
		return nil
	}
	if t, ok := r.Value.(time.Time); ok {
		if v, ok := l.Value.(int64); ok && name == "+" {
			return moved(t, v, name)
		}
		return nil
	}
	a, aok := l.Value.(int64)
	c, cok := r.Value.(int64)
	if aok && cok {
		return foldWhole(name, a, c, l.Of == TimeSpan && r.Of == TimeSpan)
	}
	return foldReal(name, l, r)
}

// moved is a time plus or minus a span in ticks, unless it leaves the years that a datetime may have.
func moved(t time.Time, ticks int64, op string) any {
	if ticks > math.MaxInt64/100 || ticks < math.MinInt64/100 {
		return nil
	}
	d := time.Duration(ticks) * tick
	if op == "-" {
		d = -d
	} else if op != "+" {
		return nil
	}
	m := t.Add(d)
	if m.Year() < 1 || m.Year() > 9999 {
		return nil
	}
	return m
}

func foldWhole(name string, a, c int64, spans bool) any {
	const bound = math.MaxInt32
	switch name {
	case "+":
		if s := a + c; (s > a) == (c > 0) {
			return s
		}
	case "-":
		if s := a - c; (s < a) == (c > 0) {
			return s
		}
	case "*":
		if p := a * c; a == 0 || p/a == c && (a != -1 || c != math.MinInt64) {
			return p
		}
	case "/":
		if spans && c != 0 {
			return float64(a) / float64(c)
		}
		if c != 0 && a < bound<<30 && a > -bound<<30 {
			return a / c
		}
	}
	return nil
}

// foldReal computes with a real and a whole number or span, in either order.
func foldReal(name string, l, r Const) any {
	a, aok := realOf(l)
	c, cok := realOf(r)
	if !aok || !cok {
		return nil
	}
	var v float64
	switch name {
	case "+":
		v = a + c
	case "-":
		v = a - c
	case "*":
		v = a * c
	case "/":
		if c == 0 {
			return nil
		}
		v = a / c
	default:
		return nil
	}
	if l.Of == TimeSpan || r.Of == TimeSpan {
		if math.Abs(v) >= math.MaxInt64 || math.IsNaN(v) {
			return nil
		}
		return int64(v)
	}
	return v
}

func realOf(c Const) (float64, bool) {
	switch v := c.Value.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	}
	return 0, false
}

func formatLong(v int64) string { return strconv.FormatInt(v, 10) }

func parseLong(s string) (int64, bool) {
	v, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	return v, err == nil
}

func parsePlainReal(s string) (float64, bool) {
	if strings.Trim(s, "0123456789.-") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

// jsonText is a text as JSON, without the escapes that encoding/json makes for the sake of web pages.
func jsonText(s string) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return json.RawMessage(`""`)
	}
	return bytes.TrimSpace(b.Bytes())
}
