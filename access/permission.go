package access

import "slices"

// Permission is a right to do something. The list is closed: every operation of the API names the one that it needs.
type Permission string

// Permissions that roles give.
const (
	EventsRead       Permission = "events.read"       // search, tail and export events
	AlertsRead       Permission = "alerts.read"       // alerts, their events and history
	AlertsWork       Permission = "alerts.work"       // assign, comment, close
	RulesRead        Permission = "rules.read"        // rules, packs, exceptions, coverage
	RulesWrite       Permission = "rules.write"       // write, enable and install them
	AssetsWrite      Permission = "assets.write"      // say how important hosts and users are
	IntakesRead      Permission = "intakes.read"      // state of the intakes
	IntakesWrite     Permission = "intakes.write"     // create, change, pause and delete them
	DeliveryRead     Permission = "delivery.read"     // ledger and incidents
	StatisticsRead   Permission = "statistics.read"   // what is only known over all intakes: storage, delays, how alerts turn out, assets
	DeliveryWrite    Permission = "delivery.write"    // acknowledge incidents
	QuarantineRead   Permission = "quarantine.read"   // what could not be decoded
	QuarantineReplay Permission = "quarantine.replay" // put it through intake again, or drop it
	JobsRead         Permission = "jobs.read"         // jobs over stored events, and what they found
	JobsRun          Permission = "jobs.run"          // start, cancel and delete them
	HuntsRun         Permission = "hunts.run"         // run queries in KQL
	HuntsSchedule    Permission = "hunts.schedule"    // change those that run by themselves and raise alerts
	SettingsRead     Permission = "settings.read"     // notification targets
	SettingsWrite    Permission = "settings.write"    // change them, profiles of the program
	UsersManage      Permission = "users.manage"      // users, their roles, API keys
	AuditRead        Permission = "audit.read"        // who did what
	MetricsRead      Permission = "metrics.read"      // /metrics
)

// What operations need that no role gives.
const (
	Public Permission = "public" // nothing: whoever asks may
	Any    Permission = "any"    // to have signed in, in whatever way
	Self   Permission = "self"   // to be signed in as a user: it is about the own account
)

// Role is what somebody is here for.
type Role string

// The roles.
const (
	Administrator Role = "administrator"
	Analyst       Role = "analyst"
	Viewer        Role = "viewer"
)

// Roles are all of them, the mightiest first.
var Roles = []Role{Administrator, Analyst, Viewer}

// rights says who may what. Restricted: also somebody who sees some intakes alone; what concerns everybody's events he
// may not change or see.
var rights = []struct {
	Permission Permission
	Roles      []Role
	Restricted bool
}{
	{EventsRead, []Role{Administrator, Analyst, Viewer}, true},
	{AlertsRead, []Role{Administrator, Analyst, Viewer}, true},
	{AlertsWork, []Role{Administrator, Analyst}, true},
	{RulesRead, []Role{Administrator, Analyst, Viewer}, true},
	{RulesWrite, []Role{Administrator, Analyst}, false},
	{AssetsWrite, []Role{Administrator, Analyst}, false},
	{IntakesRead, []Role{Administrator, Analyst, Viewer}, true},
	{IntakesWrite, []Role{Administrator}, false},
	{DeliveryRead, []Role{Administrator, Analyst, Viewer}, true},
	{StatisticsRead, []Role{Administrator, Analyst, Viewer}, false},
	{DeliveryWrite, []Role{Administrator, Analyst}, false},
	{QuarantineRead, []Role{Administrator, Analyst}, true},
	{QuarantineReplay, []Role{Administrator, Analyst}, true},
	{JobsRead, []Role{Administrator, Analyst, Viewer}, false},
	{JobsRun, []Role{Administrator, Analyst}, false},
	{HuntsRun, []Role{Administrator, Analyst, Viewer}, true},
	{HuntsSchedule, []Role{Administrator, Analyst}, false},
	{SettingsRead, []Role{Administrator, Analyst}, false},
	{SettingsWrite, []Role{Administrator}, false},
	{UsersManage, []Role{Administrator}, false},
	{AuditRead, []Role{Administrator}, false},
	{MetricsRead, []Role{Administrator}, false},
}

// Of is what a role may do, seeing every intake or, restricted, some of them alone.
func Of(r Role, restricted bool) []Permission {
	var list []Permission
	for _, right := range rights {
		if slices.Contains(right.Roles, r) && (right.Restricted || !restricted) {
			list = append(list, right.Permission)
		}
	}
	return list
}

// Known says whether operations may need the permission.
func Known(p Permission) bool {
	if p == Public || p == Any || p == Self {
		return true
	}
	for _, right := range rights {
		if right.Permission == p {
			return true
		}
	}
	return false
}
