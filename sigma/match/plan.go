package match

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"penstock/sigma/pipeline"
)

// plan is everything that is tried on the events of a table.
type plan struct {
	table   string
	sources []pipeline.Source // by slot, from 1
	program
	rules     []planRule
	postings  []posting
	indexes   []index // by slot
	raw       *raw    // keywords, by a part of each
	valuewise bool    // some keywords have no part that raw could find
	routes    routes
	number    int // of the plan in its set
}

// planRule is a rule in the form that it has for some streams of the table.
type planRule struct {
	number  int32 // in the set
	root    int32
	streams []int // numbers in the plan
}

// posting is what finding a literal leads to: nodes that hold then, and rules that may match.
type posting struct {
	holding []int32
	rules   []int32 // numbers in the plan
}

// index finds literals in the values of a slot.
type index struct {
	ends   *ends
	grams  *grams
	short  []shortEntry
	beyond int32 // posting of values that are not all ASCII; -1: none
}

// shortEntry is a literal that is too short for grams: it is searched for.
type shortEntry struct {
	text    []byte
	posting int32
}

// planner makes a plan.
type planner struct {
	table      string
	conditions *conditions
	streams    []*pipeline.Stream
	rules      []planRule
	byRoot     map[[2]int32]int // rule and root → number in the plan
}

func newPlanner(table string) *planner {
	return &planner{table: table, conditions: newConditions(), byRoot: make(map[[2]int32]int)}
}

// add takes in a rule for the events of a stream.
func (b *planner) add(number, root int32, s *pipeline.Stream) {
	stream := slices.Index(b.streams, s)
	if stream < 0 {
		stream = len(b.streams)
		b.streams = append(b.streams, s)
	}
	key := [2]int32{number, root}
	i, ok := b.byRoot[key]
	if !ok {
		i = len(b.rules)
		b.byRoot[key] = i
		b.rules = append(b.rules, planRule{number: number, root: root})
	}
	if r := &b.rules[i]; !slices.Contains(r.streams, stream) {
		r.streams = append(r.streams, stream)
	}
}

// plan finishes the work.
func (b *planner) plan(number int) *plan {
	c := b.conditions
	p := &plan{table: b.table, sources: c.sources[1:], rules: b.rules, number: number}
	g := guards{of: c, known: make(map[int32]*guard)}
	guarded := make([]*guard, len(b.rules))
	found := lookup{numbers: make(map[literal]int32)}
	scanned := make([]bool, len(c.sources))
	for i := range b.rules {
		if guarded[i] = g.guard(b.rules[i].root); guarded[i] == nil {
			continue
		}
		for _, clue := range guarded[i].clues {
			at := found.posting(clue.literal)
			at.rules = append(at.rules, int32(i))
			if clue.exact {
				at.hold(clue.node)
			}
			scanned[clue.slot] = true
		}
	}
	for n := range c.parts {
		if part := &c.parts[n]; part.kind == isTest {
			found.settle(&c.predicates[part.predicate], int32(n), scanned)
		}
	}
	p.program, p.postings = newProgram(c), found.postings
	for i := range p.postings {
		p.postings[i].rules = slices.Compact(p.postings[i].rules) // in ascending order anyway
	}
	p.buildIndexes(found.numbers)
	p.routes = newRoutes(b.streams, b.rules, guarded)
	return p
}

// lookup gathers what finding literals leads to.
type lookup struct {
	numbers  map[literal]int32
	postings []posting
}

func (l *lookup) posting(of literal) *posting {
	n, ok := l.numbers[of]
	if !ok {
		n = int32(len(l.postings))
		l.numbers[of] = n
		l.postings = append(l.postings, posting{})
	}
	return &l.postings[n]
}

func (p *posting) hold(node int32) {
	if !slices.Contains(p.holding, node) {
		p.holding = append(p.holding, node)
	}
}

// settle lets the index decide a test: of the end of a value, which costs nothing more where the slot is searched anyway,
// and of another place where its literal is looked for as a guard.
func (l *lookup) settle(p *predicate, node int32, scanned []bool) {
	if p.cased || !scanned[p.slot] || p.slot == everything || indexed(string(p.text)) != string(p.text) {
		return
	}
	of := literal{slot: p.slot, text: string(p.text)}
	switch p.op {
	case opEqual:
		of.place = whole
	case opEnd:
		of.place = atEnd
	case opStart, opContain:
		if of.place = within; p.op == opStart {
			of.place = atStart
		}
		if _, ok := l.numbers[of]; !ok {
			return
		}
	default:
		return
	}
	l.posting(of).hold(node)
	p.settled = true
}

func (p *plan) buildIndexes(byLiteral map[literal]int32) {
	byEnd := make([][]endEntry, len(p.sources)+1)
	byGram := make([][]gramLiteral, len(p.sources)+1)
	var parts []rawEntry
	p.indexes = make([]index, len(byEnd))
	for slot := range p.indexes {
		p.indexes[slot].beyond = -1
	}
	sorted := slices.SortedFunc(maps.Keys(byLiteral), func(a, b literal) int {
		return cmp.Compare(byLiteral[a], byLiteral[b])
	})
	for _, l := range sorted {
		posting, text := byLiteral[l], []byte(l.text)
		if l.slot == everything {
			if part := rawPart(l.text); part != "" {
				parts = append(parts, rawEntry{text: []byte(part), posting: posting})
			} else {
				p.valuewise = true
			}
		}
		switch l.place {
		case whole, atEnd:
			byEnd[l.slot] = append(byEnd[l.slot], endEntry{text: text, whole: l.place == whole, posting: posting})
		case beyondASCII:
			p.indexes[l.slot].beyond = posting
		case within, atStart:
			if len(text) < shortest {
				p.indexes[l.slot].short = append(p.indexes[l.slot].short, shortEntry{text, posting})
				continue
			}
			byGram[l.slot] = append(byGram[l.slot], gramLiteral{text: text, start: l.place == atStart, posting: posting})
		}
	}
	for slot := range p.indexes {
		p.indexes[slot].ends, p.indexes[slot].grams = newEnds(byEnd[slot]), newGrams(byGram[slot])
	}
	p.raw = newRaw(parts)
}

// routes say which rules are tried on which events of the table.
type routes struct {
	byAction map[string]*systems // by ActionType in lower case
	other    systems             // of any other
	action   bool                // the ActionType matters
	system   bool                // the operating system matters
}

// systems are the routes by what is known about an event's operating system; nil: no rule is for it.
type systems [pipeline.AnyOS + 1]*route

// route is for the events that are in the same streams.
type route struct {
	rules     []uint64 // which of the plan's are tried
	unguarded []int32  // those that are decided for every event
	scanned   []int32  // slots in which guards are looked for
}

func newRoutes(streams []*pipeline.Stream, rules []planRule, guarded []*guard) routes {
	known := make(map[string]*route) // by set of streams
	systemsOf := func(action string) (all systems) {
		for os := range all {
			var set []byte
			for _, s := range streams {
				set = append(set, flag(inStream(s, action, pipeline.OS(os))))
			}
			r, ok := known[string(set)]
			if !ok {
				r = newRoute(set, rules, guarded)
				known[string(set)] = r
			}
			all[os] = r
		}
		return all
	}
	r := routes{byAction: make(map[string]*systems), other: systemsOf("")}
	for _, s := range streams {
		r.system = r.system || s.OS != ""
		for _, action := range s.ActionTypes {
			r.action = true
			if action = strings.ToLower(action); r.byAction[action] == nil {
				all := systemsOf(action)
				r.byAction[action] = &all
			}
		}
	}
	return r
}

// inStream reports whether an event with that ActionType, in lower case, from one of these operating systems is in a stream.
func inStream(s *pipeline.Stream, action string, os pipeline.OS) bool {
	if pipeline.OSNamed(s.OS)&os == 0 {
		return false
	}
	return len(s.ActionTypes) == 0 || slices.ContainsFunc(s.ActionTypes, func(a string) bool { return strings.ToLower(a) == action })
}

func newRoute(streams []byte, rules []planRule, guarded []*guard) *route {
	r := &route{rules: make([]uint64, (len(rules)+63)/64)}
	some := false
	slots := make(map[int32]bool)
	for i := range rules {
		if !slices.ContainsFunc(rules[i].streams, func(s int) bool { return streams[s] == 1 }) {
			continue
		}
		some = true
		r.rules[i/64] |= 1 << (i % 64)
		if guarded[i] == nil {
			r.unguarded = append(r.unguarded, int32(i))
			continue
		}
		for _, c := range guarded[i].clues {
			slots[c.slot] = true
		}
	}
	if !some {
		return nil
	}
	r.scanned = slices.Sorted(maps.Keys(slots))
	return r
}
