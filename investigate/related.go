package investigate

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"penstock/search"
)

// Related is a question that leads from an event to others.
type Related struct {
	Name     string // "Same process"
	Group    string // what they have in common: process, host, user, …
	Query    string // in the language of searches
	From, To time.Time
	Count    *int64 // events that match; nil: not counted
}

// Timeline spans.
const (
	nearSpan  = 30 * time.Minute
	hostSpan  = time.Hour
	userSpan  = 12 * time.Hour
	wideSpan  = 7 * 24 * time.Hour
	mailSpan  = 30 * 24 * time.Hour
	maxWanted = 512 // bytes of a value that is asked for
)

// is asks for a field's value, whatever stands in it.
func is(field, value string) string {
	return field + `: "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// either joins alternatives; empty ones are left out.
func either(conditions ...string) string {
	var list []string
	for _, c := range conditions {
		if c != "" {
			list = append(list, c)
		}
	}
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return "(" + strings.Join(list, " or ") + ")"
}

// pivot is a question about one value of an event.
type pivot struct {
	name, group string
	fields      []string // that the value is asked for in
	values      []string // fields of the subject that give it, the first that has one
	span        time.Duration
}

var pivots = []pivot{
	{"Same user", "user", []string{"user.name", "process.user.name"}, []string{"user.name", "process.user.name"}, userSpan},
	{"Same account, by its address", "user", []string{"action.properties.AccountUPN", "user.email", "process.user.email"}, []string{"action.properties.AccountUPN", "user.email", "process.user.email"}, userSpan},
	{"Same file, by its hash", "file", []string{"file.hash.sha256", "process.hash.sha256"}, []string{"file.hash.sha256"}, wideSpan},
	{"Same file, by its older hash", "file", []string{"file.hash.sha1", "process.hash.sha1"}, []string{"file.hash.sha1"}, wideSpan},
	{"Same remote address", "ip", []string{"destination.ip", "source.ip"}, []string{"destination.ip"}, wideSpan},
	{"Same source address", "ip", []string{"source.ip", "destination.ip"}, []string{"source.ip"}, wideSpan},
	{"Same domain", "url", []string{"url.domain"}, []string{"url.domain"}, wideSpan},
	{"Same URL", "url", []string{"url.original"}, []string{"url.original"}, wideSpan},
	{"Same mail", "mail", []string{"email.local_id"}, []string{"email.local_id"}, mailSpan},
	{"Same sender", "mail", []string{"email.from.address"}, []string{"email.from.address"}, wideSpan},
	{"Same Teams message", "mail", []string{"action.properties.TeamsMessageId"}, []string{"action.properties.TeamsMessageId"}, mailSpan},
	{"Same registry key", "registry", []string{"registry.key"}, []string{"registry.key"}, wideSpan},
	{"Same Defender alert", "alert", []string{"microsoft.defender.alert.id"}, []string{"microsoft.defender.alert.id"}, mailSpan},
}

// Related are the questions that lead on from an event. With count, how many events answer each is found, one after the
// other until ctx ends; those that were not reached have no count.
func (i *Investigator) Related(ctx context.Context, s *Subject, count bool) ([]Related, error) {
	at := s.time()
	var list []Related
	add := func(name, group, query string, from, to time.Time) {
		list = append(list, Related{Name: name, Group: group, Query: query, From: from, To: to})
	}
	around := func(span time.Duration) (from, to time.Time) { return at.Add(-span), at.Add(span) }
	if host, _ := hostOf(s); host != "" {
		i.relatedOnHost(s, host, at, add)
		from, to := around(hostSpan)
		add("Same host, around the time", "host", host, from, to)
	}
	for _, p := range pivots {
		value := ""
		for _, field := range p.values {
			value = cmp.Or(value, s.field(field))
		}
		if value == "" || value == "null" || len(value) > maxWanted {
			continue
		}
		conditions := make([]string, len(p.fields))
		for k, field := range p.fields {
			conditions[k] = is(field, value)
		}
		from, to := around(p.span)
		add(p.name, p.group, either(conditions...), from, to)
	}
	if !count {
		return list, nil
	}
	for k := range list {
		r := &list[k]
		q, err := search.ParseWith(r.Query, i.plan.Field)
		if err != nil {
			return nil, fmt.Errorf("count %s: %w", r.Name, err)
		}
		n, err := i.events.Count(ctx, search.Request{Query: q, From: r.From, To: r.To})
		switch {
		case err == nil:
			r.Count = &n
		case ctx.Err() == nil:
			return nil, fmt.Errorf("count %s: %w", r.Name, err)
		}
	}
	return list, nil
}

// relatedOnHost adds the questions that make sense on one host alone.
func (i *Investigator) relatedOnHost(s *Subject, host string, at time.Time, add func(name, group, query string, from, to time.Time)) {
	family := lineageOf(&s.Record, "", at)
	// Until the process ends nobody gets its id; when that is, no record says.
	for k, p := range family {
		from := at.Add(-userSpan)
		if started := p.At(); !started.IsZero() {
			from = started.Add(-startSlack)
		}
		pid := fmt.Sprint(p.PID)
		switch k {
		case 0:
			add("Same process", "process", host+" and "+is("process.pid", pid), from, at.Add(userSpan))
			add("Started by the process", "process", host+" and "+is("penstock.table", processTable)+" and "+is("process.parent.pid", pid), from, at.Add(userSpan))
		case 1:
			add("Its parent process", "process", host+" and "+either(is("process.pid", pid), is("process.parent.pid", pid)), from, at.Add(nearSpan))
		}
	}
	if logon := cmp.Or(s.field("action.properties.LogonId"), s.field("action.properties.InitiatingProcessLogonId")); logon != "" && logon != "0" && logon != "null" {
		add("Same logon", "logon", host+" and "+either(is("action.properties.LogonId", logon), is("action.properties.InitiatingProcessLogonId", logon)),
			at.Add(-userSpan), at.Add(userSpan))
	}
	if name := s.field("process.name"); name != "" && len(name) <= maxWanted {
		add("Same program on other hosts", "process", is("process.name", name)+" and not "+host, at.Add(-wideSpan), at.Add(wideSpan))
	}
}

// HostQuery asks for every event of a host, by its name or its id.
func HostQuery(host string) string { return either(is("host.name", host), is("host.id", host)) }

// UserQuery asks for every event of a user: by name, domain\name, or address.
func UserQuery(user string) string {
	if domain, name, ok := strings.Cut(user, `\`); ok && domain != "" && name != "" {
		return either(is("user.name", name)+" and "+is("user.domain", domain), is("process.user.name", name)+" and "+is("process.user.domain", domain))
	}
	if strings.Contains(user, "@") {
		return either(is("action.properties.AccountUPN", user), is("user.email", user), is("process.user.email", user), is("email.to.address", user), is("email.from.address", user))
	}
	return either(is("user.name", user), is("process.user.name", user), is("user.full_name", user), is("user.id", user))
}
