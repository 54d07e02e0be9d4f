package alert

import (
	"cmp"
	"net/netip"
	"strings"

	"penstock/ecs"
	"penstock/record"
)

// extraction collects the entities of one event.
type extraction struct {
	ev   *ecs.Event
	rec  *record.Record
	list []Entity
}

// entitiesOf finds everybody and everything that an event names.
func entitiesOf(ev *ecs.Event, rec *record.Record) []Entity {
	x := &extraction{ev: ev, rec: rec, list: make([]Entity, 0, 12)}
	x.hosts()
	x.users()
	running := x.process(process, "")
	x.process(parentProcess, "parent")
	x.file(running)
	x.network()
	x.mail()
	x.app()
	if key := registryKey.text(ev); key != "" {
		value := registryValue.text(ev)
		if value != "" {
			key += `\` + value
		}
		x.add(Registry, key, registryKey, "", "value", value, "data", registryData.text(ev))
	}
	return x.list
}

// add adds an entity with pairs of details; nothing when it has no value.
func (x *extraction) add(kind Kind, value string, from field, role string, details ...string) {
	value = strings.TrimSpace(value)
	if value == "" {
		return
	}
	e := Entity{Kind: kind, Value: value}
	e.Seen = x.rec.Table + " " + from.name
	if role != "" {
		e.Roles = []string{role}
	}
	for i := 0; i+1 < len(details); i += 2 {
		if details[i+1] == "" || details[i+1] == value {
			continue
		}
		if e.Details == nil {
			e.Details = make(map[string]string, 4)
		}
		e.Details[details[i]] = details[i+1]
	}
	e.clip()
	for i := range x.list {
		if known := &x.list[i]; known.key() == e.key() || known.samePerson(&e) {
			known.absorb(&e)
			return
		}
	}
	x.list = append(x.list, e)
}

func (x *extraction) hosts() {
	name, id := hostName.text(x.ev), hostID.text(x.ev)
	if name == "" {
		x.add(Host, id, hostID, "", "id", id)
	} else {
		x.add(Host, name, hostName, "", "id", id)
	}
	x.add(Host, destinationDevice.text(x.ev), destinationDevice, "destination")
	x.add(Host, targetDevice.text(x.ev), targetDevice, "target")
}

func (x *extraction) users() {
	upn := firstOf(x.ev, accountUPN, userEmail)
	x.user(userName.text(x.ev), userDomain.text(x.ev), upn, userID.text(x.ev), accountSID.text(x.ev), userName, "")
	x.user(processUserName.text(x.ev), processUserDomain.text(x.ev), processUserEmail.text(x.ev), "", processUserID.text(x.ev), processUserName, "actor")
	x.add(User, targetUPN.text(x.ev), targetUPN, "target")
}

// user adds an account, by its most telling name.
func (x *extraction) user(name, domain, upn, id, sid string, from field, role string) {
	value := name
	switch {
	case name != "" && domain != "":
		value = domain + `\` + name
	case name == "" && upn != "":
		value = upn
	case name == "" && userFullName.text(x.ev) != "" && role == "":
		value = userFullName.text(x.ev)
	case name == "":
		value = id
	}
	x.add(User, value, from, role, "name", name, "domain", domain, "upn", upn, "id", id, "sid", sid)
}

// process adds a process and returns the path of its image, empty where that is not known.
func (x *extraction) process(f processFields, role string) string {
	name, image, commandLine := f.name.text(x.ev), f.executable.text(x.ev), f.commandLine.text(x.ev)
	if image != "" {
		image = pathOf(image, name)
	}
	x.add(Process, cmp.Or(commandLine, image, name), f.commandLine, role, "name", name, "executable", image, "pid", f.pid.text(x.ev),
		"sha256", f.sha256.text(x.ev), "sha1", f.sha1.text(x.ev))
	return image
}

// file adds the file of an event. Where that is the image of the process that the event is about, its hashes are the
// process's.
func (x *extraction) file(running string) {
	name := fileName.text(x.ev)
	path := pathOf(fileDirectory.text(x.ev), name)
	details := []string{"name", name, "sha256", fileSHA256.text(x.ev), "sha1", fileSHA1.text(x.ev), "md5", fileMD5.text(x.ev)}
	if path == "" || !strings.EqualFold(path, running) {
		x.add(File, path, fileName, "", details...)
		return
	}
	for i := range x.list {
		if e := &x.list[i]; e.Kind == Process && e.Details["executable"] == running {
			x.add(Process, e.Value, fileName, "", details...)
			return
		}
	}
}

func (x *extraction) network() {
	x.ip(sourceIP, "source")
	x.ip(destinationIP, "destination")
	if address := urlOriginal.text(x.ev); address != "" {
		x.add(URL, address, urlOriginal, "", "domain", urlDomain.text(x.ev))
	} else {
		x.add(URL, urlDomain.text(x.ev), urlDomain, "")
	}
}

// ip adds an address that says where: those of the machine itself do not.
func (x *extraction) ip(f field, role string) {
	text := f.text(x.ev)
	address, err := netip.ParseAddr(text)
	if err != nil || address.IsLoopback() || address.IsUnspecified() {
		return
	}
	x.add(IP, text, f, role)
}

func (x *extraction) mail() {
	for _, address := range mailTo.texts(x.ev) {
		x.add(Mailbox, address, mailTo, "recipient")
	}
	sender := mailFrom
	if sender.text(x.ev) == "" {
		sender = mailSender
	}
	from := sender.text(x.ev)
	x.add(Mailbox, from, sender, "sender")
	x.add(Mail, mailID.text(x.ev), mailID, "", "subject", mailSubject.text(x.ev), "from", from, "to", mailTo.text(x.ev))
}

func (x *extraction) app() {
	name, id := appName.text(x.ev), appID.text(x.ev)
	if name == "" {
		name = id
	}
	x.add(App, name, appName, "", "id", id)
}

// join puts a name behind a folder, in the folder's own way.
func join(folder, name string) string {
	if folder == "" || name == "" {
		return folder + name
	}
	separator := `\`
	if strings.Contains(folder, "/") && !strings.Contains(folder, `\`) {
		separator = "/"
	}
	return strings.TrimRight(folder, `\/`) + separator + name
}

// pathOf is the path of a file whose folder may have its name at the end already, as most tables have it.
func pathOf(folder, name string) string {
	if strings.EqualFold(baseName(folder), name) {
		return folder
	}
	return join(folder, name)
}

func baseName(path string) string { return path[strings.LastIndexAny(path, `\/`)+1:] }

// summarise is one line about an event.
func summarise(ev *ecs.Event, rec *record.Record) string {
	var parts []string
	put := func(s string) {
		if s = strings.TrimSpace(s); s != "" {
			parts = append(parts, s)
		}
	}
	put(actionType.text(ev))
	switch {
	case mailSubject.text(ev) != "" || mailID.text(ev) != "":
		put("“" + mailSubject.text(ev) + "”")
		put(firstOf(ev, mailFrom, mailSender))
		put("→ " + mailTo.text(ev))
	case registryKey.text(ev) != "":
		put(join(registryKey.text(ev), registryValue.text(ev)))
		put(registryData.text(ev))
	case rec.Table == "DeviceFileEvents" || rec.Table == "DeviceImageLoadEvents":
		put(pathOf(fileDirectory.text(ev), fileName.text(ev)))
	case destinationIP.text(ev) != "" || urlOriginal.text(ev) != "":
		put(process.name.text(ev))
		put("→ " + strings.TrimSpace(destinationIP.text(ev)+" "+firstOf(ev, urlOriginal, urlDomain)))
	default:
		put(firstOf(ev, process.commandLine, process.executable, process.name, fileName, appName))
	}
	put(firstOf(ev, hostName, userName, accountUPN))
	return cut(strings.Join(strings.Fields(strings.Join(parts, " ")), " "), maxLine)
}

// groupKinds are the kinds of the fields that correlations group by most.
var groupKinds = map[string]Kind{
	"host.name": Host, "host.id": Host, "host": Host, "user.name": User, "user.id": User, "user.email": User, "user": User, "action.properties.AccountUPN": User,
	"process.user.name": User, "source.ip": IP, "destination.ip": IP, "process.executable": Process, "process.name": Process, "file.name": File,
	"url.original": URL, "url.domain": URL, "email.from.address": Mailbox, "email.to.address": Mailbox, "email.sender.address": Mailbox,
	"action.properties.Application": App, "registry.key": Registry,
}

// entityOfValue is the entity that a value stands for by which a correlation groups.
func entityOfValue(v *Value) (Entity, bool) {
	kind, known := groupKinds[v.Field]
	e := Entity{Kind: kind, Value: strings.TrimSpace(v.Value), EntityFacts: EntityFacts{Seen: v.Field}}
	e.clip()
	return e, known && e.Value != ""
}
