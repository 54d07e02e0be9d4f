package eventhubtest

import (
	"fmt"
	"regexp"
	"strconv"

	"penstock/eventhubtest/amqp"
)

// selectorFilter is the name, and the symbolic descriptor, of the filter that says where a receiver starts.
const selectorFilter = "apache.org:selector-filter:string"

var selector = regexp.MustCompile(`^\s*amqp\.annotation\.(x-opt-[a-z-]+)\s*(>=|>)\s*'?([^']*?)'?\s*$`)

// startOf returns the sequence number of the first event for a receiver with these filters; without any it is the first
// that the partition has.
func startOf(p *partition, filters amqp.Map) (int64, *amqp.Error) {
	first, next := p.bounds()
	v := filters.Get(selectorFilter)
	if d, ok := v.(amqp.Described); ok {
		v = d.Value
	}
	if v == nil {
		return first, nil
	}
	text, _ := v.(string)
	m := selector.FindStringSubmatch(text)
	if m == nil {
		return 0, filterInvalid(text)
	}
	inclusive, operand := m[2] == ">=", m[3]
	last, exists := p.last()
	switch m[1] {
	case annotationOffset:
		if operand == "@latest" {
			if inclusive && exists {
				return next - 1, nil
			}
			return next, nil
		}
	case annotationSequence, annotationEnqueued, "x-opt-enqueuedtime":
	default:
		return 0, filterInvalid(text)
	}
	n, err := strconv.ParseInt(operand, 10, 64)
	if err != nil {
		return 0, filterInvalid(text)
	}
	past := func(v int64) bool { return v > n || inclusive && v == n }
	switch m[1] {
	case annotationOffset:
		if exists && n > last.offset || !exists && n >= 0 {
			return 0, positionInvalid("offset", operand, lastOffset(last, exists))
		}
		return p.search(func(e entry) bool { return past(e.offset) }), nil
	case annotationSequence:
		if n >= next && n >= 0 {
			return 0, positionInvalid("sequence number", operand, strconv.FormatInt(next-1, 10))
		}
		if !inclusive {
			n++
		}
		return max(n, first), nil
	}
	return p.search(func(e entry) bool { return past(e.enqueued) }), nil
}

func lastOffset(e entry, exists bool) string {
	if !exists {
		return "-1"
	}
	return strconv.FormatInt(e.offset, 10)
}

func filterInvalid(text string) *amqp.Error {
	return &amqp.Error{Condition: "amqp:invalid-field", Description: fmt.Sprintf("The filter expression %q is not understood.", text)}
}
