package config

import (
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Secret is a text that is never shown: whatever prints, logs or encodes it gets stars. Reveal gives it away.
type Secret string

const redacted = "***"

// Reveal is the secret itself.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString keeps %#v from showing it.
func (s Secret) GoString() string { return strconv.Quote(s.String()) }

// LogValue keeps slog from showing it.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText keeps JSON and YAML from showing it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalYAML reads a text.
func (s *Secret) UnmarshalYAML(n ast.Node) error {
	text, err := scalar(n, "a text")
	*s = Secret(text)
	return err
}

// Off is the Duration of something that is switched off.
const Off Duration = -1

// Duration is a time span: units s, m, h, d (24 hours) and w, as in 90d or 1h30m; or off.
type Duration time.Duration

const wantDuration = "a time span such as 90s, 15m, 24h, 30d, or off"

// ParseDuration reads a Duration.
func ParseDuration(text string) (Duration, error) {
	if text == "off" {
		return Off, nil
	}
	whole := text
	var total time.Duration
	for _, unit := range []struct {
		suffix string
		length time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		before, after, found := strings.Cut(text, unit.suffix)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(before, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("expected %s, got %q", wantDuration, whole)
		}
		total += time.Duration(n) * unit.length
		if text = after; text == "" {
			return Duration(total), nil
		}
	}
	rest, err := time.ParseDuration(text)
	if err != nil || rest < 0 {
		return 0, fmt.Errorf("expected %s, got %q", wantDuration, whole)
	}
	return Duration(total + rest), nil
}

// Or0 is the time span, or 0 when it is switched off.
func (d Duration) Or0() time.Duration { return max(0, time.Duration(d)) }

func (d Duration) String() string {
	switch day := Duration(24 * time.Hour); {
	case d == Off:
		return "off"
	case d > 0 && d%day == 0:
		return strconv.FormatInt(int64(d/day), 10) + "d"
	default:
		return time.Duration(d).String()
	}
}

// MarshalText writes what ParseDuration reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalYAML reads a time span.
func (d *Duration) UnmarshalYAML(n ast.Node) error {
	return parseNode(n, d, ParseDuration, wantDuration)
}

// Bytes is a size: units B, kB, MB, GB, TB (powers of 1000) and KiB, MiB, GiB, TiB (powers of 1024).
type Bytes int64

const wantBytes = "a size such as 64MiB, 500MB or 8GiB"

var byteUnits = map[string]float64{
	"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}

// ParseBytes reads a size.
func ParseBytes(text string) (Bytes, error) {
	digits := strings.TrimRight(text, "BKMGTikbmgt ")
	unit, known := byteUnits[strings.ToLower(strings.TrimSpace(text[len(digits):]))]
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || !known || n < 0 || n*unit >= math.MaxInt64 {
		return 0, fmt.Errorf("expected %s, got %q", wantBytes, text)
	}
	return Bytes(n * unit), nil
}

func (b Bytes) String() string {
	for _, u := range []struct {
		name string
		size Bytes
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if b >= u.size && b%u.size == 0 {
			return strconv.FormatInt(int64(b/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10) + "B"
}

// MarshalText writes what ParseBytes reads.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalYAML reads a size.
func (b *Bytes) UnmarshalYAML(n ast.Node) error { return parseNode(n, b, ParseBytes, wantBytes) }

// Start is where to begin reading without a checkpoint. The zero value is the earliest message.
type Start struct {
	Latest bool
	Time   time.Time // begin with messages enqueued at or after it; zero: not set
}

const wantStart = "earliest, latest, or a time such as 2026-11-23T08:00:00Z"

// ParseStart reads a Start.
func ParseStart(text string) (Start, error) {
	switch text {
	case "earliest":
		return Start{}, nil
	case "latest":
		return Start{Latest: true}, nil
	}
	for _, form := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return Start{Time: t.UTC()}, nil
		}
	}
	return Start{}, fmt.Errorf("expected %s, got %q", wantStart, text)
}

func (s Start) String() string {
	switch {
	case s.Latest:
		return "latest"
	case s.Time.IsZero():
		return "earliest"
	default:
		return s.Time.Format(time.RFC3339Nano)
	}
}

// MarshalText writes what ParseStart reads.
func (s Start) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalYAML reads a starting point.
func (s *Start) UnmarshalYAML(n ast.Node) error { return parseNode(n, s, ParseStart, wantStart) }

func parseNode[T any](n ast.Node, to *T, parse func(string) (T, error), want string) error {
	text, err := scalar(n, want)
	if err != nil {
		return err
	}
	v, err := parse(text)
	if err != nil {
		return &yaml.SyntaxError{Message: err.Error(), Token: n.GetToken()}
	}
	*to = v
	return nil
}

// scalar is the text of a node that is neither a list nor a mapping.
func scalar(n ast.Node, want string) (string, error) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode:
		return n.Value.Value, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, nil
	}
	return "", &yaml.SyntaxError{Message: "expected " + want, Token: n.GetToken()}
}
