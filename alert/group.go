package alert

import (
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"penstock/ecs"
	"penstock/record"
)

// groupKey is a hash of what the events of one alert have in common.
type groupKey [16]byte

// Names that a rule may give for fields of similarity beside those of ECS.
const (
	similarHost = "host"
	similarUser = "user"
	similarRule = "rule"
)

var defaultSimilarity = []string{similarHost, similarUser}

func keyOf(kind Origin, id string, values []Value) groupKey {
	var b strings.Builder
	b.WriteString(string(kind))
	b.WriteByte(0)
	b.WriteString(id)
	for _, v := range values {
		b.WriteByte(0)
		b.WriteString(v.Field)
		b.WriteByte(1)
		b.WriteString(strings.ToLower(v.Value))
	}
	return xxh3.Hash128([]byte(b.String())).Bytes()
}

// key of the alerts that a finding may join. A hunt joins what the rule itself has raised.
func (f *Finding) key() groupKey {
	kind := f.Origin
	if kind == FromHunt {
		kind = FromRule
	}
	return keyOf(kind, f.Rule, f.Values)
}

// similar is the value of a field of similarity. Where an event has neither host nor user, the sender of a mail or the
// address that it came from stands for the user, so that a campaign is one alert.
func similar(field string, ev *ecs.Event, rec *record.Record) string {
	switch field {
	case similarHost:
		return firstOf(ev, hostName, hostID)
	case similarUser:
		if user := firstOf(ev, userName, accountUPN, userEmail, userID, processUserName); user != "" {
			return user
		}
		if firstOf(ev, hostName, hostID) != "" {
			return ""
		}
		return firstOf(ev, mailFrom, mailSender, sourceIP)
	}
	if v := locate(field).text(ev); v != "" {
		return v
	}
	return column(rec, field)
}

// reach says how an alert takes an event that happened at t and is of its group: whether it does, and whether the alert
// has to be reopened. distance is how far from its events that is.
func (d *draft) reach(t time.Time, window time.Duration) (joins, reopens bool, distance time.Duration) {
	distance = max(d.First.Sub(t), t.Sub(d.Last), 0)
	if d.Status != StatusClosed || !t.After(d.Closed) {
		// What happened before it was closed belongs to what was looked at.
		return distance <= window, false, distance
	}
	// What happened after it is more of the same, for as long as the window; of a false positive that is no news.
	return t.Sub(d.Closed) <= window, d.Verdict != FalsePositive, distance
}
