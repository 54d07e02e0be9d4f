package kql

import (
	_ "embed"
	"strings"
	"sync"
)

// Construct is a tabular operator, as completion and the documentation tell of it.
type Construct struct {
	Name    string
	Form    string // how it is written
	Summary string
	Remark  string // how far it is supported; may be empty
}

//go:embed operators.txt
var operatorsText string

// Constructs are the tabular operators.
var Constructs = sync.OnceValue(func() []Construct {
	var list []Construct
	for line := range strings.Lines(operatorsText) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) < 3 || strings.HasPrefix(line, "#") {
			continue
		}
		c := Construct{Name: fields[0], Form: fields[1], Summary: fields[2]}
		if len(fields) > 3 {
			c.Remark = fields[3]
		}
		list = append(list, c)
	}
	return list
})

// unsupportedRemark begins the remark of an operator that is read, and refused.
const unsupportedRemark = "not supported"

func construct(name string) (Construct, bool) {
	for _, c := range Constructs() {
		if c.Name == name {
			return c, true
		}
	}
	return Construct{}, false
}
