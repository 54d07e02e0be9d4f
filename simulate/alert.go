package simulate

import (
	"fmt"
	"strings"
)

// alert is one of Defender's own alerts, with the entities that are its evidence.
type alert struct {
	id, title, category, severity string
	service, source               string // Microsoft Defender for Endpoint; EDR
	techniques                    string // JSON list, "" for none
	group                         string
	at                            int64
	entities                      []entity
}

// entity is one row of AlertEvidence; only what belongs to its kind is set.
type entity struct {
	kind, role string // Machine, User, Process, File, Ip, Url, MailMessage, Mailbox, CloudApplication, OAuthApplication, RegistryKey
	device     *device
	user       *user
	file       file
	process    *evidenceProcess
	ip, url    string
	mail       *mail
	app        application
	oauth      string
	registry   registryChange
}

// evidenceProcess is a copy of a process, which may be gone when the alert is raised.
type evidenceProcess struct {
	image           *image
	pid             uint32
	created         int64
	command, parent string
	parentPID       uint32
}

func (p *process) evidence() *evidenceProcess {
	return &evidenceProcess{p.image, p.pid, p.created, string(p.command), p.parentName, p.parentPID}
}

func (t *Tenant) ordinaryAlert() {
	d := t.anyWindows()
	f := t.newContent(file{name: t.text("{w}_setup_{n}.exe", d), folder: `C:\Users\` + d.owner.name + `\Downloads`})
	a := &alert{title: "'InstallCore' unwanted software was prevented", category: "Malware", severity: "Informational", service: "Microsoft Defender for Endpoint", source: "Antivirus", group: d.group, at: t.ago(3 * minute),
		entities: []entity{{kind: "Machine", role: "Impacted", device: d}, {kind: "File", role: "Related", device: d, file: f}, {kind: "User", role: "Impacted", device: d, user: d.owner}}}
	t.raise(a)
}

// raise writes an alert; its evidence follows.
func (t *Tenant) raise(a *alert) {
	a.id = "da" + randomGUID(t.rng) + "_1"
	t.begin(alertInfo, a.at)
	r := &t.row
	r.time("Timestamp", a.at)
	r.str("AlertId", a.id)
	r.str("Title", a.title)
	r.str("Category", a.category)
	r.str("Severity", a.severity)
	r.str("ServiceSource", a.service)
	r.str("DetectionSource", a.source)
	r.str("AttackTechniques", a.techniques)
	r.opt("MachineGroup", a.group)
	t.finish()
	for i := range a.entities {
		t.pending = append(t.pending, job{table: alertEvidence, alert: a, index: i})
	}
}

func (t *Tenant) evidence(a *alert, i int) {
	e := &a.entities[i]
	t.begin(alertEvidence, a.at)
	r := &t.row
	r.time("Timestamp", a.at)
	r.str("AlertId", a.id)
	r.str("Title", a.title)
	r.str("Categories", `["`+a.category+`"]`)
	r.str("AttackTechniques", a.techniques)
	r.str("ServiceSource", a.service)
	r.str("DetectionSource", a.source)
	r.str("Severity", a.severity)
	r.str("EntityType", e.kind)
	r.str("EvidenceRole", e.role)
	r.null("EvidenceDirection", "ThreatFamily")
	t.evidenceFile(e)
	t.evidenceAccount(e)
	if e.device != nil {
		r.str("DeviceId", e.device.id)
		r.str("DeviceName", e.device.name)
		r.str("MachineGroup", e.device.group)
	} else {
		r.null("DeviceId", "DeviceName", "MachineGroup")
	}
	r.opt("RemoteIP", e.ip)
	r.null("LocalIP")
	r.opt("RemoteUrl", e.url)
	if e.mail != nil {
		r.str("NetworkMessageId", e.mail.id)
		r.str("EmailSubject", e.mail.subject)
	} else {
		r.null("NetworkMessageId", "EmailSubject")
	}
	if e.app.id != 0 {
		r.int("ApplicationId", e.app.id)
		r.str("Application", e.app.name)
	} else {
		r.null("ApplicationId", "Application")
	}
	r.opt("OAuthApplicationId", e.oauth)
	r.opt("RegistryKey", e.registry.key)
	r.opt("RegistryValueName", e.registry.name)
	r.opt("RegistryValueData", e.registry.data)
	r.null("CloudResource", "ResourceType", "ResourceID")
	r.str("CloudPlatform", "")
	r.str("SubscriptionId", "")
	r.embed("AdditionalFields", t.entityFields(e))
	t.finish()
}

func (t *Tenant) evidenceFile(e *entity) {
	r, f, command := &t.row, e.file, ""
	if p := e.process; p != nil {
		m := p.image
		f = file{name: m.program.name, folder: m.program.folder, sha1: m.sha1, sha256: m.sha256, size: m.size}
		command = p.command
	}
	r.opt("FileName", f.name)
	r.opt("FolderPath", f.folder)
	r.opt("SHA1", f.sha1)
	r.opt("SHA256", f.sha256)
	if f.size == 0 {
		r.null("FileSize")
	} else {
		r.int("FileSize", f.size)
	}
	r.opt("ProcessCommandLine", command)
}

func (t *Tenant) evidenceAccount(e *entity) {
	r, u := &t.row, e.user
	if u == nil {
		r.null("AccountName", "AccountDomain", "AccountSid", "AccountUpn", "AccountObjectId")
		return
	}
	r.str("AccountName", u.name)
	r.str("AccountDomain", u.domain)
	r.str("AccountSid", u.sid)
	r.str("AccountUpn", u.upn)
	r.str("AccountObjectId", u.id)
}

// entityFields is the entity once more, in the form of the alert API.
func (t *Tenant) entityFields(e *entity) *row {
	x := t.scratch()
	switch {
	case e.process != nil:
		p := e.process
		x.str("ProcessId", fmt.Sprint(p.pid))
		x.str("CommandLine", p.command)
		x.str("ElevationToken", "Default")
		x.time("CreationTimeUtc", p.created)
		x.open("ImageFile")
		x.str("$id", "2")
		x.str("Directory", p.image.program.folder)
		x.str("Name", p.image.program.name)
		x.str("Type", "file")
		x.close()
		x.open("ParentProcess")
		x.str("$id", "3")
		x.str("ProcessId", fmt.Sprint(p.parentPID))
		x.str("FriendlyName", p.parent)
		x.str("Type", "process")
		x.close()
	case e.mail != nil:
		x.str("Recipient", e.mail.to.upn)
		x.str("Sender", e.mail.sender)
		x.str("P2Sender", e.mail.sender)
		x.str("SenderIP", e.mail.senderIP)
		x.str("NetworkMessageId", e.mail.id)
		x.str("InternetMessageId", e.mail.internetID)
		x.str("Subject", e.mail.subject)
		x.time("ReceivedDate", e.mail.at)
	case e.kind == "Machine":
		x.str("DnsDomain", t.world.domain)
		x.str("HostName", e.device.short)
		x.str("NetBiosName", e.device.short)
		x.str("OSFamily", e.device.osPlatform)
		x.str("OSVersion", e.device.osVersion)
		x.bool("IsDomainJoined", e.device.platform == windows)
	case e.kind == "User":
		x.str("Name", e.user.name)
		x.str("NTDomain", e.user.domain)
		x.str("UPNSuffix", t.world.domain)
		x.str("AadUserId", e.user.id)
		x.str("Sid", e.user.sid)
	case e.kind == "File":
		x.str("Directory", e.file.folder)
		x.str("Name", e.file.name)
	case e.url != "":
		x.str("Url", e.url)
	case e.ip != "":
		x.str("Address", e.ip)
	}
	x.str("Type", entityType[e.kind])
	x.str("MergeByKey", randomHex(t.rng, 28))
	x.close()
	return x
}

var entityType = map[string]string{"Machine": "host", "User": "account", "File": "file", "Process": "process", "Ip": "ip", "Url": "url", "MailMessage": "mailMessage", "Mailbox": "mailbox", "CloudApplication": "cloud-application", "OAuthApplication": "oauth-application", "RegistryKey": "registry-key"}

// techniques is a list of ATT&CK techniques as alerts carry it.
func techniques(list ...string) string { return `["` + strings.Join(list, `","`) + `"]` }
