package simulate

import "fmt"

// identityLogon is what a row of IdentityLogonEvents tells.
type identityLogon struct {
	action, app, kind, protocol, failure string
	user                                 *user
	ip, location, isp                    string
	device, destination                  *device
}

func (t *Tenant) ordinaryIdentityLogon() {
	l := identityLogon{action: "LogonSuccess", user: pick(t.rng, t.world.users), device: pick(t.rng, t.world.devices)}
	if t.rng.IntN(2) == 0 {
		l.app, l.kind, l.ip, l.location, l.isp = "Microsoft 365", "OAuth2:Authorize", "185.64.10.7", "DE", "Halden Networks AG"
		if t.rng.IntN(3) == 0 {
			l.ip, l.isp = l.user.home, "Nordlink Telecom"
		}
	} else {
		l.app, l.kind, l.protocol, l.ip = "Active Directory", "Resource access", pick(t.rng, []string{"Kerberos", "Ntlm", "Kerberos", "Ldap"}), l.device.ip
		l.destination = pick(t.rng, t.world.controllers)
	}
	if t.rng.IntN(14) == 0 {
		l.action, l.failure = "LogonFailed", "WrongPassword"
	}
	t.identityLogon(t.ago(4*minute), l)
}

func (t *Tenant) identityLogon(at int64, l identityLogon) {
	t.begin(identityLogonEvents, at)
	r, u := &t.row, l.user
	r.time("Timestamp", at)
	r.str("ActionType", l.action)
	r.str("Application", l.app)
	r.str("LogonType", l.kind)
	r.opt("Protocol", l.protocol)
	r.opt("FailureReason", l.failure)
	t.identity(u)
	r.str("IPAddress", l.ip)
	r.opt("Location", l.location)
	r.opt("ISP", l.isp)
	r.str("OSPlatform", "Windows 10")
	r.str("DeviceType", "Desktop")
	r.opt("DeviceName", nameOf(l.device))
	r.opt("DestinationDeviceName", nameOf(l.destination))
	r.opt("TargetDeviceName", nameOf(l.destination))
	r.opt("DestinationIPAddress", addressOf(l.destination))
	if l.destination == nil {
		r.null("Port", "DestinationPort")
	} else {
		r.int("Port", 49152+t.rng.Int64N(16000))
		r.int("DestinationPort", 88)
	}
	r.null("TargetAccountDisplayName")
	r.open("AdditionalFields")
	r.str("ACTOR.ENTITY_USER", u.display)
	r.str("ACTOR.ALIAS", u.display)
	if l.destination == nil {
		r.str("ARG.CLOUD_SERVICE", l.app)
		r.str("Pass-through authentication", "false")
		r.str("Request ID", randomGUID(t.rng))
	} else {
		r.str("Count", "1")
		r.str("SourceAccountSid", u.sid)
		r.str("DestinationComputerObjectGuid", l.destination.aadID)
		r.str("TO.DEVICE", l.destination.short)
	}
	r.close()
	r.str("ReportId", randomGUID(t.rng))
	t.finish()
}

func nameOf(d *device) string {
	if d == nil {
		return ""
	}
	return d.name
}

func addressOf(d *device) string {
	if d == nil {
		return ""
	}
	return d.ip
}

// identity writes the account columns of the identity tables.
func (t *Tenant) identity(u *user) {
	r := &t.row
	r.str("AccountName", u.name)
	r.str("AccountDomain", t.world.domain)
	r.str("AccountUpn", u.upn)
	r.str("AccountSid", u.sid)
	r.str("AccountObjectId", u.id)
	r.str("AccountDisplayName", u.display)
}

func (t *Tenant) ordinaryQuery() {
	u := pick(t.rng, t.world.users)
	t.query(t.ago(4*minute), u, pick(t.rng, t.world.devices), "AllUsers", fmt.Sprintf("(&(objectCategory=person)(sAMAccountName=%s%d))", pick(t.rng, words), t.rng.IntN(5000)))
}

func (t *Tenant) query(at int64, u *user, d *device, kind, text string) {
	t.begin(identityQueryEvents, at)
	r := &t.row
	dc := pick(t.rng, t.world.controllers)
	r.time("Timestamp", at)
	r.str("ActionType", "LDAP query")
	r.str("Application", "Active Directory")
	r.str("QueryType", kind)
	r.str("QueryTarget", t.world.domain)
	r.str("Query", text)
	r.str("Protocol", "Ldap")
	t.identity(u)
	r.str("DeviceName", d.name)
	r.str("IPAddress", d.ip)
	r.int("Port", 49152+t.rng.Int64N(16000))
	r.str("DestinationDeviceName", dc.name)
	r.str("DestinationIPAddress", dc.ip)
	r.int("DestinationPort", 389)
	r.str("TargetDeviceName", dc.name)
	r.null("TargetAccountUpn", "TargetAccountDisplayName", "Location")
	r.open("AdditionalFields")
	r.str("Count", fmt.Sprint(1+t.rng.IntN(9)))
	r.str("SourceAccountId", u.id)
	r.str("FROM.DEVICE", d.short)
	r.str("TO.DEVICE", dc.short)
	r.close()
	r.str("ReportId", randomGUID(t.rng))
	t.finish()
}

func (t *Tenant) ordinaryDirectory() {
	actions := []string{"Group Membership changed", "Account Password changed", "Device Operating System changed", "Account Display Name changed", "Account Disabled changed"}
	t.directory(t.ago(6*minute), pick(t.rng, actions), pick(t.rng, t.world.users), pick(t.rng, t.world.users), pick(t.rng, t.world.devices))
}

func (t *Tenant) directory(at int64, action string, actor, target *user, d *device) {
	t.begin(identityDirectoryEvents, at)
	r := &t.row
	dc := pick(t.rng, t.world.controllers)
	r.time("Timestamp", at)
	r.str("ActionType", action)
	r.str("Application", "Active Directory")
	r.str("TargetAccountUpn", target.upn)
	r.str("TargetAccountDisplayName", target.display)
	r.null("TargetDeviceName")
	r.str("DestinationDeviceName", dc.name)
	r.str("DestinationIPAddress", dc.ip)
	r.int("DestinationPort", 389)
	r.str("Protocol", "Ldap")
	t.identity(actor)
	r.str("DeviceName", d.name)
	r.str("IPAddress", d.ip)
	r.int("Port", 49152+t.rng.Int64N(16000))
	r.null("Location", "ISP")
	r.open("AdditionalFields")
	r.str("SourceAccountSid", actor.sid)
	r.str("TARGET_OBJECT.USER", target.display)
	r.str("TO.DEVICE", dc.short)
	r.close()
	r.str("ReportId", randomGUID(t.rng))
	t.finish()
}

func (t *Tenant) personInfo() {
	at := t.ago(30 * minute)
	u := pick(t.rng, t.world.users)
	t.begin(identityInfo, at)
	r := &t.row
	r.time("Timestamp", at)
	r.str("ReportId", randomGUID(t.rng))
	r.str("AccountObjectId", u.id)
	r.str("AccountUpn", u.upn)
	r.str("OnPremSid", u.sid)
	r.str("AccountDisplayName", u.display)
	r.str("AccountName", u.name)
	r.str("AccountDomain", t.world.domain)
	r.int("CriticalityLevel", 0)
	r.str("Type", "User")
	r.str("DistinguishedName", "CN="+u.display+",OU="+u.department+",DC=halden,DC=example")
	r.null("CloudSid")
	r.str("GivenName", u.given)
	r.str("Surname", u.surname)
	r.str("Department", u.department)
	r.str("JobTitle", u.title)
	r.str("EmailAddress", u.upn)
	r.str("SipProxyAddress", u.upn)
	r.null("Address")
	r.str("City", u.city)
	r.str("Country", "Germany")
	r.bool("IsAccountEnabled", true)
	r.opt("Manager", u.manager)
	r.null("Phone")
	r.time("CreatedDateTime", at/day*day-900*day)
	r.str("ChangeSource", "AzureActiveDirectory")
	r.null("BlastRadius", "CompanyName", "DeletedDateTime", "EmployeeId", "OtherMailAddresses", "RiskLevel", "RiskLevelDetails", "State")
	r.raw("Tags", "[]")
	if u.admin {
		r.raw("AssignedRoles", `["Helpdesk Administrator"]`)
	} else {
		r.raw("AssignedRoles", "[]")
	}
	r.str("SourceProvider", "AzureActiveDirectory")
	r.str("UserAccountControl", "")
	r.raw("GroupMembership", `["All Staff","`+u.department+`"]`)
	t.finish()
}
