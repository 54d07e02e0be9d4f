package server

import (
	"fmt"
	"strings"
)

// InputError is what a backend returns when something of a request makes no sense: it is the caller's to mend.
type InputError struct {
	Field   string // of the body or the parameters; empty: none is to blame
	Message string
	Hint    string
}

func (e *InputError) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + ": " + e.Message
}

// FormError is what a backend returns for settings of which some are wrong: the caller shows each beside its field.
type FormError struct{ Mistakes []FormMistake }

// FormMistake is what is wrong with one field of a form.
type FormMistake struct {
	Field   string // of the body, as hubName
	Message string // what is wrong, and what to do; without the value, which may be secret
}

func (e *FormError) Error() string {
	var all []string
	for _, m := range e.Mistakes {
		all = append(all, m.Field+": "+m.Message)
	}
	return strings.Join(all, "; ")
}

// ConflictError is what a backend returns when the state of a thing does not allow what was asked, most often because
// somebody else has changed it meanwhile.
type ConflictError struct {
	Message string
	Hint    string
}

func (e *ConflictError) Error() string { return e.Message }

// RuleError is what a backend returns for the text of a rule that is not taken.
type RuleError struct{ Problems []RuleProblem }

func (e *RuleError) Error() string {
	for _, p := range e.Problems {
		if !p.Warning {
			return fmt.Sprintf("line %d: %s", p.Line, p.Message)
		}
	}
	return "the rule is not taken"
}

// RuleProblem is one thing that is wrong with the text of a rule.
type RuleProblem struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line" doc:"From 1; 0: no place is to blame"`
	Column  int    `json:"column" doc:"From 1; 0: no place is to blame"`
	Message string `json:"message"`
	Warning bool   `json:"warning,omitempty" doc:"The rule is taken all the same"`
}
