// Package attack knows the tactics and techniques of MITRE ATT&CK's enterprise matrix by name and number, and writes
// layers for the ATT&CK Navigator. It knows nothing of rules but their tags.
package attack

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed enterprise.txt
var enterprise string

// Tactic is a column of the matrix: what an adversary wants to reach.
type Tactic struct {
	ID     string // TA0002
	Name   string // Execution
	Key    string // execution, as tags of rules and the Navigator say it
	Former string // the key that it had in earlier versions; empty: the same
}

// Technique is a way to reach it.
type Technique struct {
	ID      string   // T1059, or T1059.001 for a sub-technique
	Name    string   // without that of its parent
	Tactics []string // keys, in the order of the matrix; none for a technique that is no longer in use
	// Retired techniques are no longer in the matrix. Successor is what took their place, where something did.
	Retired   bool
	Successor string
}

// Parent is the technique that a sub-technique is part of; empty for others.
func (t *Technique) Parent() string {
	parent, _, sub := strings.Cut(t.ID, ".")
	if !sub {
		return ""
	}
	return parent
}

// Matrix is one version of ATT&CK.
type Matrix struct {
	Version    string
	Tactics    []Tactic    // in the matrix' own order
	Techniques []Technique // by id, retired ones included
	tactics    map[string]int
	techniques map[string]int
}

// Enterprise is the matrix of enterprise networks, of the version that comes with the program.
var Enterprise = sync.OnceValue(func() *Matrix {
	m, err := read(enterprise)
	if err != nil {
		panic(err) // the file is a part of the program; a test reads it
	}
	return m
})

// read takes the lines of enterprise.txt, whose head describes them.
func read(text string) (*Matrix, error) {
	m := &Matrix{tactics: map[string]int{}, techniques: map[string]int{}}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if version, ok := strings.CutPrefix(line, "version "); ok {
			m.Version = version
			continue
		}
		parts := strings.Split(line, "|")
		switch {
		case len(parts) < 3 || len(parts) > 4:
			return nil, fmt.Errorf("ATT&CK facts, line %d: %q has not three or four parts", number, line)
		case strings.HasPrefix(line, "TA"):
			m.addTactic(parts)
		default:
			m.addTechnique(parts)
		}
	}
	for i := range m.Techniques {
		t := &m.Techniques[i]
		for _, key := range t.Tactics {
			if _, ok := m.tactics[key]; !ok {
				return nil, fmt.Errorf("ATT&CK facts: technique %s names tactic %q, which is not there", t.ID, key)
			}
		}
		if _, ok := m.techniques[t.Successor]; t.Successor != "" && !ok {
			return nil, fmt.Errorf("ATT&CK facts: technique %s has a successor %s, which is not there", t.ID, t.Successor)
		}
	}
	return m, nil
}

func (m *Matrix) addTactic(parts []string) {
	t := Tactic{ID: parts[0], Name: parts[1], Key: parts[2]}
	if len(parts) == 4 {
		t.Former = parts[3]
		m.tactics[t.Former] = len(m.Tactics)
	}
	m.tactics[t.Key], m.tactics[strings.ToLower(t.ID)] = len(m.Tactics), len(m.Tactics)
	m.Tactics = append(m.Tactics, t)
}

func (m *Matrix) addTechnique(parts []string) {
	t := Technique{ID: parts[0], Name: parts[1], Retired: parts[2] == ""}
	if !t.Retired {
		t.Tactics = strings.Split(parts[2], ",")
	}
	if len(parts) == 4 {
		t.Successor = parts[3]
	}
	m.techniques[t.ID] = len(m.Techniques)
	m.Techniques = append(m.Techniques, t)
}

// Technique finds one by its id, in whatever case.
func (m *Matrix) Technique(id string) (*Technique, bool) {
	i, ok := m.techniques[strings.ToUpper(id)]
	if !ok {
		return nil, false
	}
	return &m.Techniques[i], true
}

// Current is the id of the technique that stands for id today: itself, or its successor; ok is false where id is
// unknown or nothing took its place.
func (m *Matrix) Current(id string) (current string, ok bool) {
	t, ok := m.Technique(id)
	if !ok {
		return "", false
	}
	if t.Retired {
		return t.Successor, t.Successor != ""
	}
	return t.ID, true
}

// Title is the full name of a technique, its parent's included: "Command and Scripting Interpreter: PowerShell". An
// unknown id stands for itself.
func (m *Matrix) Title(id string) string {
	t, ok := m.Technique(id)
	if !ok {
		return id
	}
	if p, ok := m.Technique(t.Parent()); ok {
		return p.Name + ": " + t.Name
	}
	return t.Name
}

// Tactic finds one by its id, its key of today or before (words may be joined by _ as well) or its name.
func (m *Matrix) Tactic(name string) (*Tactic, bool) {
	key := strings.ToLower(strings.NewReplacer("_", "-", " ", "-").Replace(strings.TrimSpace(name)))
	i, ok := m.tactics[key]
	if !ok {
		return nil, false
	}
	return &m.Tactics[i], true
}

// Tags is what the tags of a rule say about ATT&CK.
type Tags struct {
	Techniques []string // ids that the matrix has today, sorted
	Tactics    []string // keys, in the order of the matrix: those named, and those of the techniques where none is named
	Unknown    []string // tags that look like tactics or techniques and are neither
}

// Tags reads tags of the Sigma taxonomy: attack.t1059.001, attack.execution, attack.command_and_control, attack.ta0002.
// Tags of other namespaces, and those of groups, software, campaigns and data, are left aside.
func (m *Matrix) Tags(tags []string) Tags {
	var out Tags
	named := make([]bool, len(m.Tactics))
	for _, tag := range tags {
		name, ok := strings.CutPrefix(strings.ToLower(tag), "attack.")
		if !ok || name == "" {
			continue
		}
		if t, ok := m.Tactic(name); ok {
			named[m.tactics[t.Key]] = true
		} else if id, ok := m.Current(name); ok {
			out.Techniques = append(out.Techniques, id)
		} else if !isOther(name) {
			out.Unknown = append(out.Unknown, tag)
		}
	}
	slices.Sort(out.Techniques)
	out.Techniques = slices.Compact(out.Techniques)
	if !slices.Contains(named, true) {
		for _, id := range out.Techniques {
			for _, key := range m.Techniques[m.techniques[id]].Tactics {
				named[m.tactics[key]] = true
			}
		}
	}
	for i, yes := range named {
		if yes {
			out.Tactics = append(out.Tactics, m.Tactics[i].Key)
		}
	}
	return out
}

// isOther reports whether a tag names a group, software, campaign, mitigation, data source or detection: a few letters
// and a number.
func isOther(name string) bool {
	kinds := []string{"g", "s", "c", "m", "ds", "dc", "det", "an"}
	digits := strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyz")
	return digits != "" && strings.Trim(digits, "0123456789") == "" && slices.Contains(kinds, strings.TrimSuffix(name, digits))
}
