package alert

import (
	"slices"
	"strings"
)

// upn is the name by which clouds know a user; empty where it is not known.
func (e *Entity) upn() string {
	for _, name := range []string{e.Details["upn"], e.Value} {
		if strings.Contains(name, "@") {
			return name
		}
	}
	return ""
}

// ids are a user's SID and object id. SIDs of systems and services say nothing: they are the same on every machine.
func (e *Entity) ids() []string {
	ids := []string{strings.ToUpper(e.Details["id"]), strings.ToUpper(e.Details["sid"])}
	return slices.DeleteFunc(ids, func(id string) bool {
		return id == "" || strings.HasPrefix(id, "S-1-") && !strings.HasPrefix(id, "S-1-5-21-") && !strings.HasPrefix(id, "S-1-12-1-")
	})
}

// samePerson reports whether two users are one account: they have the UPN, the SID or the object id in common.
func (e *Entity) samePerson(o *Entity) bool {
	if e.Kind != User || o.Kind != User {
		return false
	}
	if upn := e.upn(); upn != "" && strings.EqualFold(upn, o.upn()) {
		return true
	}
	ids := o.ids()
	return slices.ContainsFunc(e.ids(), func(id string) bool { return slices.Contains(ids, id) })
}

// absorb takes what another sighting says of the same entity. Of a user's names domain\name is the one to be known by; the
// others become details.
func (e *Entity) absorb(o *Entity) bool {
	if e.Kind != User || e.Value == o.Value {
		return e.take(o)
	}
	other, renamed := o.Value, false
	if !strings.Contains(e.Value, `\`) && strings.Contains(o.Value, `\`) {
		e.Value, other, renamed = o.Value, e.Value, true
	}
	news := e.take(o)
	if !strings.EqualFold(other, e.Value) {
		name := "name"
		if strings.Contains(other, "@") {
			name = "upn"
		}
		news = e.take(&Entity{EntityFacts: EntityFacts{Details: map[string]string{name: other}}}) || news
	}
	return news || renamed
}
