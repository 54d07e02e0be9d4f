package simulate

import "strings"

func (t *Tenant) ordinaryLibrary() {
	d := t.anyWindows()
	at := t.clock(d)
	t.library(d, at, t.anyProcess(d), &t.world.libraries[t.rng.IntN(len(t.world.libraries))])
}

// library writes that p loaded l.
func (t *Tenant) library(d *device, at int64, p *process, l *library) {
	t.begin(deviceImageLoadEvents, at)
	r := &t.row
	t.where(d, at, "ImageLoaded")
	r.str("FileName", l.name)
	r.str("FolderPath", l.path)
	r.int("FileSize", l.size)
	r.str("MD5", l.md5)
	r.str("SHA1", l.sha1)
	r.str("SHA256", l.sha256)
	t.initiator(p)
	t.token(p)
	r.str("AppGuardContainerId", "")
	t.finish()
}

// registryChange is what a row of DeviceRegistryEvents tells beyond its process.
type registryChange struct{ action, key, name, kind, data, previous string }

var registryTemplates = []registryChange{
	{"RegistryValueSet", `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\RunOnce`, `{w}_cleanup_{{g}}`, "String", `"C:\Program Files\{W}\{w}.exe" --delete-old-versions --verbose-logging {x}`, ""},
	{"RegistryValueSet", `HKEY_CURRENT_USER\S-1-5-21\SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\RecentDocs\.docx`, "{n}", "Binary", "{x}{x}{x}{x}", "{x}{x}"},
	{"RegistryValueSet", `HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\bam\State\UserSettings\S-1-5-18`, `\Device\HarddiskVolume3\Program Files\{W}\{w}.exe`, "Binary", "{x}{x}{x}{x}{x}{x}", ""},
	{"RegistryValueSet", `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks\{{G}}`, "Actions", "Binary", "{x}{x}{x}{x}{x}{x}{x}{x}", "{x}{x}{x}{x}"},
	{"RegistryKeyCreated", `HKEY_LOCAL_MACHINE\SOFTWARE\{W}\{w}\{{G}}`, "", "", "", ""},
	{"RegistryValueDeleted", `HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\Tcpip\Parameters\Interfaces\{{g}}`, "Dhcp{w}", "", "", "{x}"},
	{"RegistryKeyDeleted", `HKEY_CURRENT_USER\SOFTWARE\Classes\Local Settings\{W}\{x}`, "", "", "", ""},
	{"RegistryValueSet", `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows Defender\Signature Updates`, "SignaturesLastUpdated", "Binary", "{x}{x}", "{x}{x}"},
	{"RegistryValueSet", `HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\{W}{w}`, "Start", "Dword", "3", "2"},
}

func (t *Tenant) ordinaryRegistry() {
	d := t.anyWindows()
	at := t.clock(d)
	c := pick(t.rng, registryTemplates)
	c.key, c.name, c.data, c.previous = t.text(c.key, d), t.text(c.name, d), t.text(c.data, d), t.text(c.previous, d)
	t.registry(d, at, t.anyProcess(d), c)
}

func (t *Tenant) registry(d *device, at int64, p *process, c registryChange) {
	t.begin(deviceRegistryEvents, at)
	r := &t.row
	t.where(d, at, c.action)
	key, name := c.key, c.name
	if strings.HasSuffix(c.action, "Deleted") {
		key, name = "", ""
	}
	r.str("RegistryKey", key)
	r.opt("RegistryValueName", name)
	r.opt("RegistryValueType", c.kind)
	r.opt("RegistryValueData", c.data)
	r.str("PreviousRegistryKey", c.key)
	r.opt("PreviousRegistryValueName", c.name)
	r.opt("PreviousRegistryValueData", c.previous)
	t.initiator(p)
	t.token(p)
	r.str("AppGuardContainerId", "")
	t.finish()
}

// deviceEvent is what a row of DeviceEvents tells beyond its process. Extra is JSON, written as text.
type deviceEvent struct {
	action, extra        string
	file                 file
	account              *account
	target               *process // the process that something was done to
	remoteIP, remoteURL  string
	remotePort           int64
	registryKey, keyName string
}

var deviceEventTemplates = []deviceEvent{
	{action: "NamedPipeEvent", extra: `{"PipeName":"\\Device\\NamedPipe\\mojo.{n}.{n}.{N}","FileOperation":"File created","NamedPipeEnd":"Server","RemoteClientsAccess":"AcceptRemote","ThreadId":{n}}`},
	{action: "PowerShellCommand", extra: `{"Command":"Get-{W}{w}"}`},
	{action: "GetClipboardData", extra: ``},
	{action: "ScriptContent", extra: `{"ScriptContent":"$items = Get-ChildItem -Path 'C:\\ProgramData\\{W}' -Filter '{w}*.json' -Recurse\nforeach ($item in $items) { $hash = Get-FileHash $item.FullName -Algorithm SHA256; if ($hash.Hash -ne '{h}') { Write-Output \"{w}: $($item.Name)\" } }\n$report = @{ id = '{g}'; run = {n} } | ConvertTo-Json -Compress"}`},
	{action: "PnpDeviceConnected", extra: `{"ClassName":"AudioEndpoint","ClassId":"{g}","DeviceId":"SWD\\MMDEVAPI\\{0.0.1.00000000}.{{g}}","DeviceDescription":"Microphone ({n}- {W} Headset)","VendorIds":["MMDEVAPI\\AudioEndpoints"]}`},
	{action: "UsbDriveMounted", extra: `{"BusType":7,"ProductName":"{W} USB","ProductRevision":"1.{n}","SerialNumber":"{X}","Manufacturer":"{W}","DriveLetter":"E:","Volume":"Volume{{g}}","LoggedOnUsers":["{u}"]}`},
	{action: "AntivirusScanCompleted", extra: `{"ScanId":"{G}","ScanTypeIndex":"Quick","ScanParametersIndex":"AvScanParameters"}`},
	{action: "CreateRemoteThreadApiCall", extra: `{"TargetThreadId":{n},"TargetMemoryRegionAllocationBase":"0x7ff{x}"}`},
	{action: "NtAllocateVirtualMemoryApiCall", extra: `{"BaseAddress":{N},"RegionSize":{n}}`},
	{action: "LdapSearch", extra: `{"AttributeList":["objectSid","{w}"],"ScopeOfSearch":"SubTree","SearchFilter":"(&(objectCategory=user)(sAMAccountName={w}{n}))","DistinguishedName":"DC=halden,DC=example"}`},
	{action: "DnsConnectionInspected", extra: `{"direction":"Out","conn_state":"{w}","query":"{d}","qtype_name":"A","rcode_name":"NOERROR","uid":"C{x}{x}"}`},
	{action: "BrowserLaunchedToOpenUrl", extra: ``},
	{action: "ScheduledTaskUpdated", extra: `{"TaskName":"\\{W}\\{w}-{w}","SubjectUserName":"{s}$","ClientProcessId":{n}}`},
	{action: "ProcessPrimaryTokenModified", extra: `{"TokenModificationProperties":"{\"OriginalTokenUserSid\":\"S-1-5-18\"}","CurrentTokenUserSid":"S-1-5-18"}`},
	{action: "SensitiveFileRead", extra: ``},
}

func (t *Tenant) ordinaryDeviceEvent() {
	d := t.anyWindows()
	at := t.clock(d)
	e := pick(t.rng, deviceEventTemplates)
	e.extra = t.text(e.extra, d)
	switch e.action {
	case "CreateRemoteThreadApiCall", "NtAllocateVirtualMemoryApiCall":
		e.target = t.anyProcess(d)
	case "BrowserLaunchedToOpenUrl":
		e.remoteURL = "https://" + t.anyHost().name + "/" + t.text("{p}", d)
	case "SensitiveFileRead":
		e.file = t.newContent(file{name: t.text("{f}.mdb", d), folder: t.text(`C:\Data\{w}`, d)})
	case "UsbDriveMounted", "LdapSearch":
		e.account = &d.user
	}
	t.deviceEvent(d, at, t.anyProcess(d), e)
}

func (t *Tenant) deviceEvent(d *device, at int64, p *process, e deviceEvent) {
	t.begin(deviceEvents, at)
	r := &t.row
	t.where(d, at, e.action)
	t.subject(e)
	r.opt("RemoteUrl", e.remoteURL)
	r.opt("RemoteIP", e.remoteIP)
	if e.remotePort == 0 {
		r.null("RemotePort")
	} else {
		r.int("RemotePort", e.remotePort)
	}
	r.null("RemoteDeviceName", "LocalIP", "LocalPort", "FileOriginUrl", "FileOriginIP", "LogonId")
	r.opt("RegistryKey", e.registryKey)
	r.opt("RegistryValueName", e.keyName)
	r.null("RegistryValueData")
	t.initiator(p)
	if p == nil {
		r.null("InitiatingProcessLogonId")
	} else {
		r.int("InitiatingProcessLogonId", p.logon)
	}
	r.bool("IsProcessRemoteSession", false)
	r.null("CreatedProcessSessionId", "ProcessRemoteSessionDeviceName", "ProcessRemoteSessionIP")
	r.str("AppGuardContainerId", "")
	r.opt("AdditionalFields", e.extra)
	t.finish()
}

// subject writes the columns of the file, account and process that something was done to.
func (t *Tenant) subject(e deviceEvent) {
	r, f := &t.row, e.file
	m := image{md5: f.md5, sha1: f.sha1, sha256: f.sha256, size: f.size}
	name, folder := f.name, f.folder
	if e.target != nil {
		m, name, folder = *e.target.image, e.target.image.program.name, e.target.image.program.folder
	}
	r.opt("FileName", name)
	r.opt("FolderPath", folder)
	if m.size == 0 {
		r.null("FileSize")
	} else {
		r.int("FileSize", m.size)
	}
	r.opt("MD5", m.md5)
	r.opt("SHA1", m.sha1)
	r.opt("SHA256", m.sha256)
	if a := e.account; a != nil {
		r.str("AccountName", a.name)
		r.str("AccountDomain", a.domain)
		r.opt("AccountSid", a.sid)
	} else {
		r.null("AccountName", "AccountDomain", "AccountSid")
	}
	if p := e.target; p != nil {
		r.int("ProcessId", int64(p.pid))
		r.bytes("ProcessCommandLine", p.command)
		r.time("ProcessCreationTime", p.created)
		r.str("ProcessTokenElevation", p.elevation)
	} else {
		r.null("ProcessId", "ProcessCommandLine", "ProcessCreationTime", "ProcessTokenElevation")
	}
}

// logon is what a row of DeviceLogonEvents tells beyond its process.
type logon struct {
	action, kind, protocol, failure string
	account                         *account
	ip, device                      string
	port                            int64
	admin                           bool
	id                              int64
}

func (t *Tenant) ordinaryLogon() {
	d := t.anyDevice()
	at := t.clock(d)
	l := logon{action: "LogonSuccess", kind: "Interactive", account: &d.user, protocol: "Negotiate", id: d.logon}
	by := "winlogon.exe"
	if d.platform == linux {
		by, l.kind, l.protocol = "sshd", "Network", ""
	}
	if d.server || t.rng.IntN(3) == 0 {
		u := pick(t.rng, t.world.users)
		from := pick(t.rng, t.world.devices)
		l.kind, l.protocol, l.ip, l.device, l.port = "Network", pick(t.rng, []string{"Kerberos", "NTLM", "Kerberos"}), from.ip, from.short, 49152+t.rng.Int64N(16000)
		l.account, l.id, l.admin = &account{name: u.name, domain: u.domain, sid: u.sid}, t.rng.Int64N(1e8), u.admin
		if d.platform == windows {
			by = "lsass.exe"
		}
	}
	if t.rng.IntN(16) == 0 {
		l.action, l.failure, l.id = "LogonFailed", "InvalidUserNameOrPassword", 0
	}
	t.logonEvent(d, at, d.running(by, nil), l)
}

func (t *Tenant) logonEvent(d *device, at int64, p *process, l logon) {
	t.begin(deviceLogonEvents, at)
	r := &t.row
	t.where(d, at, l.action)
	r.str("LogonType", l.kind)
	r.str("AccountName", l.account.name)
	r.str("AccountDomain", l.account.domain)
	r.opt("AccountSid", l.account.sid)
	r.opt("Protocol", l.protocol)
	r.opt("FailureReason", l.failure)
	if l.failure == "" {
		r.bool("IsLocalAdmin", l.admin)
	} else {
		r.null("IsLocalAdmin")
	}
	if l.id == 0 {
		r.null("LogonId")
	} else {
		r.int("LogonId", l.id)
	}
	r.str("RemoteIP", l.ip)
	r.str("RemoteDeviceName", l.device)
	if l.port == 0 {
		r.null("RemotePort", "RemoteIPType")
	} else {
		r.int("RemotePort", l.port)
		r.str("RemoteIPType", "Private")
	}
	t.initiator(p)
	t.token(p)
	r.str("AppGuardContainerId", "")
	if l.port == 0 {
		r.str("AdditionalFields", `{"IsLocalLogon":true}`)
	} else {
		r.str("AdditionalFields", `{"IsLocalLogon":false}`)
	}
	t.finish()
}

func (t *Tenant) certificate() {
	d := t.anyWindows()
	at := t.clock(d)
	l := &t.world.libraries[t.rng.IntN(len(t.world.libraries))]
	t.begin(deviceFileCertificateInfo, at)
	r := &t.row
	t.where(d, at, "")
	r.str("SHA1", l.sha1)
	r.bool("IsSigned", true)
	r.bool("IsTrusted", true)
	r.bool("IsRootSignerMicrosoft", l.os)
	r.str("Signer", l.signer)
	r.str("SignerHash", l.sha1[8:]+l.sha256[:8])
	if l.os {
		r.str("Issuer", "Microsoft Windows Production PCA 2011")
		r.str("SignatureType", "Catalog")
		r.str("CrlDistributionPointUrls", `["http://www.microsoft.com/pkiops/crl/MicWinProPCA2011_2011-10-19.crl"]`)
	} else {
		r.str("Issuer", "Halden Trust Code Signing CA")
		r.str("SignatureType", "Embedded")
		r.str("CrlDistributionPointUrls", `["http://crl.haldentrust.example/codesigning.crl"]`)
	}
	r.str("IssuerHash", l.sha256[:40])
	made := t.now/day*day - 200*day
	r.time("CertificateCreationTime", made)
	r.time("CertificateExpirationTime", made+365*day)
	r.time("CertificateCountersignatureTime", made+90*day)
	r.str("CertificateSerialNumber", "33000003"+l.md5[:30])
	t.finish()
}

func (t *Tenant) networkInfo() {
	d := t.anyDevice()
	at := t.clock(d)
	t.begin(deviceNetworkInfo, at)
	r := &t.row
	t.where(d, at, "")
	gateway := d.ip[:strings.LastIndexByte(d.ip, '.')] + ".1"
	r.str("NetworkAdapterName", "{"+strings.ToUpper(d.aadID)+"}")
	r.str("NetworkAdapterType", pick(t.rng, []string{"Ethernet", "Wireless80211", "Ethernet", "Tunnel"}))
	r.str("NetworkAdapterStatus", pick(t.rng, []string{"Up", "Up", "Up", "Down"}))
	r.str("NetworkAdapterVendor", "Intel Corporation")
	r.str("TunnelType", "None")
	r.str("MacAddress", d.mac)
	r.str("ConnectedNetworks", `[{"Name":"`+t.world.domain+`","Description":"`+t.world.domain+`","IsConnectedToInternet":true,"Category":"DomainAuthenticated"}]`)
	r.str("DnsAddresses", `["10.20.0.10","10.20.0.11"]`)
	r.str("DefaultGateways", `["`+gateway+`"]`)
	r.str("IPv4Dhcp", "10.20.0.12")
	r.null("IPv6Dhcp")
	r.str("IPAddresses", `[{"IPAddress":"`+d.ip+`","SubnetPrefix":24,"AddressType":"Private"}]`)
	t.finish()
}

func (t *Tenant) inventory() {
	d := t.anyDevice()
	at := t.clock(d)
	t.begin(deviceInfo, at)
	r := &t.row
	t.where(d, at, "")
	r.str("ClientVersion", "10.8802.26100.1591")
	r.str("PublicIP", d.publicIP)
	r.str("OSArchitecture", "64-bit")
	r.str("OSPlatform", d.osPlatform)
	if d.build == 0 {
		r.null("OSBuild")
	} else {
		r.int("OSBuild", int64(d.build))
	}
	r.str("OSVersion", d.osVersion)
	r.str("OSVersionInfo", d.version)
	r.str("OSDistribution", "")
	r.bool("IsAzureADJoined", d.platform == windows)
	r.str("AadDeviceId", d.aadID)
	if d.server {
		r.str("LoggedOnUsers", "[]")
	} else {
		r.str("LoggedOnUsers", `[{"UserName":"`+d.owner.name+`","DomainName":"`+d.owner.domain+`","Sid":"`+d.owner.sid+`"}]`)
	}
	r.null("RegistryDeviceTag")
	r.str("AdditionalFields", "[]")
	r.str("MergedDeviceIds", "")
	r.str("MergedToDeviceId", "")
	r.str("Vendor", pick(t.rng, []string{"Lenovo", "Dell Inc.", "HP"}))
	r.str("Model", "")
	r.str("OnboardingStatus", "Onboarded")
	r.str("DeviceCategory", "Endpoint")
	r.str("DeviceType", map[bool]string{true: "Server", false: "Workstation"}[d.server])
	r.null("DeviceSubtype")
	r.str("JoinType", map[bool]string{true: "Hybrid Azure AD Join", false: ""}[d.platform == windows])
	r.str("SensorHealthState", "Active")
	r.bool("IsInternetFacing", false)
	r.str("ExposureLevel", pick(t.rng, []string{"Low", "Medium", "High"}))
	r.str("AssetValue", "Normal")
	t.finish()
}
