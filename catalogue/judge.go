package catalogue

import (
	"fmt"
	"slices"

	"penstock/sigma"
	"penstock/sigma/match"
	"penstock/sigma/pipeline"
)

// Applies says how far a rule can work on the data at all, whatever arrives.
type Applies string

// How far a rule applies.
const (
	Yes    Applies = "yes"
	Partly Applies = "partly" // some of its fields have no counterpart, or only a part of one; it can still match
	No     Applies = "no"     // it can never match
)

// Judgement is what the data can answer of a rule, whatever arrives.
type Judgement struct {
	Applies Applies
	// Obstacles stand in the way, in words: fields without a counterpart, a logsource that nothing answers.
	Obstacles []string
	Streams   []string // names of what answers its logsource
}

// notes gathers sentences, each once, and not more than a person reads.
type notes []string

const maxNotes = 8

func (n *notes) add(note string) {
	if note != "" && len(*n) < maxNotes && !slices.Contains(*n, note) {
		*n = append(*n, note)
	}
}

// judge says what the data can answer of each of rules.
func judge(router pipeline.Router, rules []*sigma.Rule) []Judgement {
	set := match.Compile(rules, router)
	list := make([]Judgement, set.Len())
	for i := range list {
		list[i] = judgementOf(set.Applicability(int32(i)))
	}
	return list
}

func judgementOf(a match.Applicability) Judgement {
	j := Judgement{Applies: Applies(a.Applies)}
	var obstacles notes
	obstacles.add(a.Reason)
	for _, m := range a.Missing {
		text := fieldNote(m.Field, m.Reason, "it has no counterpart")
		if m.Stream != "" {
			text += " (" + m.Stream + ")"
		}
		obstacles.add(text)
	}
	j.Obstacles = obstacles
	for _, s := range a.Streams {
		j.Streams = append(j.Streams, s.Name)
	}
	return j
}

// answers says of the tests of a stream whether its fields are there at all.
func answers(router pipeline.Router, s *pipeline.Stream) oracle {
	return func(t *sigma.Test) (verdict, string) {
		if t.Field == "" {
			return open, ""
		}
		source := router.Field(s, t.Field)
		if source == nil {
			return never, fmt.Sprintf("%s has no counterpart in %s", t.Field, s.Name)
		}
		support, missing := source.Support()
		if support == pipeline.None {
			return never, fieldNote(t.Field, missing, "it has no counterpart")
		}
		if ok, reason := source.Answers(t); !ok {
			return never, fieldNote(t.Field, reason, "its values never are so")
		}
		if support == pipeline.Partial {
			return open, fieldNote(t.Field, missing, "only a part of it is there")
		}
		return open, ""
	}
}

func fieldNote(field, reason, otherwise string) string {
	if reason == "" {
		reason = otherwise
	}
	return field + ": " + reason
}
