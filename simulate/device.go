package simulate

import (
	"strconv"
	"strings"
)

// where writes the columns that every table of devices has.
func (t *Tenant) where(d *device, at int64, action string) {
	r := &t.row
	r.str("DeviceId", d.id)
	r.str("DeviceName", d.name)
	d.report++
	r.int("ReportId", d.report)
	r.time("Timestamp", at)
	r.str("MachineGroup", d.group)
	if action != "" {
		r.str("ActionType", action)
	}
}

// initiator writes the columns of the process that did something; nil if nothing is known of it.
func (t *Tenant) initiator(p *process) {
	r := &t.row
	if p == nil {
		r.null("InitiatingProcessFileName", "InitiatingProcessFolderPath", "InitiatingProcessFileSize", "InitiatingProcessMD5", "InitiatingProcessSHA1", "InitiatingProcessSHA256", "InitiatingProcessCommandLine", "InitiatingProcessCreationTime")
		r.int("InitiatingProcessId", 0)
		r.int("InitiatingProcessParentId", 0)
		r.null("InitiatingProcessParentFileName", "InitiatingProcessParentCreationTime", "InitiatingProcessAccountName", "InitiatingProcessAccountDomain", "InitiatingProcessAccountSid", "InitiatingProcessAccountUpn", "InitiatingProcessAccountObjectId")
		t.versionInfo(&initiatorVersion, nil)
		r.null("InitiatingProcessSessionId")
		t.remoteSession()
		r.null("InitiatingProcessUniqueId")
		return
	}
	r.str("InitiatingProcessFileName", p.image.program.name)
	r.str("InitiatingProcessFolderPath", p.image.lowerPath)
	r.int("InitiatingProcessFileSize", p.image.size)
	r.str("InitiatingProcessMD5", p.image.md5)
	r.str("InitiatingProcessSHA1", p.image.sha1)
	r.str("InitiatingProcessSHA256", p.image.sha256)
	r.bytes("InitiatingProcessCommandLine", p.command)
	r.time("InitiatingProcessCreationTime", p.created)
	r.int("InitiatingProcessId", int64(p.pid))
	r.int("InitiatingProcessParentId", int64(p.parentPID))
	r.str("InitiatingProcessParentFileName", p.parentName)
	r.time("InitiatingProcessParentCreationTime", p.parentCreated)
	t.account(&initiatorAccount, p.account)
	t.versionInfo(&initiatorVersion, p.image)
	r.int("InitiatingProcessSessionId", p.session)
	t.remoteSession()
	r.digits("InitiatingProcessUniqueId", p.unique)
}

func (t *Tenant) remoteSession() {
	t.row.bool("IsInitiatingProcessRemoteSession", false)
	t.row.null("InitiatingProcessRemoteSessionDeviceName", "InitiatingProcessRemoteSessionIP")
}

// token writes the columns of an initiator that not all tables have.
func (t *Tenant) token(p *process) {
	if p == nil {
		t.row.null("InitiatingProcessIntegrityLevel")
		t.row.str("InitiatingProcessTokenElevation", "None")
		return
	}
	t.row.opt("InitiatingProcessIntegrityLevel", p.integrity)
	t.row.str("InitiatingProcessTokenElevation", p.elevation)
}

// The names of columns are spelled out, so that writing a record puts no names together.
var (
	ownAccount       = [5]string{"AccountName", "AccountDomain", "AccountSid", "AccountUpn", "AccountObjectId"}
	initiatorAccount = [5]string{"InitiatingProcessAccountName", "InitiatingProcessAccountDomain", "InitiatingProcessAccountSid", "InitiatingProcessAccountUpn", "InitiatingProcessAccountObjectId"}
	ownVersion       = [6]string{"ProcessVersionInfoCompanyName", "ProcessVersionInfoProductName", "ProcessVersionInfoProductVersion", "ProcessVersionInfoInternalFileName", "ProcessVersionInfoOriginalFileName", "ProcessVersionInfoFileDescription"}
	initiatorVersion = [6]string{"InitiatingProcessVersionInfoCompanyName", "InitiatingProcessVersionInfoProductName", "InitiatingProcessVersionInfoProductVersion", "InitiatingProcessVersionInfoInternalFileName", "InitiatingProcessVersionInfoOriginalFileName", "InitiatingProcessVersionInfoFileDescription"}
)

func (t *Tenant) account(k *[5]string, a *account) {
	r := &t.row
	r.str(k[0], a.name)
	r.str(k[1], a.domain)
	r.opt(k[2], a.sid)
	r.opt(k[3], a.upn)
	r.opt(k[4], a.id)
}

func (t *Tenant) versionInfo(k *[6]string, m *image) {
	r := &t.row
	if m == nil || m.version == "" {
		r.null(k[:]...)
		return
	}
	r.str(k[0], m.program.company)
	r.str(k[1], m.program.product)
	r.str(k[2], m.version)
	r.str(k[3], m.internal)
	r.str(k[4], m.program.name)
	r.str(k[5], m.program.about)
}

// ordinaryProcess starts a program.
func (t *Tenant) ordinaryProcess() {
	d := t.anyDevice()
	at := t.clock(d)
	p := t.spawn(d, t.anyProgram(d), at)
	t.processOf(d, at, p, d.byPID(p.parentPID, p.parentCreated))
}

// processOf writes the start of p by parent, nil if that is not known, as a row of DeviceProcessEvents.
func (t *Tenant) processOf(d *device, at int64, p, parent *process) {
	t.begin(deviceProcessEvents, at)
	r := &t.row
	t.where(d, at, "ProcessCreated")
	r.str("FileName", p.image.program.name)
	r.str("FolderPath", p.image.path)
	r.int("FileSize", p.image.size)
	r.str("MD5", p.image.md5)
	r.str("SHA1", p.image.sha1)
	r.str("SHA256", p.image.sha256)
	r.int("ProcessId", int64(p.pid))
	r.bytes("ProcessCommandLine", p.command)
	r.time("ProcessCreationTime", p.created)
	r.opt("ProcessIntegrityLevel", p.integrity)
	r.str("ProcessTokenElevation", p.elevation)
	r.digits("ProcessUniqueId", p.unique)
	t.account(&ownAccount, p.account)
	r.int("LogonId", p.logon)
	t.versionInfo(&ownVersion, p.image)
	t.initiator(parent)
	t.token(parent)
	if parent != nil {
		r.int("InitiatingProcessLogonId", parent.logon)
		r.str("InitiatingProcessSignerType", signer(parent.image))
		r.str("InitiatingProcessSignatureStatus", signature(parent.image))
	} else {
		r.int("InitiatingProcessLogonId", 0)
		r.str("InitiatingProcessSignerType", "Unknown")
		r.str("InitiatingProcessSignatureStatus", "Unknown")
	}
	r.int("CreatedProcessSessionId", p.session)
	r.bool("IsProcessRemoteSession", false)
	r.null("ProcessRemoteSessionDeviceName", "ProcessRemoteSessionIP")
	r.str("AppGuardContainerId", "")
	t.posix(d, p)
	t.finish()
}

// posix writes AdditionalFields of a process: sensors for Linux and macOS tell of groups and sessions there.
func (t *Tenant) posix(d *device, p *process) {
	if d.platform == windows {
		t.row.null("AdditionalFields")
		return
	}
	x := t.scratch()
	x.open("InitiatingProcessPosixEffectiveUser")
	x.str("Name", p.account.name)
	x.str("DomainName", d.short)
	x.int("LogonId", 0)
	x.int("PosixUserId", posixID(p.account))
	x.open("PrimaryPosixGroup")
	x.str("Name", p.account.name)
	x.int("PosixGroupId", posixID(p.account))
	x.close()
	x.close()
	x.int("InitiatingProcessPosixProcessGroupId", int64(p.pid))
	x.int("InitiatingProcessPosixSessionId", int64(p.parentPID))
	x.str("InitiatingProcessCurrentWorkingDirectory", p.image.program.folder)
	x.str("InitiatingProcessPosixRealUser", p.account.name)
	x.close()
	t.row.embed("AdditionalFields", x)
}

func posixID(a *account) int64 {
	if a.name == "root" {
		return 0
	}
	return 1000 + int64(len(a.name))
}

// scratch begins an object that is embedded as text later on.
func (t *Tenant) scratch() *row {
	t.extra.b = append(t.extra.b[:0], '{')
	return &t.extra
}

func signer(m *image) string {
	switch m.program.company {
	case ms:
		return "OsVendor"
	case "":
		return "Unknown"
	}
	return "Other"
}

func signature(m *image) string {
	if m.program.unsigned {
		return "Unsigned"
	}
	if m.program.company == "" {
		return "Unknown"
	}
	return "Valid"
}

// connection is what a row of DeviceNetworkEvents tells beyond its process.
type connection struct {
	action               string
	ip, url              string
	port, local          int64
	localIP, localType   string
	remoteType, protocol string
	extra                string // JSON
}

func (t *Tenant) ordinaryConnection() {
	d := t.anyDevice()
	at := t.clock(d)
	p := t.anyProcess(d)
	host := t.anyHost()
	c := connection{action: "ConnectionSuccess", ip: host.ip, port: 443, local: 49152 + t.rng.Int64N(16000), remoteType: "Public", protocol: "TcpV4"}
	switch n := t.rng.IntN(100); {
	case n < 34:
		c.url = host.name
	case n < 40:
		c.url = "https://" + host.name
	case n < 50:
		peer := pick(t.rng, t.world.devices)
		c.ip, c.port, c.remoteType = peer.ip, pick(t.rng, []int64{445, 88, 389, 135, 53, 7680, 5985}), "Private"
	case n < 60:
		c.action, c.port = "ConnectionFailed", pick(t.rng, []int64{80, 443, 8443})
	case n < 72:
		c.action, c.remoteType, p = "InboundConnectionAttempt", "Private", nil
		c.ip, c.local, c.port = pick(t.rng, t.world.devices).ip, pick(t.rng, []int64{445, 139, 3389, 7680}), 49152+t.rng.Int64N(16000)
		c.extra = t.packet(2)
	case n < 82:
		c.action, p = "ConnectionAttempt", nil
		c.extra = t.packet(2)
	case n < 90:
		c.action, p = "ConnectionAcknowledged", nil
		c.extra = t.packet(18)
	case n < 95:
		c.action, c.ip, c.port, c.remoteType, c.local = "ListeningConnectionCreated", "", 0, "", 49152+t.rng.Int64N(16000)
	default:
		c.ip, c.remoteType, c.url = "127.0.0.1", "Loopback", ""
		c.localIP, c.localType, c.port = "127.0.0.1", "Loopback", 49152+t.rng.Int64N(16000)
	}
	t.connection(d, at, p, c)
}

// packet is what the sensor for network tells of the first packet, in JSON.
func (t *Tenant) packet(flags int64) string {
	t.extra.b = t.extra.b[:0]
	t.extra.b = append(t.extra.b, `{"Source Mac":"02:1a:`...)
	t.extra.b = appendHex(t.extra.b, t.rng, 2)
	t.extra.b = append(append(t.extra.b, `:00:00:01","Destination Mac":"02:1a:00:`...), hexDigits[t.rng.IntN(16)], hexDigits[t.rng.IntN(16)])
	t.extra.b = strconv.AppendInt(append(t.extra.b, `:00:02","Tcp Flags":`...), flags, 10)
	t.extra.b = append(t.extra.b, `,"Packet Size":66}`...)
	return string(t.extra.b)
}

func (t *Tenant) connection(d *device, at int64, p *process, c connection) {
	t.begin(deviceNetworkEvents, at)
	r := &t.row
	t.where(d, at, c.action)
	r.opt("RemoteIP", c.ip)
	if c.port == 0 {
		r.null("RemotePort")
	} else {
		r.int("RemotePort", c.port)
	}
	r.opt("RemoteUrl", c.url)
	local, kind := c.localIP, c.localType
	if local == "" {
		local, kind = d.ip, "Private"
	}
	r.str("LocalIP", local)
	r.int("LocalPort", c.local)
	r.str("Protocol", c.protocol)
	r.opt("LocalIPType", kind)
	r.opt("RemoteIPType", c.remoteType)
	t.initiator(p)
	t.token(p)
	r.str("AppGuardContainerId", "")
	if c.extra == "" {
		r.str("AdditionalFields", "{}")
	} else {
		r.str("AdditionalFields", c.extra)
	}
	t.finish()
}

// file is what a row of DeviceFileEvents tells beyond its process.
type file struct {
	action, name, folder       string
	previousName, previousDir  string
	origin, originIP, referrer string
	sha1, sha256, md5          string
	size                       int64
	share, requestIP           string
	requester                  *account
}

// newContent gives a file hashes of its own.
func (t *Tenant) newContent(f file) file {
	f.md5, f.sha1, f.sha256, f.size = randomHex(t.rng, 32), randomHex(t.rng, 40), randomHex(t.rng, 64), 900+t.rng.Int64N(4_000_000)
	return f
}

var fileTemplates = []struct{ folder, name string }{
	{`C:\Users\{u}\AppData\Local\Temp`, `{x}-{w}.tmp`},
	{`C:\Users\{u}\AppData\Local\Microsoft\Edge\User Data\Default\Cache\Cache_Data`, `f_{x}`},
	{`C:\Users\{u}\OneDrive - Halden\{w}\{w}`, `{f}.docx`},
	{`C:\Users\{u}\Documents\{w}`, `{f}.xlsx`},
	{`C:\Users\{u}\Downloads`, `{f}.pdf`},
	{`C:\Windows\SoftwareDistribution\Download\{x}{x}`, `{w}_{x}.cab`},
	{`C:\Windows\Prefetch`, `{W}.EXE-{X}.pf`},
	{`C:\ProgramData\Microsoft\Windows Defender\Scans\History\Store`, `{X}{X}{X}{X}`},
	{`C:\Program Files\{W}\bin`, `{w}{w}.dll`},
	{`C:\Windows\ServiceState\EventLog\Data`, `lastalive{n}.dat`},
}

var posixTemplates = []struct{ folder, name string }{
	{"/tmp", "{w}.{x}"}, {"/var/lib/{w}/{w}", "{x}.json"}, {"/var/log/{w}", "{w}.log.{n}"}, {"/home/{u}/.cache/{w}", "{x}{x}"}, {"/etc/{w}.d", "{n}-{w}.conf"},
}

func (t *Tenant) ordinaryFile() {
	d := t.anyDevice()
	at := t.clock(d)
	p := t.anyProcess(d)
	from := pick(t.rng, fileTemplates)
	if d.platform != windows {
		from = pick(t.rng, posixTemplates)
	}
	f := file{name: t.text(from.name, d), folder: t.text(from.folder, d)}
	switch n := t.rng.IntN(100); {
	case n < 46:
		f.action = "FileCreated"
		f = t.newContent(f)
		if strings.HasSuffix(f.folder, "Downloads") {
			host := t.anyHost()
			f.origin, f.originIP, f.referrer = "https://"+host.name+"/"+f.name, host.ip, "https://"+host.name+"/"
		}
	case n < 66:
		f.action = "FileModified"
		f = t.newContent(f)
	case n < 84:
		f.action, f.previousName, f.previousDir = "FileRenamed", t.text("{w}.{x}.tmp", d), f.folder
		f = t.newContent(f)
	default:
		f.action = "FileDeleted"
	}
	if d.server && t.rng.IntN(3) == 0 {
		u := pick(t.rng, t.world.users)
		f.share, f.requestIP, f.requester = `\\`+d.short+`\`+pick(t.rng, departments), pick(t.rng, t.world.devices).ip, &account{name: u.name, domain: u.domain, sid: u.sid}
	}
	t.file(d, at, p, f)
}

// text fills a template into a new string.
func (t *Tenant) text(template string, d *device) string {
	t.extra.b = t.fill(t.extra.b[:0], template, d)
	return string(t.extra.b)
}

func (t *Tenant) file(d *device, at int64, p *process, f file) {
	t.begin(deviceFileEvents, at)
	r := &t.row
	t.where(d, at, f.action)
	sep := `\`
	if d.platform != windows {
		sep = "/"
	}
	r.str("FileName", f.name)
	r.str("FolderPath", f.folder+sep+f.name)
	r.opt("PreviousFileName", f.previousName)
	r.opt("PreviousFolderPath", f.previousDir)
	r.opt("SHA1", f.sha1)
	r.opt("SHA256", f.sha256)
	r.opt("MD5", f.md5)
	if f.size == 0 {
		r.null("FileSize")
	} else {
		r.int("FileSize", f.size)
	}
	r.opt("FileOriginUrl", f.origin)
	r.opt("FileOriginReferrerUrl", f.referrer)
	r.opt("FileOriginIP", f.originIP)
	r.null("SensitivityLabel", "SensitivitySubLabel", "IsAzureInfoProtectionApplied")
	r.opt("ShareName", f.share)
	r.opt("RequestSourceIP", f.requestIP)
	if f.requester == nil {
		r.null("RequestSourcePort", "RequestProtocol", "RequestAccountName", "RequestAccountDomain", "RequestAccountSid")
	} else {
		r.int("RequestSourcePort", 49152+t.rng.Int64N(16000))
		r.str("RequestProtocol", "Smb")
		r.str("RequestAccountName", f.requester.name)
		r.str("RequestAccountDomain", f.requester.domain)
		r.str("RequestAccountSid", f.requester.sid)
	}
	t.initiator(p)
	t.token(p)
	r.str("AppGuardContainerId", "")
	if f.sha1 != "" {
		r.str("AdditionalFields", `{"FileType":"Unknown"}`)
	} else {
		r.null("AdditionalFields")
	}
	t.finish()
}
