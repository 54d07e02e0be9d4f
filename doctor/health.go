package doctor

import (
	"context"
	"os"
)

// What is found of what is kept.
var (
	quarantineEmpty = Kind{ID: "quarantine.empty", Severity: OK, Title: "Everything that came was understood"}
	quarantineSome  = Kind{
		ID: "quarantine.some", Severity: Warn, Title: "There is something in quarantine",
		Why:  "It came, could not be understood and is kept whole; it is found by no search and no rule.",
		Mend: "Look at it on the page, Quarantine, or by penstock quarantine list. After an update of Penstock replay it; what nobody needs, drop.",
	}
	incidentsNone = Kind{ID: "incidents.none", Severity: OK, Title: "No incident of delivery is open"}
	incidentsOpen = Kind{
		ID: "incidents.open", Severity: Warn, Title: "Incidents of delivery are open",
		Why:  "Something did not arrive, or may not have.",
		Mend: "penstock ledger incidents tells of each; acknowledge what is settled.",
	}
	damagedNone = Kind{ID: "damaged.none", Severity: OK, Title: "Nothing that is stored is damaged"}
	damagedSome = Kind{
		ID: "damaged.some", Severity: Fail, Title: "Parts of what is stored could not be read back",
		Why:  "They were set aside, and searches go on without the events in them. Disks that damage one file often damage more.",
		Mend: "Look at the health of the disk (smartctl, dmesg) first. Events that the hub still keeps can be read again by an intake of another name with start: earliest; a backup may have the files.",
	}
	stateUnread = Kind{
		ID: "state.unread", Severity: Fail, Title: "The state cannot be read",
		Why:  "Intakes, users and alerts are in it.",
		Mend: "Run the doctor as the user who runs Penstock. If the file is damaged, restore it from a backup.",
	}
	programVersion = Kind{ID: "program.version", Severity: OK, Title: "Which program it is"}
	targetsReached = Kind{ID: "notify.reached", Severity: OK, Title: "A notification target is reached"}
	targetsAway    = Kind{
		ID: "notify.away", Severity: Warn, Title: "A notification target cannot be reached",
		Why:  "Nobody is told of alerts there; what is to be told waits, and is tried again.",
		Mend: "Check the address of the target (Settings, Notifications) and that the firewall lets this machine out to it.",
	}
)

// Count is how many there are of something that should not be there.
type Count func(context.Context) (int64, error)

// Kept looks at what was kept aside: what is in quarantine, and what of the delivery is not settled.
func Kept(subject string, quarantined, incidents Count) []Probe {
	of := func(name string, count Count, none, some *Kind, calm, trouble string) Probe {
		return Probe{Name: name, Subject: subject, Look: func(ctx context.Context, tell func(Finding)) {
			n, err := count(ctx)
			switch {
			case err != nil:
				tell(stateUnread.Found("The state does not tell of %s: %s.", name, firstLine(err)))
			case n == 0:
				tell(none.Found("%s", calm))
			default:
				tell(some.Found(trouble, n))
			}
		}}
	}
	return []Probe{
		of("the quarantine", quarantined, &quarantineEmpty, &quarantineSome, "Nothing is in quarantine.", "In quarantine there are %d records or messages that could not be understood."),
		of("incidents", incidents, &incidentsNone, &incidentsOpen, "No incident of delivery is open.", "%d incidents of delivery are open."),
	}
}

// Damaged looks whether anything was set aside in a folder because it could not be read back.
func Damaged(subject, what, dir string) Probe {
	return Probe{Name: what, Subject: subject, Look: func(_ context.Context, tell func(Finding)) {
		files, err := os.ReadDir(dir)
		switch {
		case err != nil || len(files) == 0: // it is made with the first damage
			tell(damagedNone.Found("Nothing of %s was found damaged.", what))
		default:
			tell(damagedSome.Found("%d files of %s are damaged; they are in %s.", len(files), what, dir))
		}
	}}
}

// StateUnread tells that the state could not be read.
func StateUnread(subject string, err error) Probe {
	return Probe{Name: "the state", Subject: subject, Look: func(_ context.Context, tell func(Finding)) {
		tell(stateUnread.Found("The state cannot be read: %s.", firstLine(err)))
	}}
}

// Program tells which program it is, for those who are asked for help.
func Program(subject, version, runtime, database string) Probe {
	return Probe{Name: "the program", Subject: subject, Look: func(_ context.Context, tell func(Finding)) {
		tell(programVersion.Found("Penstock %s with DuckDB %s.", version, database).With("Go", runtime))
	}}
}

// Target looks whether a notification target is reached. Nothing is sent to it.
func Target(subject, name, address string) Probe {
	return Probe{Name: "the target " + name, Subject: subject, Look: func(ctx context.Context, tell func(Finding)) {
		if err := Dial(ctx, address); err != nil {
			tell(targetsAway.Found("The notification target %s at %s cannot be reached.", name, address).With("error", firstLine(err)))
			return
		}
		tell(targetsReached.Found("The notification target %s is reached at %s.", name, address))
	}}
}
