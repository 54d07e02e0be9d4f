// Package saved keeps searches that somebody wants to have again: for himself, or for everybody of the installation.
package saved

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Query is a search that was saved.
type Query struct {
	ID      int64     `json:"id"`
	Owner   string    `json:"owner" doc:"Who saved it, and alone may change it"`
	Created time.Time `json:"created"`
	Changed time.Time `json:"changed"`
	Search
}

// Search is what there is to save.
type Search struct {
	Name    string   `json:"name" minLength:"1" maxLength:"100" doc:"Its owner has no other of this name"`
	Query   string   `json:"query,omitempty" maxLength:"8192" doc:"In the language of searches; empty: every event"`
	From    string   `json:"from" maxLength:"40" doc:"Start of the time range: now-24h and the like, or a time (RFC 3339)" example:"now-24h"`
	To      string   `json:"to" maxLength:"40" doc:"Its end" example:"now"`
	Columns []string `json:"columns,omitempty" maxItems:"50" doc:"Fields that are shown, in order; with ~ and a number of pixels where the width was chosen" example:"[\"host.name~180\"]"`
	Split   string   `json:"split,omitempty" maxLength:"256" doc:"Field by which the histogram is split"`
	Shared  bool     `json:"shared,omitempty" doc:"Everybody may use it"`
}

const (
	maxName    = 100 // characters
	maxQuery   = 8192
	maxColumns = 50
	maxColumn  = 256
	maxSaved   = 500 // of one owner
)

// Mistake is what is wrong with a search that is to be saved; it is the caller's to mend.
type Mistake struct{ Field, Message string }

func (m *Mistake) Error() string { return m.Message }

// The errors of Queries.
var (
	ErrNotFound = errors.New("there is no such saved query")
	ErrTooMany  = fmt.Errorf("%d queries are saved already: delete some", maxSaved)
)

// NotOwner is the error of changing what somebody else has shared.
type NotOwner struct{ Owner string }

func (e *NotOwner) Error() string {
	return "only " + e.Owner + ", who has shared this query, may change it"
}

var relative = regexp.MustCompile(`^now(-\d{1,6}[smhdw])?$`)

// end tells whether a text is one end of a time range.
func end(text string) bool {
	if relative.MatchString(text) {
		return true
	}
	_, err := time.Parse(time.RFC3339Nano, text)
	return err == nil
}

// check tidies the name and tells what is wrong.
func (s *Search) check() error {
	s.Name = strings.TrimSpace(s.Name)
	switch n := utf8.RuneCountInString(s.Name); {
	case n == 0 || n > maxName:
		return &Mistake{"name", fmt.Sprintf("Give it a name of at most %d letters.", maxName)}
	case strings.ContainsFunc(s.Name, func(r rune) bool { return unicode.Is(unicode.C, r) }):
		return &Mistake{"name", "The name has characters in it that cannot be seen."}
	case len(s.Query) > maxQuery:
		return &Mistake{"query", fmt.Sprintf("The query is longer than %d bytes.", maxQuery)}
	case !end(s.From):
		return &Mistake{"from", "The start of the time range is not understood: write now-24h, or a time like 2026-01-31T08:00:00Z."}
	case !end(s.To):
		return &Mistake{"to", "The end of the time range is not understood: write now, or a time like 2026-01-31T08:00:00Z."}
	case len(s.Columns) > maxColumns:
		return &Mistake{"columns", fmt.Sprintf("%d columns are the most.", maxColumns)}
	case len(s.Split) > maxColumn:
		return &Mistake{"split", "No field has a name that long."}
	}
	for _, c := range s.Columns {
		if c == "" || len(c) > maxColumn {
			return &Mistake{"columns", fmt.Sprintf("%.40q is no field.", c)}
		}
	}
	return nil
}
