package sigma

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
)

// operand is a value of a rule on its way through the modifiers of its key.
type operand struct {
	Test
	form     form
	text     string // as written, for regexes and numbers
	number   float64
	flags    string // of a regex
	fromHead bool   // the regex has to match from the start of the value
	toTail   bool   // and to its end
	program  int    // how large the regex has become
}

// form is what a value has become.
type form uint16

const (
	text form = 1 << iota
	number
	boolean
	null
	regex
	network
	reference
	existence
	comparison
	timePart
)

func (f form) String() string {
	names := []string{"a text", "a number", "true or false", "null", "a regular expression", "a network", "the name of a field",
		"whether a field exists", "a comparison", "a part of a time"}
	for i, name := range names {
		if f == 1<<i {
			return name
		}
	}
	return "something else"
}

// modifier is what stands behind a | in a key. all and neq are not among them: they are about the whole list of values.
type modifier struct {
	takes form // what it can be put on
	apply func(r *reader, o operand) ([]operand, error)
	// first: nothing but all and neq may stand in front of it. more: it may stand twice.
	first, more bool
}

const scalars = text | number | boolean

func modifierNamed(name string) (modifier, bool) {
	switch name {
	case "contains":
		return modifier{takes: scalars | regex | reference, apply: one(contains)}, true
	case "startswith":
		return modifier{takes: scalars | regex | reference, apply: one(startsWith)}, true
	case "endswith":
		return modifier{takes: scalars | regex | reference, apply: one(endsWith)}, true
	case "cased":
		return modifier{takes: scalars | reference, apply: one(func(o *operand) error { o.Cased = true; return nil })}, true
	case "re":
		return modifier{takes: scalars, apply: one(isRegex), first: true}, true
	case "i", "ignorecase":
		return modifier{takes: regex, apply: one(flag("i"))}, true
	case "m", "multiline":
		return modifier{takes: regex, apply: one(flag("m"))}, true
	case "s", "dotall":
		return modifier{takes: regex, apply: one(flag("s"))}, true
	case "cidr":
		return modifier{takes: text, apply: one(isNetwork), first: true}, true
	case "base64":
		return modifier{takes: scalars, apply: one(base64Encoded), more: true}, true
	case "base64offset":
		return modifier{takes: scalars, apply: base64Offsets, more: true}, true
	case "wide", "utf16le":
		return modifier{takes: scalars, apply: one(encoded(utf16Little)), more: true}, true
	case "utf16be":
		return modifier{takes: scalars, apply: one(encoded(utf16Big)), more: true}, true
	case "utf16":
		return modifier{takes: scalars, apply: one(utf16Marked), more: true}, true
	case "windash":
		return modifier{takes: scalars, apply: windash}, true
	case "exists":
		return modifier{takes: boolean | text, apply: one(exists), first: true}, true
	case "fieldref":
		return modifier{takes: text, apply: one(isReference)}, true
	case "expand":
		return modifier{takes: text | regex, apply: (*reader).expand}, true
	case "lt", "lte", "gt", "gte":
		return modifier{takes: number | text | timePart, apply: one(compare(name))}, true
	case "minute", "hour", "day", "week", "month", "year":
		return modifier{takes: number | text, apply: one(partOfTime(name)), first: true}, true
	}
	return modifier{}, false
}

const modifierNames = "contains, startswith, endswith, all, cased, neq, re (with i, m, s), cidr, base64, base64offset, wide, utf16, utf16le, " +
	"utf16be, windash, exists, fieldref, expand, lt, lte, gt, gte, minute, hour, day, week, month, year"

// one makes a modifier of a function that changes the value in place.
func one(f func(*operand) error) func(*reader, operand) ([]operand, error) {
	return func(_ *reader, o operand) ([]operand, error) {
		err := f(&o)
		return []operand{o}, err
	}
}

// key is a field with its modifiers, as a selection names it.
type key struct {
	written  string
	field    string
	steps    []modifier
	names    []string // of the steps
	all, neq bool
}

// parseKey reads Field|modifier|modifier. Without a field the values are keywords.
func parseKey(written string) (key, error) {
	field, rest, modified := strings.Cut(written, "|")
	k := key{written: written, field: strings.TrimSpace(field)}
	if k.field == "" && !modified {
		return k, errors.New("expected the name of a field; keywords are a list without keys")
	}
	for modified {
		var name string
		name, rest, modified = strings.Cut(rest, "|")
		name = strings.ToLower(strings.TrimSpace(name))
		switch name {
		case "":
			return k, fmt.Errorf("expected the name of a modifier behind | in %q", written)
		case "all":
			k.all = true
			continue
		case "neq":
			k.neq = true
			continue
		}
		m, ok := modifierNamed(name)
		if !ok {
			return k, fmt.Errorf("unknown modifier %q; expected one of %s", name, modifierNames)
		}
		if err := k.suits(name, m); err != nil {
			return k, err
		}
		k.steps, k.names = append(k.steps, m), append(k.names, name)
	}
	return k, nil
}

// suits tells why a modifier cannot follow those in front of it.
func (k *key) suits(name string, m modifier) error {
	anchors := func(n string) bool { return n == "contains" || n == "startswith" || n == "endswith" }
	for _, before := range k.names {
		switch {
		case before == name && !m.more:
			return fmt.Errorf("the modifier %s stands twice in %q", name, k.written)
		case anchors(before) && anchors(name):
			return fmt.Errorf("%s and %s in %q contradict each other; decide for one", before, name, k.written)
		case m.first:
			return fmt.Errorf("the modifier %s must be the first in %q, %s stands in front of it", name, k.written, before)
		}
	}
	if name == "exists" && k.field == "" {
		return errors.New("exists needs a field in front of it")
	}
	return nil
}

// anchored reports whether the key says where in the value a text is.
func (k *key) anchored() bool {
	for _, n := range k.names {
		if n == "contains" || n == "startswith" || n == "endswith" {
			return true
		}
	}
	return false
}

// modify sends a value through the modifiers of its key. What comes out are alternatives: one of them must hold.
func (r *reader) modify(k *key, o operand) ([]operand, error) {
	list := []operand{o}
	for i, m := range k.steps {
		var next []operand
		for _, o := range list {
			if m.takes&o.form == 0 {
				return nil, unsuitable(k, i, o.form)
			}
			made, err := m.apply(r, o)
			if err != nil {
				return nil, err
			}
			next = append(next, made...)
			if len(next) > maxAlternatives {
				return nil, fmt.Errorf("the value stands for more than %d texts; write a part of them as values of their own", maxAlternatives)
			}
			if length := made[0].Pattern.length(); length > maxValue {
				return nil, fmt.Errorf("the modifiers make the value longer than %d bytes", maxValue)
			}
		}
		list = next
	}
	return list, nil
}

const (
	maxAlternatives = 1000     // that one value can stand for: windash makes up to 125
	maxValue        = 64 << 10 // bytes that modifiers may make of it: wide doubles it
)

func unsuitable(k *key, step int, f form) error {
	name := k.names[step]
	if step > 0 {
		return fmt.Errorf("the modifier %s cannot follow %s in %q: that makes %s of the value", name, k.names[step-1], k.written, f)
	}
	switch name {
	case "i", "ignorecase", "m", "multiline", "s", "dotall":
		return fmt.Errorf("the modifier %s belongs to re: write re|%s", name, name)
	}
	return fmt.Errorf("the modifier %s cannot be put on %s", name, f)
}

func contains(o *operand) error {
	switch o.form {
	case reference:
		o.Anchor = Anywhere
	case regex: // is looked for anywhere as it is
	default:
		o.form, o.Pattern = text, o.Pattern.contained()
	}
	return nil
}

func startsWith(o *operand) error {
	switch o.form {
	case reference:
		o.Anchor = Start
	case regex:
		o.fromHead = true
	default:
		o.form, o.Pattern = text, o.Pattern.anyBehind()
	}
	return nil
}

func endsWith(o *operand) error {
	switch o.form {
	case reference:
		o.Anchor = End
	case regex:
		o.toTail = true
	default:
		o.form, o.Pattern = text, o.Pattern.anyBefore()
	}
	return nil
}

func isRegex(o *operand) error {
	o.form, o.Kind, o.Pattern = regex, Regex, nil
	return nil
}

func flag(letter string) func(*operand) error {
	return func(o *operand) error {
		o.flags += letter
		return nil
	}
}

// isNetwork reads 10.0.0.0/8, 2001:db8::/32, or a single address. Bits behind the prefix must be zero, as in pySigma: they
// are a slip more often than not.
func isNetwork(o *operand) error {
	p, err := netip.ParsePrefix(o.text)
	if err != nil {
		addr, err := netip.ParseAddr(o.text)
		if err != nil || addr.Zone() != "" {
			return fmt.Errorf("%s is no network; expected one like 10.0.0.0/8 or 2001:db8::/32", shorten(o.text))
		}
		p = netip.PrefixFrom(addr, addr.BitLen())
	}
	if p != p.Masked() {
		return fmt.Errorf("%s has bits behind its prefix; did you mean %s?", shorten(o.text), p.Masked())
	}
	if addr := p.Addr(); addr.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(addr.Unmap(), p.Bits()-96)
	}
	o.form, o.Kind, o.Prefix, o.Pattern = network, CIDR, p, nil
	return nil
}

func isReference(o *operand) error {
	name, ok := o.Pattern.Literal()
	if !ok {
		return fmt.Errorf("the name of a field has no wildcards; contains, startswith and endswith go behind fieldref")
	}
	if name == "" {
		return errors.New("expected the name of a field for fieldref")
	}
	o.form, o.Kind, o.Ref, o.Pattern = reference, FieldRef, name, nil
	return nil
}

// exists takes true and false, and yes and no, which YAML 1.1 reads as the same.
func exists(o *operand) error {
	switch strings.ToLower(o.text) {
	case "true", "yes", "on":
		o.Want = true
	case "false", "no", "off":
		o.Want = false
	default:
		return fmt.Errorf("exists expects true or false, got %s", shorten(o.text))
	}
	o.form, o.Kind, o.Pattern = existence, Exists, nil
	return nil
}

func compare(name string) func(*operand) error {
	kinds := map[string]Kind{"lt": Less, "lte": LessOrEqual, "gt": Greater, "gte": GreaterOrEqual}
	return func(o *operand) error {
		n := o.number
		if o.form == text {
			var ok bool
			if n, ok = Number(o.text); !ok {
				return fmt.Errorf("%s expects a number, got %s", name, shorten(o.text))
			}
		}
		o.form, o.Kind, o.Bound, o.Pattern = comparison, kinds[name], n, nil
		return nil
	}
}

// partOfTime makes the number behind minute … year one that the value's time is compared with.
func partOfTime(name string) func(*operand) error {
	return func(o *operand) error {
		n := o.number
		if o.form == text {
			var ok bool
			if n, ok = Number(o.text); !ok {
				return fmt.Errorf("%s expects a number, got %s", name, shorten(o.text))
			}
		}
		part, least, most := timePartNamed(name)
		if n != math.Trunc(n) || n < least || n > most {
			return fmt.Errorf("%s expects a whole number from %g to %g, got %s", name, least, most, o.text)
		}
		o.form, o.Kind, o.Part, o.number, o.Bound, o.Pattern = timePart, Equal, part, n, n, nil
		return nil
	}
}
