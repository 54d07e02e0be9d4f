package investigate

import (
	"strconv"
	"time"

	"penstock/format"
	"penstock/record"
)

// Identity tells a process from every other one of its device. Ids of processes are used again, so the moment of the start is a
// part of it.
type Identity struct {
	PID     int64
	Started string // as the record has it, without zeros at the end of the fraction; empty: not known
}

// known reports whether there is a process.
func (i Identity) known() bool { return i.PID > 0 }

// At is the moment of the start; zero where it is not known.
func (i Identity) At() time.Time {
	at, source := format.TimeOf([]byte(i.Started), nil, time.Time{})
	if source != format.FromTimestamp {
		return time.Time{}
	}
	return at
}

// same compares identities; one without a start is the same where the other one started before the moment.
func (i Identity) same(o Identity) bool {
	return i.PID == o.PID && i.known() && (i.Started == o.Started || i.Started == "" || o.Started == "")
}

// Process is one process of a device, as far as records tell of it.
type Process struct {
	Identity
	Name, CommandLine, Executable string
	User                          string // domain\name
	SHA256                        string
	Event                         string    // id of the event of its start; empty: that is not stored
	Seen                          time.Time // of the event that told of it
}

// lineage is what one record tells of processes, each the parent of the one before it.
type lineage []Process

// columnsOf are the columns that tell of a process.
type columnsOf struct{ pid, started, name, commandLine, folder, account, domain, sha256 string }

var (
	created    = columnsOf{"ProcessId", "ProcessCreationTime", "FileName", "ProcessCommandLine", "FolderPath", "AccountName", "AccountDomain", "SHA256"}
	initiating = columnsOf{
		"InitiatingProcessId", "InitiatingProcessCreationTime", "InitiatingProcessFileName", "InitiatingProcessCommandLine", "InitiatingProcessFolderPath",
		"InitiatingProcessAccountName", "InitiatingProcessAccountDomain", "InitiatingProcessSHA256",
	}
	initiatingParent = columnsOf{pid: "InitiatingProcessParentId", started: "InitiatingProcessParentCreationTime", name: "InitiatingProcessParentFileName"}
)

// processTable is the table that tells of the starts of processes.
const processTable = "DeviceProcessEvents"

// lineageOf reads the processes of a record, from the youngest.
func lineageOf(rec *record.Record, event string, at time.Time) lineage {
	var l lineage
	if rec.Table == processTable {
		if p := processOf(rec, created, at); p.known() {
			if string(columnOf(rec, "ActionType")) == "ProcessCreated" {
				p.Event = event
			}
			l = append(l, p)
		}
	}
	for _, c := range []columnsOf{initiating, initiatingParent} {
		p := processOf(rec, c, at)
		if !p.known() {
			break
		}
		l = append(l, p)
	}
	return l
}

func processOf(rec *record.Record, c columnsOf, at time.Time) Process {
	text := func(column string) string {
		if column == "" {
			return ""
		}
		return clip(string(columnOf(rec, column)))
	}
	p := Process{
		Name: baseName(text(c.name)), CommandLine: text(c.commandLine), Executable: text(c.folder), SHA256: text(c.sha256), User: text(c.account), Seen: at,
	}
	p.PID, _ = strconv.ParseInt(text(c.pid), 10, 64)
	p.Started = canonicalTime(text(c.started))
	if domain := text(c.domain); domain != "" && p.User != "" {
		p.User = domain + `\` + p.User
	}
	return p
}

// canonicalTime writes a moment so that two records that mean the same one agree; empty where it is none.
func canonicalTime(text string) string {
	at, source := format.TimeOf([]byte(text), nil, time.Time{})
	if source != format.FromTimestamp || text == "" {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// maxShown bounds what is kept of a text, in bytes.
const maxShown = 4096

func clip(s string) string {
	if len(s) > maxShown {
		return s[:maxShown]
	}
	return s
}

func baseName(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '\\' || path[i] == '/' {
			return path[i+1:]
		}
	}
	return path
}

// learn takes over what another record tells of the same process.
func (p *Process) learn(o *Process) {
	for _, f := range []struct{ mine, theirs *string }{
		{&p.Started, &o.Started}, {&p.Name, &o.Name}, {&p.CommandLine, &o.CommandLine}, {&p.Executable, &o.Executable}, {&p.User, &o.User},
		{&p.SHA256, &o.SHA256}, {&p.Event, &o.Event},
	} {
		if *f.mine == "" {
			*f.mine = *f.theirs
		}
	}
	if o.Seen.Before(p.Seen) {
		p.Seen = o.Seen
	}
}
