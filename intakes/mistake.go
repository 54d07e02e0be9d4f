package intakes

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of this package.
var (
	ErrNotFound = errors.New("there is no such intake")
	ErrStopping = errors.New("penstock is stopping")
)

// Mistake is what is wrong with one setting.
type Mistake struct {
	Field   string // by the API's name, as hubName
	Message string // what is wrong and what to do; never the value of a secret
}

// Mistakes are what is wrong with the settings of an intake.
type Mistakes []Mistake

func (m Mistakes) Error() string {
	var all []string
	for _, one := range m {
		all = append(all, one.Field+": "+one.Message)
	}
	return strings.Join(all, "; ")
}

func (m *Mistakes) add(field, message string, args ...any) {
	*m = append(*m, Mistake{field, fmt.Sprintf(message, args...)})
}

// has says whether something is wrong with a field already: one mistake a field is enough.
func (m Mistakes) has(field string) bool {
	for _, one := range m {
		if one.Field == field {
			return true
		}
	}
	return false
}

// err is nil when there is no mistake.
func (m Mistakes) err() error {
	if len(m) == 0 {
		return nil
	}
	return m
}

// LockedError is returned for an intake that cannot be changed here.
type LockedError struct{ Reason string }

func (e *LockedError) Error() string { return e.Reason }
