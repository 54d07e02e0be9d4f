package match

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"penstock/sigma"
)

// Proof is an event, in the terms of a rule, that the rule matches.
type Proof struct {
	// Fields has the value of every field that the event must have, by its name in the rule. That of the empty name is to
	// be in some field or other (a keyword).
	Fields map[string]string
}

// Bounds of the search for a proof.
const (
	maxProofSteps = 20_000
	maxProofTries = 400
)

// Prove makes up an event from a condition's own texts that fulfils it. The error says why it cannot.
func Prove(n sigma.Node) (Proof, error) {
	p := prover{condition: n}
	if p.search([]goal{{n, true}}, nil) {
		return Proof{Fields: p.found}, nil
	}
	switch {
	case p.tries == 0 && p.steps < maxProofSteps:
		return Proof{}, errors.New("the condition can never be true")
	case p.fault != nil:
		return Proof{}, p.fault
	}
	return Proof{}, errors.New("none of the events that were tried fulfils the condition")
}

// prover searches for an event that fulfils a condition.
type prover struct {
	condition    sigma.Node
	steps, tries int
	found        map[string]string
	fault        error // why the last one that was tried could not be made
}

// goal is a part of the condition that is to hold, or not to.
type goal struct {
	node sigma.Node
	hold bool
}

// search fulfils the goals, last first, beside the tests chosen so far; where there is a choice one way after the other.
func (p *prover) search(goals []goal, chosen []goal) bool {
	if p.steps++; p.steps > maxProofSteps || p.tries >= maxProofTries {
		return false
	}
	if len(goals) == 0 {
		p.tries++
		return p.try(chosen)
	}
	g := goals[len(goals)-1]
	rest := goals[: len(goals)-1 : len(goals)-1]
	var parts []sigma.Node
	all := g.hold
	switch n := g.node.(type) {
	case *sigma.Test:
		return p.search(rest, append(chosen[:len(chosen):len(chosen)], g))
	case *sigma.Not:
		return p.search(append(rest, goal{n.Of, !g.hold}), chosen)
	case *sigma.And:
		parts = n.Of
	case *sigma.Or:
		parts, all = n.Of, !g.hold
	}
	if all { // every part is to be as the whole is
		for i := len(parts) - 1; i >= 0; i-- {
			rest = append(rest, goal{parts[i], g.hold})
		}
		return p.search(rest, chosen)
	}
	for _, part := range parts {
		if p.search(append(rest, goal{part, g.hold}), chosen) {
			return true
		}
	}
	return false
}

// try makes an event for the tests, in a few ways, and looks whether it fulfils the condition.
func (p *prover) try(chosen []goal) bool {
	for turn := range proofTurns {
		fields, err := compose(chosen, turn)
		if err != nil {
			p.fault = err
			continue
		}
		if sigma.Evaluate(p.condition, func(name string) []string { return valuesIn(fields, name) }) {
			p.found = fields
			return true
		}
		if p.fault == nil {
			p.fault = errors.New("every value that passes the tests it has to pass fails others")
		}
	}
	return false
}

// valuesIn are the values that a made up event has in a field.
func valuesIn(fields map[string]string, name string) []string {
	if name == "" {
		return slices.Sorted(maps.Values(fields))
	}
	if v, ok := fields[name]; ok {
		return []string{v}
	}
	return nil
}

// separators stand between the parts of a value, one after the other until one does.
var separators = []string{"", " ", `\`, "x", "/", "\" \""}

// Ways of making a value: with each separator, and padded in front (a bit), behind (a bit), and with its parts in the
// reverse order (a bit).
const (
	paddedBefore = 1 << iota
	paddedBehind
	reversed
	ways
	proofTurns = ways * 6
)

// compose makes an event of the tests that it is to pass; those that it is not to pass only ask for a value (not null).
func compose(chosen []goal, turn int) (map[string]string, error) {
	byField := make(map[string]*demand)
	var refs []*sigma.Test
	of := func(name string) *demand {
		if byField[name] == nil {
			byField[name] = new(demand)
		}
		return byField[name]
	}
	for _, g := range chosen {
		t := g.node.(*sigma.Test) //nolint:forcetypeassert,errcheck // search chooses no others
		absence := t.Kind == sigma.Null || t.Kind == sigma.Empty || t.Kind == sigma.Exists && !t.Want
		switch {
		case g.hold && t.Kind == sigma.FieldRef:
			of(t.Ref).filled = true
			of(t.Field).filled = true
			refs = append(refs, t)
		case absence && g.hold:
			of(t.Field).absent = true
		case absence || t.Kind == sigma.Exists && g.hold:
			of(t.Field).filled = true
		case g.hold:
			of(t.Field).tests = append(of(t.Field).tests, t)
		}
	}
	fields := make(map[string]string)
	for name, d := range byField {
		if d.absent {
			if d.filled || len(d.tests) > 0 {
				return nil, fmt.Errorf("%s is to have a value and to have none", name)
			}
			continue
		}
		v, err := d.value(name, turn)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		fields[name] = v
	}
	for _, t := range refs {
		relate(fields, byField, t)
	}
	return fields, nil
}

// relate brings the values of two fields together as a FieldRef wants them.
func relate(fields map[string]string, byField map[string]*demand, t *sigma.Test) {
	if len(byField[t.Field].tests) > 0 && len(byField[t.Ref].tests) == 0 {
		fields[t.Ref] = fields[t.Field]
		return
	}
	value, other := fields[t.Field], fields[t.Ref]
	if len(byField[t.Field].tests) == 0 {
		value = ""
	}
	switch t.Anchor {
	case sigma.Whole:
		fields[t.Field] = other
	case sigma.Start:
		fields[t.Field] = other + value
	case sigma.End, sigma.Anywhere:
		fields[t.Field] = value + other
	}
}

// demand is what one field is to be like.
type demand struct {
	tests          []*sigma.Test // that its value is to pass
	absent, filled bool
}

// value makes a value that passes the tests, as far as their forms tell: the longest beginning, everything that is to be
// somewhere in it, the longest end.
func (d *demand) value(name string, turn int) (string, error) {
	separator, way := separators[turn%len(separators)], turn/len(separators)
	var start, end string
	var inside []string
	for _, t := range d.tests {
		var text string
		var atStart, atEnd bool
		switch t.Kind {
		case sigma.Match:
			text, atStart, atEnd = matchExample(t.Pattern, turn)
		case sigma.Regex:
			re, err := syntaxOf(t.Regexp)
			if err != nil {
				return "", err
			}
			text = example(re, turn/2)
			atStart, atEnd = anchors(re)
		case sigma.CIDR:
			text, atStart, atEnd = t.Prefix.Addr().Next().String(), true, true
			if t.Prefix.IsSingleIP() {
				text = t.Prefix.Addr().String()
			}
		default:
			n, err := d.number()
			if err != nil {
				return "", err
			}
			text, atStart, atEnd = n, true, true
		}
		switch {
		case atStart && atEnd: // nothing else has a place
			return text, nil
		case atStart:
			start = longer(start, text)
		case atEnd:
			end = longer(end, text)
		case !slices.ContainsFunc(inside, func(s string) bool { return foldContains(s, text) }):
			inside = append(inside, text)
		}
	}
	if way&reversed != 0 {
		slices.Reverse(inside)
	}
	v := start
	if v == "" && way&paddedBefore != 0 {
		v = name
	}
	for _, text := range inside {
		if foldContains(v, text) || foldContains(end, text) {
			continue
		}
		if v != "" {
			v += separator
		}
		v += text
	}
	if !strings.HasSuffix(strings.ToLower(v), strings.ToLower(end)) {
		if v != "" {
			v += separator
		}
		v += end
	}
	if v == "" || end == "" && way&paddedBehind != 0 {
		v += "x"
	}
	return v, nil
}

func longer(a, b string) string {
	if len(b) > len(a) {
		return b
	}
	return a
}

func foldContains(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

// matchExample is a text for a pattern without the asterisks at its ends.
func matchExample(p sigma.Pattern, turn int) (text string, atStart, atEnd bool) {
	var b strings.Builder
	for i, piece := range p {
		switch {
		case piece.Any && i > 0 && i < len(p)-1:
			b.WriteString(separators[turn%len(separators)])
		case piece.Any:
		case piece.Text == "":
			b.WriteByte('x')
		default:
			b.WriteString(piece.Text)
		}
	}
	return b.String(), len(p) == 0 || !p[0].Any, len(p) == 0 || !p[len(p)-1].Any
}

// number is a number, or a time, that passes all the numeric tests.
func (d *demand) number() (string, error) {
	for _, candidate := range d.numbers() {
		if !slices.ContainsFunc(d.tests, func(t *sigma.Test) bool { return !t.HoldsFor(candidate) }) {
			return candidate, nil
		}
	}
	return "", errors.New("no number passes all its tests")
}

func (d *demand) numbers() []string {
	var out []string
	for _, t := range d.tests {
		for _, n := range []float64{t.Bound, t.Bound - 1, t.Bound + 1, t.Bound - 0.5, t.Bound + 0.5} {
			out = append(out, strconv.FormatFloat(n, 'f', -1, 64))
		}
		if t.Part == 0 {
			continue
		}
		// Steps of 37 days, 5 hours and 13 minutes come past every part of a time.
		at := time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)
		if t.Part == sigma.Year {
			at = at.AddDate(int(t.Bound)-at.Year()-1, 0, 0)
		}
		for range 2000 {
			out = append(out, at.Format(time.RFC3339))
			at = at.Add(37*24*time.Hour + 5*time.Hour + 13*time.Minute)
		}
	}
	return out
}
