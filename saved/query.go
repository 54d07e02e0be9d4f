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
	Kind    Kind     `json:"kind,omitempty" enum:"events,hunt" doc:"What it searches: events in the language of searches, or a hunt in KQL; absent: events"`
	Folder  string   `json:"folder,omitempty" maxLength:"200" doc:"Where its owner keeps it: names with / between"`
	Name    string   `json:"name" minLength:"1" maxLength:"100" doc:"Its owner has no other of this name"`
	Query   string   `json:"query,omitempty" maxLength:"65536" doc:"In the language of searches (8192 bytes at most; empty: every event), or in KQL"`
	From    string   `json:"from" maxLength:"40" doc:"Start of the time range: now-24h and the like, or a time (RFC 3339)" example:"now-24h"`
	To      string   `json:"to" maxLength:"40" doc:"Its end" example:"now"`
	Columns []string `json:"columns,omitempty" maxItems:"50" doc:"Fields that are shown, in order; with ~ and a number of pixels where the width was chosen" example:"[\"host.name~180\"]"`
	Split   string   `json:"split,omitempty" maxLength:"256" doc:"Field by which the histogram is split"`
	Shared  bool     `json:"shared,omitempty" doc:"Everybody may use it"`
	// Parameters of a hunt.
	Parameters []Parameter `json:"parameters,omitempty" maxItems:"50" doc:"Of a hunt: what it asks for before it runs"`
}

// Kind is what a search searches by.
type Kind string

// The kinds.
const (
	Events Kind = "events"
	Hunt   Kind = "hunt"
)

// Parameter is a value that a hunt refers to by name.
type Parameter struct {
	Name        string `json:"name" pattern:"^[A-Za-z_][A-Za-z0-9_]{0,63}$"`
	Type        string `json:"type" enum:"string,int,long,real,bool,datetime,timespan,dynamic,guid,decimal"`
	Value       string `json:"value" maxLength:"8192" doc:"What it is unless something else is chosen"`
	Description string `json:"description,omitempty" maxLength:"500"`
}

const (
	maxName    = 100 // characters
	maxQuery   = 8192
	maxHunt    = 64 << 10
	maxFolder  = 200
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
	if s.Kind == "" {
		s.Kind = Events
	}
	switch n := utf8.RuneCountInString(s.Name); {
	case n == 0 || n > maxName:
		return &Mistake{"name", fmt.Sprintf("Give it a name of at most %d letters.", maxName)}
	case strings.ContainsFunc(s.Name, func(r rune) bool { return unicode.Is(unicode.C, r) }):
		return &Mistake{"name", "The name has characters in it that cannot be seen."}
	case s.Kind != Events && s.Kind != Hunt:
		return &Mistake{"kind", "It is a search of events, or a hunt."}
	case s.Kind == Events && len(s.Query) > maxQuery, len(s.Query) > maxHunt:
		return &Mistake{"query", fmt.Sprintf("The query is longer than %d bytes.", map[Kind]int{Events: maxQuery, Hunt: maxHunt}[s.Kind])}
	case !end(s.From):
		return &Mistake{"from", "The start of the time range is not understood: write now-24h, or a time like 2026-01-31T08:00:00Z."}
	case !end(s.To):
		return &Mistake{"to", "The end of the time range is not understood: write now, or a time like 2026-01-31T08:00:00Z."}
	case len(s.Columns) > maxColumns:
		return &Mistake{"columns", fmt.Sprintf("%d columns are the most.", maxColumns)}
	case len(s.Split) > maxColumn:
		return &Mistake{"split", "No field has a name that long."}
	}
	if err := s.checkHunt(); err != nil {
		return err
	}
	for _, c := range s.Columns {
		if c == "" || len(c) > maxColumn {
			return &Mistake{"columns", fmt.Sprintf("%.40q is no field.", c)}
		}
	}
	return nil
}

var parameterName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// checkHunt tidies the folder, and tells what is wrong with it and with the parameters.
func (s *Search) checkHunt() error {
	parts := strings.FieldsFunc(s.Folder, func(r rune) bool { return r == '/' })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	s.Folder = strings.Join(parts, "/")
	if len(s.Folder) > maxFolder || strings.ContainsFunc(s.Folder, func(r rune) bool { return unicode.Is(unicode.C, r) }) {
		return &Mistake{"folder", fmt.Sprintf("The folder has at most %d letters that can be seen.", maxFolder)}
	}
	if len(s.Parameters) > maxColumns || s.Kind != Hunt && len(s.Parameters) > 0 {
		return &Mistake{"parameters", fmt.Sprintf("A hunt has %d parameters at most, a search of events none.", maxColumns)}
	}
	for _, p := range s.Parameters {
		if !parameterName.MatchString(p.Name) || len(p.Value) > maxQuery || len(p.Description) > 2*maxColumn {
			return &Mistake{"parameters", fmt.Sprintf("The parameter %.64q is not understood.", p.Name)}
		}
	}
	return nil
}
