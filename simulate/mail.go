package simulate

import (
	"fmt"
	"strings"
)

// mail is one message to one mailbox.
type mail struct {
	id, internetID, subject string
	sender, senderName      string
	senderDomain, senderIP  string
	from                    *user // nil: from outside
	to                      *user
	at                      int64
	urls                    []string
	attachments             []file
	cluster                 int64
	threat, method, verdict string // Phish; JSON; delivered, junked, …
	report                  string
}

// job is a record that follows from another one.
type job struct {
	table   table
	mail    *mail
	message *message
	alert   *alert
	index   int
}

// followUp writes the next record that follows from an earlier one.
func (t *Tenant) followUp() {
	j := t.pending[0]
	t.pending = t.pending[:copy(t.pending, t.pending[1:])]
	switch j.table {
	case emailURLInfo:
		t.mailURL(j.mail, j.index)
	case emailAttachmentInfo:
		t.attachment(j.mail, j.index)
	case urlClickEvents:
		t.click(j.mail, j.index, t.now-minute, "ClickAllowed", "185.64.10.7")
	case emailPostDeliveryEvents:
		t.removed(j.mail, t.now-30*second)
	case messageURLInfo:
		t.messageURL(j.message)
	case messagePostDeliveryEvents:
		t.messageRemoved(j.message)
	case alertEvidence:
		t.evidence(j.alert, j.index)
	}
}

func (t *Tenant) ordinaryMail() {
	rng, w := t.rng, t.world
	m := &mail{to: pick(rng, w.users), at: t.ago(3*minute) / second * second, verdict: "Delivered", cluster: int64(rng.Uint32())}
	if rng.IntN(10) < 4 {
		m.from = pick(rng, w.users)
		m.sender, m.senderName, m.senderDomain, m.senderIP = m.from.upn, m.from.display, w.domain, "185.64.10.7"
	} else {
		m.senderDomain = pick(rng, w.hosts[len(services):]).name
		m.senderName = pick(rng, givenNames) + " " + pick(rng, surnames)
		m.sender, m.senderIP = pick(rng, words)+"@"+m.senderDomain, publicIP(rng)
	}
	m.subject = t.text("Re: {w} {w} {w} #{n}", w.devices[0])
	for range rng.IntN(4) {
		m.urls = append(m.urls, "https://"+t.anyHost().name+"/"+t.text("{p}", w.devices[0]))
	}
	if rng.IntN(4) == 0 {
		m.attachments = append(m.attachments, t.newContent(file{name: t.text("{f}.pdf", w.devices[0])}))
	}
	if rng.IntN(30) == 0 {
		m.threat, m.method, m.verdict = "Spam", `{"Spam":["Fingerprint matching"]}`, "Junked"
	}
	t.identify(m)
	t.mailEvent(m)
	for i := range m.urls {
		t.pending = append(t.pending, job{table: emailURLInfo, mail: m, index: i})
	}
	for i := range m.attachments {
		t.pending = append(t.pending, job{table: emailAttachmentInfo, mail: m, index: i})
	}
	if len(m.urls) > 0 && rng.IntN(4) == 0 {
		t.pending = append(t.pending, job{table: urlClickEvents, mail: m})
	}
	if m.threat != "" {
		t.pending = append(t.pending, job{table: emailPostDeliveryEvents, mail: m})
	}
}

// identify gives a mail the ids that join its rows.
func (t *Tenant) identify(m *mail) {
	m.id = randomGUID(t.rng)
	m.internetID = "<" + randomHex(t.rng, 24) + "@" + m.senderDomain + ">"
	m.report = m.id + "-" + fmt.Sprint(t.rng.Uint64()>>1)
}

var deliveryLocation = map[string]string{"Delivered": "Inbox/folder", "Junked": "Junk folder", "Blocked": "Quarantine"}

func (t *Tenant) mailEvent(m *mail) {
	t.begin(emailEvents, m.at)
	r := &t.row
	r.time("Timestamp", m.at)
	r.str("ReportId", m.report+"-1")
	r.str("NetworkMessageId", m.id)
	r.str("InternetMessageId", m.internetID)
	r.int("EmailClusterId", m.cluster)
	r.str("SenderIPv4", m.senderIP)
	r.null("SenderIPv6")
	r.str("SenderMailFromAddress", m.sender)
	r.str("SenderFromAddress", m.sender)
	r.str("SenderMailFromDomain", m.senderDomain)
	r.str("SenderFromDomain", m.senderDomain)
	r.str("SenderDisplayName", m.senderName)
	r.str("RecipientEmailAddress", m.to.upn)
	r.str("RecipientObjectId", m.to.id)
	if m.from != nil {
		r.str("SenderObjectId", m.from.id)
		r.str("EmailDirection", "Intra-org")
	} else {
		r.null("SenderObjectId")
		r.str("EmailDirection", "Inbound")
	}
	r.str("Subject", m.subject)
	r.str("DeliveryAction", m.verdict)
	r.str("DeliveryLocation", deliveryLocation[m.verdict])
	r.null("EmailAction", "EmailActionPolicy", "EmailActionPolicyGuid")
	r.int("AttachmentCount", int64(len(m.attachments)))
	r.int("UrlCount", int64(len(m.urls)))
	r.str("EmailLanguage", "en")
	r.null("ThreatNames")
	r.opt("ThreatTypes", m.threat)
	r.opt("DetectionMethods", m.method)
	r.null("Connectors")
	r.null("OrgLevelAction", "OrgLevelPolicy", "UserLevelAction", "UserLevelPolicy")
	r.opt("ConfidenceLevel", map[bool]string{true: `{"` + m.threat + `":"Normal"}`}[m.threat != ""])
	r.null("AdditionalFields")
	r.str("AuthenticationDetails", `{"SPF":"pass","DKIM":"pass","DMARC":"pass","CompAuth":"pass"}`)
	r.null("BulkComplaintLevel")
	t.finish()
}

func (t *Tenant) mailURL(m *mail, i int) {
	t.begin(emailURLInfo, m.at)
	r := &t.row
	r.time("Timestamp", m.at)
	r.str("ReportId", m.report)
	r.str("NetworkMessageId", m.id)
	r.str("Url", m.urls[i])
	r.str("UrlDomain", hostOf(m.urls[i]))
	r.str("UrlLocation", "Body")
	t.finish()
}

func (t *Tenant) attachment(m *mail, i int) {
	f := m.attachments[i]
	t.begin(emailAttachmentInfo, m.at)
	r := &t.row
	r.time("Timestamp", m.at)
	r.str("ReportId", m.report+"-"+f.md5)
	r.str("NetworkMessageId", m.id)
	r.str("SenderFromAddress", m.sender)
	r.str("SenderDisplayName", m.senderName)
	if m.from != nil {
		r.str("SenderObjectId", m.from.id)
	} else {
		r.null("SenderObjectId")
	}
	r.str("RecipientEmailAddress", m.to.upn)
	r.str("RecipientObjectId", m.to.id)
	r.str("FileName", f.name)
	r.str("FileType", extension(f.name))
	r.str("SHA256", f.sha256)
	r.int("FileSize", f.size)
	r.null("ThreatNames")
	r.opt("ThreatTypes", m.threat)
	r.opt("DetectionMethods", m.method)
	t.finish()
}

func (t *Tenant) click(m *mail, i int, at int64, action, ip string) {
	at = max(at, m.at) / second * second
	t.begin(urlClickEvents, at)
	r := &t.row
	r.time("Timestamp", at)
	r.str("ReportId", randomGUID(t.rng))
	r.str("NetworkMessageId", m.id)
	r.str("AccountUpn", m.to.upn)
	r.str("Url", m.urls[i])
	r.str("UrlChain", `["`+m.urls[i]+`"]`)
	r.str("ActionType", action)
	r.opt("ThreatTypes", m.threat)
	r.opt("DetectionMethods", m.method)
	r.str("Workload", "Email")
	r.str("IPAddress", ip)
	r.bool("IsClickedThrough", false)
	t.finish()
}

// removed writes that a mail was taken out of its mailbox after it had been delivered.
func (t *Tenant) removed(m *mail, at int64) {
	at = max(at, m.at) / second * second
	t.begin(emailPostDeliveryEvents, at)
	r := &t.row
	r.time("Timestamp", at)
	r.str("ReportId", m.report)
	r.str("NetworkMessageId", m.id)
	r.str("InternetMessageId", m.internetID)
	r.str("RecipientEmailAddress", m.to.upn)
	r.str("Action", "Moved to quarantine")
	r.str("ActionType", m.threat+" ZAP")
	r.str("ActionTrigger", "SpecialAction")
	r.str("ActionResult", "Success")
	r.str("DeliveryLocation", "Quarantine")
	r.str("ThreatTypes", m.threat)
	r.str("DetectionMethods", m.method)
	t.finish()
}

// message is a message of Teams.
type message struct {
	from, to *user
	at       int64
	thread   string
	id       string
	url      string
	threat   string
}

func (t *Tenant) ordinaryMessage() {
	at := t.ago(2*minute) / 1_000_000 * 1_000_000
	m := &message{from: pick(t.rng, t.world.users), to: pick(t.rng, t.world.users), at: at, thread: "19:" + randomGUID(t.rng) + "_" + randomGUID(t.rng) + "@unq.gbl.spaces", id: fmt.Sprint(at / 1_000_000)}
	if t.rng.IntN(4) == 0 {
		m.url = "https://" + t.anyHost().name + "/" + t.text("{p}", t.world.devices[0])
		t.pending = append(t.pending, job{table: messageURLInfo, message: m})
		if t.rng.IntN(8) == 0 {
			m.threat = "phish"
			t.pending = append(t.pending, job{table: messagePostDeliveryEvents, message: m})
		}
	}
	t.messageEvent(m)
}

func (m *message) path() string { return "/chats/" + m.thread + "/messages/" + m.id }

func (t *Tenant) recipients(m *message) {
	r := &t.row
	r.list("RecipientDetails")
	r.open("")
	r.str("RecipientSmtpAddress", m.to.upn)
	r.str("RecipientDisplayName", m.to.display)
	r.str("RecipientObjectId", m.to.id)
	r.str("RecipientType", "User")
	r.close()
	r.end()
}

func (t *Tenant) messageEvent(m *message) {
	t.begin(messageEvents, m.at)
	r := &t.row
	r.time("Timestamp", m.at)
	r.time("LastEditedTime", m.at)
	r.str("TeamsMessageId", m.path())
	r.str("SenderEmailAddress", m.from.upn)
	r.str("SenderDisplayName", m.from.display)
	r.str("SenderObjectId", m.from.id)
	r.str("SenderType", "User")
	t.recipients(m)
	r.bool("IsOwnedThread", true)
	r.str("MessageId", m.id)
	r.str("ParentMessageId", m.id)
	r.null("GroupId", "GroupName")
	r.str("ThreadId", m.thread)
	r.null("ThreadName")
	r.str("ThreadType", "chat")
	r.str("ThreadSubType", "None")
	r.bool("IsExternalThread", false)
	r.str("MessageType", "RichText")
	r.str("MessageSubtype", "Html")
	r.str("MessageVersion", m.id)
	r.null("Subject")
	r.opt("ThreatTypes", m.threat)
	r.null("DetectionMethods", "ConfidenceLevel")
	r.str("DeliveryAction", "Delivered")
	r.str("DeliveryLocation", "Teams")
	r.str("ReportId", randomGUID(t.rng))
	t.finish()
}

func (t *Tenant) messageURL(m *message) {
	t.begin(messageURLInfo, m.at)
	r := &t.row
	r.time("Timestamp", m.at)
	r.str("TeamsMessageId", m.path())
	r.str("Url", m.url)
	r.str("UrlDomain", hostOf(m.url))
	r.str("ReportId", fmt.Sprintf("%s_%d", randomGUID(t.rng), t.rng.Uint64()>>1))
	t.finish()
}

func (t *Tenant) messageRemoved(m *message) {
	at := max(m.at, t.now-20*second)
	t.begin(messagePostDeliveryEvents, at)
	r := &t.row
	r.time("Timestamp", at)
	r.str("TeamsMessageId", m.path())
	r.str("Action", "Blocked")
	r.str("ActionType", "Phish ZAP")
	r.str("ActionTrigger", "SpecialAction")
	r.str("ActionResult", "Success")
	r.str("SenderEmailAddress", m.from.upn)
	t.recipients(m)
	r.str("ThreadTypes", m.threat)
	r.null("ConfidenceLevel", "DetectionMethods")
	r.str("LatestDeliveryLocation", "Quarantine")
	r.str("ReportId", randomGUID(t.rng))
	r.bool("IsExternalThread", false)
	t.finish()
}

// hostOf is the host of a link.
func hostOf(link string) string {
	_, rest, _ := strings.Cut(link, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

func extension(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[i+1:]
	}
	return ""
}
