package alert

import (
	"strings"

	"penstock/ecs"
	"penstock/record"
)

// field is a field of events that alerts read: one of the dictionary or not.
type field struct {
	number ecs.Field
	known  bool
	name   string
}

func locate(name string) field {
	number, known := ecs.Lookup(name)
	return field{number, known, name}
}

func (f field) value(ev *ecs.Event) ecs.Value {
	if f.known {
		return ev.Get(f.number)
	}
	return ev.GetExtra(f.name)
}

// text is the value as text; of a list its first element.
func (f field) text(ev *ecs.Event) string {
	v := f.value(ev)
	if v.Kind == ecs.List {
		var room [8]ecs.Value
		elements := v.Elements(room[:0])
		if len(elements) == 0 {
			return ""
		}
		v = elements[0]
	}
	if v.Kind == ecs.None {
		return ""
	}
	return string(v.AppendText(nil))
}

// texts are the values of a field that may have several, of which the first few count.
func (f field) texts(ev *ecs.Event) []string {
	var room [16]ecs.Value
	var list []string
	for _, v := range f.value(ev).Elements(room[:0]) {
		if v.Kind != ecs.None && len(list) < cap(room) {
			list = append(list, string(v.AppendText(nil)))
		}
	}
	return list
}

func firstOf(ev *ecs.Event, fields ...field) string {
	for _, f := range fields {
		if s := f.text(ev); s != "" {
			return s
		}
	}
	return ""
}

var fieldTimestamp = ecs.MustLookup("@timestamp")

var (
	hostName, hostID                   = locate("host.name"), locate("host.id")
	userName, userDomain, userID       = locate("user.name"), locate("user.domain"), locate("user.id")
	userEmail, userFullName            = locate("user.email"), locate("user.full_name")
	accountUPN, accountSID             = locate("action.properties.AccountUPN"), locate("action.properties.AccountSid")
	targetUPN, targetDevice            = locate("action.properties.TargetAccountUpn"), locate("action.properties.TargetDeviceName")
	destinationDevice                  = locate("action.properties.DestinationDeviceName")
	processUserName, processUserDomain = locate("process.user.name"), locate("process.user.domain")
	processUserID, processUserEmail    = locate("process.user.id"), locate("process.user.email")
	fileName, fileDirectory            = locate("file.name"), locate("file.directory")
	fileSHA1, fileSHA256, fileMD5      = locate("file.hash.sha1"), locate("file.hash.sha256"), locate("file.hash.md5")
	sourceIP, destinationIP            = locate("source.ip"), locate("destination.ip")
	urlOriginal, urlDomain             = locate("url.original"), locate("url.domain")
	mailTo, mailFrom, mailSender       = locate("email.to.address"), locate("email.from.address"), locate("email.sender.address")
	mailID, mailSubject                = locate("email.local_id"), locate("email.subject")
	appName, appID                     = locate("action.properties.Application"), locate("action.properties.ApplicationId")
	registryKey, registryValue         = locate("registry.key"), locate("registry.value")
	registryData                       = locate("registry.data.strings")
	actionType                         = locate("action.type")
)

// processFields are those of a process or of its parent.
type processFields struct {
	name, executable, commandLine, pid, sha256, sha1 field
}

func processAt(prefix string) processFields {
	at := func(name string) field { return locate(prefix + name) }
	return processFields{at("name"), at("executable"), at("command_line"), at("pid"), at("hash.sha256"), at("hash.sha1")}
}

var process, parentProcess = processAt("process."), processAt("process.parent.")

// column is the text of a column of a record; empty where it has none or null.
func column(rec *record.Record, name string) string {
	for i := len(rec.Columns) - 1; i >= 0; i-- {
		m := &rec.Columns[i]
		if string(m.Key) != name {
			continue
		}
		switch {
		case m.Kind == record.Null:
			return ""
		case m.Kind == record.String && m.Escaped:
			return string(record.Unescape(nil, m.Text()))
		}
		return string(m.Text())
	}
	return ""
}

// listColumn is the texts of a column that holds a JSON list, as such or within a string.
func listColumn(rec *record.Record, name string) []string {
	text := column(rec, name)
	if !strings.HasPrefix(text, "[") {
		if text == "" {
			return nil
		}
		return []string{text}
	}
	members, err := record.Members(nil, []byte(text))
	if err != nil {
		return nil
	}
	var list []string
	for i := range members[:min(len(members), maxList)] {
		v := ecs.FromMember(&members[i])
		if v.Kind == ecs.String {
			list = append(list, string(v.AppendText(nil)))
		}
	}
	return list
}
