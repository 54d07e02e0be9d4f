package http

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"penstock/record"
)

var (
	// pathStep is one step of a path: the name of a member.
	pathStep   = regexp.MustCompile(`^(?:\.([A-Za-z_][\w@-]*)|\['([^']+)'\]|\["([^"]+)"\])`)
	errMissing = errors.New("there is no list of events")
)

const (
	maxPath  = 512
	maxSteps = 32
)

// parsePath reads a JSON path that leads to one value by the names of members: $.a.b, $['a']['b c'].
func parsePath(text string) (steps []string, err error) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok || len(text) > maxPath {
		return nil, fmt.Errorf("the path %.60q does not lead from the top by names of members, as $.a.b does", text)
	}
	for rest != "" {
		m := pathStep.FindStringSubmatch(rest)
		if m == nil || len(steps) == maxSteps {
			return nil, fmt.Errorf("the path %.60q does not lead from the top by names of members, as $.a.b does", text)
		}
		steps = append(steps, m[1]+m[2]+m[3])
		rest = rest[len(m[0]):]
	}
	return steps, nil
}

// at is the JSON list to which a path leads in body; an empty path leads to the top.
func at(body []byte, path string) ([]byte, error) {
	if path == "" {
		path = "$"
	}
	steps, err := parsePath(path)
	if err != nil {
		return nil, err
	}
	value := body
	for i, name := range steps {
		var next []byte
		if !begins(value, '{') {
			return nil, fmt.Errorf("%w at %s: what is before .%s is no object", errMissing, path, name)
		}
		err := record.Each(value, func(m *record.Member) bool {
			if key := m.Key; m.KeyEscaped && string(record.Unescape(nil, key)) == name || string(key) == name {
				next = m.Value
			}
			return true
		})
		if err != nil {
			return nil, fmt.Errorf("the body is not JSON: %w", err)
		}
		if next == nil {
			return nil, fmt.Errorf("%w at %s: there is no %s", errMissing, path, strings.Join(steps[:i+1], "."))
		}
		value = next
	}
	if !begins(value, '[') {
		return nil, fmt.Errorf("%w at %s: it is no JSON list", errMissing, path)
	}
	return value, nil
}

// begins says whether the JSON text begins with a bracket.
func begins(text []byte, bracket byte) bool {
	for _, c := range text {
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		}
		return c == bracket
	}
	return false
}
