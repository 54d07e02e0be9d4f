package sigma

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// Evaluate reports whether an event fulfils a condition. fields gives the values that the event has in a field, and for the
// empty name those of all its fields. It is plain and slow: sigma/match, which is fast, is held against it.
func Evaluate(n Node, fields func(name string) []string) bool {
	switch n := n.(type) {
	case *And:
		for _, part := range n.Of {
			if !Evaluate(part, fields) {
				return false
			}
		}
		return true
	case *Or:
		for _, part := range n.Of {
			if Evaluate(part, fields) {
				return true
			}
		}
		return false
	case *Not:
		return !Evaluate(n.Of, fields)
	case *Test:
		return n.Holds(fields)
	}
	return false
}

// Holds reports whether the test holds for an event. Empty values count as none, so that Null and Empty hold where there is no
// other value, and Exists asks for one. A FieldRef holds if it does for any pair of a value of Field and one of Ref.
func (t *Test) Holds(fields func(name string) []string) bool {
	any := false
	for _, value := range fields(t.Field) {
		if value == "" {
			continue
		}
		any = true
		if t.Kind == FieldRef {
			for _, other := range fields(t.Ref) {
				if other != "" && t.Related(value, other) {
					return true
				}
			}
		} else if t.HoldsFor(value) {
			return true
		}
	}
	switch t.Kind {
	case Null, Empty:
		return !any
	case Exists:
		return any == t.Want
	}
	return false
}

// MaxRegexText is how many bytes of a value a regular expression looks at, as if the value ended there: it takes up to a
// hundred nanoseconds for each.
const MaxRegexText = 1 << 16

// HoldsFor reports whether the test holds for a single value that is not empty; the kinds that are not about one value (Null,
// Empty, Exists, FieldRef) do not. CIDR takes an address without zone, IPv4 also mapped into IPv6; the numeric kinds take
// what Number reads, or with Part what TimePart.Of does, and hold for nothing else.
func (t *Test) HoldsFor(value string) bool {
	switch t.Kind {
	case Match:
		return t.Pattern.Match(value, t.Cased)
	case Regex:
		return t.Regexp.MatchString(value[:min(len(value), MaxRegexText)])
	case CIDR:
		addr, err := netip.ParseAddr(value)
		return err == nil && addr.Zone() == "" && t.Prefix.Contains(addr.Unmap())
	case Equal, Less, LessOrEqual, Greater, GreaterOrEqual:
		n, ok := Number(value)
		if t.Part != 0 {
			n, ok = t.Part.Of(value)
		}
		return ok && t.Compares(n)
	}
	return false
}

// Compares reports whether a number is as one of the numeric kinds wants it.
func (t *Test) Compares(n float64) bool {
	switch t.Kind {
	case Equal:
		return n == t.Bound
	case Less:
		return n < t.Bound
	case LessOrEqual:
		return n <= t.Bound
	case Greater:
		return n > t.Bound
	}
	return n >= t.Bound
}

// Related reports whether other is in value where the anchor wants it.
func (t *Test) Related(value, other string) bool {
	p := Literal(other)
	switch t.Anchor {
	case Start:
		p = p.anyBehind()
	case End:
		p = p.anyBefore()
	case Anywhere:
		p = p.contained()
	}
	return p.Match(value, t.Cased)
}

// Number reads a number as rules and events write it: decimal, with or without fraction and exponent. Neither infinity nor
// hexadecimal digits are numbers.
func Number(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "+-.0123456789eE") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && !math.IsInf(n, 0)
}
