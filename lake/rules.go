package lake

import (
	"regexp"
	"strings"

	"penstock/ecs"
	"penstock/record"
	"penstock/search"
)

// The rules that an event fulfilled when it arrived are its field penstock.rules; in penstock_matches they stand with
// commas between.

// ruleList is the value of penstock.rules; none where no rule matched.
func ruleList(matches string) ecs.Value {
	if matches == "" {
		return ecs.Value{}
	}
	list := []byte{'['}
	for id := range strings.SplitSeq(matches, ",") {
		list = append(append(append(list, '"'), record.Escape(nil, []byte(id))...), '"', ',')
	}
	list[len(list)-1] = ']'
	return ecs.Value{JSON: list, Kind: ecs.List, Texts: true}
}

// ruleTerm is a comparison of the rules that matched, of which there are some. A search for one rule goes over weeks, so
// it is worth SQL of its own.
func (b *sqlBuilder) ruleTerm(t *search.Term) string {
	ids := "lower(" + colMatches + ")"
	switch v := &t.Value; {
	case t.Op == search.Exists:
		return "true"
	case t.Op != search.Equal:
		return "NULL"
	case v.IsGlob():
		pieces := make([]string, len(v.Pieces))
		for i, p := range v.Pieces {
			pieces[i] = regexp.QuoteMeta(p)
		}
		return "regexp_matches(" + ids + ", " + b.bind("(?:^|,)"+strings.Join(pieces, "[^,]*")+"(?:,|$)") + ")"
	default:
		return "list_contains(string_split(" + ids + ", ','), " + b.bind(v.Pieces[0]) + ")"
	}
}

// ruleNeedle is the entry in the token index of a rule that matched, its id in lower case and as a whole. Segments of
// before there were rules lack it, rightly.
func ruleNeedle(id string) uint32 { return tokenHash([]byte(id)) }
