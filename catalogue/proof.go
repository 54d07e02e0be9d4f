package catalogue

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/match"
	"penstock/sigma/pipeline"
)

// Normalizer makes an event of a record; *format.Plan is one.
type Normalizer interface {
	Normalize(ev *ecs.Event, rec *record.Record, arrived time.Time)
}

// Prover makes, from what a rule asks for, a record as Defender would report it, and tries the rule on it: that shows that
// the whole way from the record to the match works for this rule. Its methods may be called at the same time.
type Prover struct {
	router *pipeline.Pipeline
	plan   Normalizer
	mu     sync.Mutex
	proven map[*sigma.Rule]bool
}

// maxProven bounds the memory of rules that come and go.
const maxProven = 50_000

// NewProver proves rules by a mapping and the fields that follow from it.
func NewProver(plan Normalizer, router *pipeline.Pipeline) *Prover {
	return &Prover{router: router, plan: plan, proven: make(map[*sigma.Rule]bool)}
}

// Proven tells whether Record finds a record for a rule. The answer is kept.
func (p *Prover) Proven(r *sigma.Rule) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	proven, known := p.proven[r]
	if !known {
		if len(p.proven) >= maxProven {
			clear(p.proven)
		}
		_, err := p.Record(r)
		proven = err == nil
		p.proven[r] = proven
	}
	return proven
}

// Record makes a record that the rule matches, as the streaming API would send it. The error says why there is none.
func (p *Prover) Record(r *sigma.Rule) ([]byte, error) {
	set := match.Compile([]*sigma.Rule{r}, p.router)
	streams := set.Applicability(0).Streams
	if len(streams) == 0 {
		return nil, errors.New("the rule does not apply to Defender's data")
	}
	proof, err := match.Prove(r.Condition)
	if err != nil {
		return nil, err
	}
	err = errors.New("no record of Defender has the values that it asks for")
	for _, s := range streams {
		properties, ok := p.router.Write(s, proof.Fields)
		if !ok {
			continue
		}
		raw, tried := p.try(set, s, properties)
		if tried == nil {
			return raw, nil
		}
		err = tried
	}
	return nil, err
}

// try matches a rule against a record of a table with those columns.
func (p *Prover) try(set *match.Set, s *pipeline.Stream, properties []byte) ([]byte, error) {
	now := time.Now().UTC()
	raw, err := json.Marshal(map[string]any{
		"time": now, "category": "AdvancedHunting-" + s.Table, "operationName": "Publish", "properties": json.RawMessage(properties),
	})
	if err != nil {
		return nil, fmt.Errorf("make a record: %w", err)
	}
	var parser record.Parser
	var rec record.Record
	if err := parser.Parse(raw, &rec); err != nil {
		return nil, fmt.Errorf("read the record that was made: %w", err)
	}
	var ev ecs.Event
	p.plan.Normalize(&ev, &rec, now)
	if len(set.Matcher().Match(&rec, &ev, nil)) == 0 {
		return nil, fmt.Errorf("the record that was made is no match: %s", properties)
	}
	return raw, nil
}
