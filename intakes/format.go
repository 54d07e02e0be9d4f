package intakes

import (
	"errors"
	"fmt"
	"time"

	"penstock/source"
)

// Formats are those that intakes may have.
type Formats interface {
	// Tables are those of a format that may arrive. The error says why the format cannot be had; where it has a method Hint,
	// that says what to do.
	Tables(format string) ([]string, error)
}

// FormatTables are formats by their ids, each with its tables.
type FormatTables map[string][]string

// Tables are those of a format.
func (t FormatTables) Tables(format string) ([]string, error) {
	tables, known := t[format]
	if !known {
		return nil, fmt.Errorf("there is no format %s", format)
	}
	return tables, nil
}

// FormatError says why an intake does not collect: its format cannot be had, so what came could not be kept as it has to be.
type FormatError struct{ Cause error }

func (e *FormatError) Error() string { return "the intake does not collect: " + e.Cause.Error() }

func (e *FormatError) Unwrap() error { return e.Cause }

// Hint is what to do.
func (e *FormatError) Hint() string {
	var hinted interface{ Hint() string }
	if errors.As(e.Cause, &hinted) {
		return hinted.Hint() + " Nothing is lost meanwhile: what was taken in stays, and what was not is not acknowledged."
	}
	return "Give the intake another format."
}

// format looks whether the format of an intake can be had.
func (in *Intake) format(known Formats) error {
	if _, err := known.Tables(in.Format); err != nil {
		return &FormatError{err}
	}
	return nil
}

// withoutFormat tells the state of such an intake.
func withoutFormat(err error) *source.Problem {
	p := &source.Problem{Message: sentence(err.Error()), Time: time.Now(), Cause: err}
	var missing *FormatError
	if errors.As(err, &missing) {
		p.Hint = missing.Hint()
	}
	return p
}

// NotCollecting says in a sentence for those who send to an intake why it takes nothing; empty: it is paused, or being
// restarted. What is wrong on this machine is not theirs to know.
func (s *Supervisor) NotCollecting(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var missing *FormatError
	if e := s.entries[name]; e == nil || e.intake.Paused || e.problem == nil || !errors.As(e.problem.Cause, &missing) {
		return ""
	}
	return "The intake takes nothing, because its format cannot be used at this moment; whoever runs Penstock sees why on the page of the intake. Send it again later."
}
