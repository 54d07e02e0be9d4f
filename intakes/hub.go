package intakes

import (
	"slices"
	"strings"

	"penstock/config"
	"penstock/pasted"
	"penstock/source/kafka"
)

// maxHubs is how many hubs, or topics, an intake reads: as many as one unit of Premium may have.
const maxHubs = 100

// hubNames are the names in what was given as that of a hub or a topic: several with commas between, as a deployment with a hub
// for each table tells them. Event Hubs takes Logs and logs for one, Kafka for two.
func (s *Settings) hubNames() []string {
	same := strings.EqualFold
	if s.Source == kafka.Kind {
		same = func(one, other string) bool { return one == other }
	}
	var names []string
	for _, name := range strings.FieldsFunc(s.HubName, func(r rune) bool { return strings.ContainsRune(",;\r\n", r) }) {
		name = strings.TrimSpace(name)
		if name != "" && !slices.ContainsFunc(names, func(other string) bool { return same(other, name) }) {
			names = append(names, name)
		}
	}
	return names
}

// everyTable is the end of a name that stands for the hubs of all tables, those that come later too: what is before it is what their names begin with.
const everyTable = "*"

func (in *Intake) checkHubs(wrong *Mistakes) {
	names := in.hubNames()
	if prefix, all := strings.CutSuffix(in.HubName, everyTable); all && len(names) == 1 && prefix != "" && pasted.HubName(prefix+"table") == "" {
		return
	}
	if strings.Contains(in.HubName, everyTable) {
		wrong.add("hubName", "* stands for the hubs of all tables: give it alone, behind what their names begin with, as insights-logs-advancedhunting-*.")
		return
	}
	if len(names) > maxHubs {
		wrong.add("hubName", "These are %d hubs; an intake reads %d at most: share them among several intakes.", len(names), maxHubs)
		return
	}
	for _, name := range names {
		m := pasted.HubName(name)
		if m == "" {
			continue
		}
		if len(names) > 1 {
			m = "One of the hubs is wrong. " + m
		}
		wrong.add("hubName", "%s", m)
		return
	}
}

// hubs tells a source which hubs it reads.
func (in *Intake) hubs(e *config.EventHub) {
	names := in.hubNames()
	prefix, all := strings.CutSuffix(in.HubName, everyTable)
	switch {
	case len(names) > 1:
		e.Hubs = names
	case all:
		e.Tables, e.TableHubPrefix = []string{everyTable}, prefix
	default:
		e.Hub = in.HubName
	}
}

// configuredHubs are the hubs of the configuration as those of the API are told.
func configuredHubs(e *config.EventHub) string {
	names := slices.Clone(e.Hubs)
	if e.Hub != "" {
		names = append(names, e.Hub)
	}
	for _, table := range e.Tables {
		names = append(names, e.TableHubPrefix+strings.ToLower(table))
	}
	return strings.Join(names, ", ")
}
