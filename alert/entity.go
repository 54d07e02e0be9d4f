package alert

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Entity is somebody or something that an alert is about.
type Entity struct {
	Kind  Kind
	Value string // by which it is known: a name, a path, an address
	EntityFacts
	First, Last time.Time // at which it occurred in events of the alert
	Occurrences int64
	news        bool // there is more to look it up by than the database knows
}

// EntityFacts are what is known of an entity beside its value.
type EntityFacts struct {
	Roles   []string          `json:"roles,omitempty"` // impacted, related, source, parent …
	Details map[string]string `json:"details,omitempty"`
	Seen    string            `json:"seen,omitempty"` // where it was first seen: table and field
}

// Kind is what an entity is.
type Kind string

// The kinds of entities.
const (
	Host     Kind = "host"
	User     Kind = "user"
	Process  Kind = "process"
	File     Kind = "file"
	IP       Kind = "ip"
	URL      Kind = "url"
	Mailbox  Kind = "mailbox"
	Mail     Kind = "mail"
	App      Kind = "app"
	Registry Kind = "registry"
	Resource Kind = "resource" // of a cloud
	Other    Kind = "other"
)

const (
	maxTerm    = 512 // bytes of what an entity may be looked up by
	maxDetail  = 2 << 10
	maxDetails = 16
	maxRoles   = 8
)

// entityName tells entities of an alert apart.
type entityName struct {
	kind Kind
	name string
}

func (e *Entity) key() entityName {
	return entityName{e.Kind, strings.ToLower(e.Value)}
}

// clip bounds an entity.
func (e *Entity) clip() {
	e.Value = cut(e.Value, maxTerm)
	e.Seen = cut(e.Seen, maxName)
	for k, v := range e.Details {
		if len(v) > maxDetail {
			e.Details[k] = cut(v, maxDetail)
		}
	}
}

// span widens the time in which the entity occurred.
func (e *Entity) span(first, last time.Time) {
	if first.Before(e.First) {
		e.First = first
	}
	if last.After(e.Last) {
		e.Last = last
	}
}

// take adds what another sighting of the same entity says. It is true when something about it is new.
func (e *Entity) take(o *Entity) bool {
	news := false
	for _, role := range o.Roles {
		if !slices.Contains(e.Roles, role) && len(e.Roles) < maxRoles {
			e.Roles = append(slices.Clip(e.Roles), role)
			slices.Sort(e.Roles)
			news = true
		}
	}
	cloned := false
	for k, v := range o.Details {
		if _, known := e.Details[k]; known || v == "" || len(e.Details) >= maxDetails {
			continue
		}
		if !cloned { // sightings of one event share their details
			details := make(map[string]string, len(e.Details)+1)
			maps.Copy(details, e.Details)
			e.Details, cloned = details, true
		}
		e.Details[k] = v
		news = true
	}
	return news
}

// termDetails are the details by which an entity may be looked up.
var termDetails = []string{"id", "sid", "upn", "name", "executable", "sha1", "sha256", "md5", "domain", "subject"}

// terms by which the entity may be looked up, in lower case.
func (e *Entity) terms() []string {
	terms := []string{termOf(e.Value)}
	for _, k := range termDetails {
		if v := e.Details[k]; v != "" && (k != "domain" || e.Kind == URL) {
			terms = append(terms, termOf(v))
		}
	}
	if e.Kind == Host {
		if short, _, long := strings.Cut(e.Value, "."); long {
			terms = append(terms, termOf(short))
		}
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

func termOf(s string) string { return strings.ToLower(cut(strings.TrimSpace(s), maxTerm)) }
