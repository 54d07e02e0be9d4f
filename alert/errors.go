package alert

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNotFound is returned for an id of which there is no alert.
var ErrNotFound = errors.New("there is no alert with this id")

// InputError says what is wrong with what somebody asked for.
type InputError struct{ Message string }

func (e *InputError) Error() string { return e.Message }

// LimitError says that there would be more of something than there may be.
type LimitError struct {
	What string
	Max  int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("there may be %d %s at most", e.Max, e.What)
}

// VersionError says that somebody else has changed the alert since it was read.
type VersionError struct {
	ID, Current, Given int64
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("alert %d has changed since it was read (version %d, now %d): read it again and decide anew", e.ID, e.Given, e.Current)
}

// TransitionError says that an alert cannot take this step, and which it can.
type TransitionError struct {
	ID       int64
	From, To Status
	Reason   string
	Allowed  []Status
}

func (e *TransitionError) Error() string {
	var allowed []string
	for _, s := range e.Allowed {
		allowed = append(allowed, string(s))
	}
	return fmt.Sprintf("alert %d cannot go from %s to %s: %s; it can go to %s", e.ID, e.From, e.To, e.Reason, strings.Join(allowed, ", "))
}
