package simulate

import "slices"

// table is one of the streamed tables.
type table uint8

const (
	alertEvidence table = iota
	alertInfo
	cloudAppEvents
	cloudAuditEvents
	cloudProcessEvents
	cloudStorageAggregatedEvents
	deviceEvents
	deviceFileCertificateInfo
	deviceFileEvents
	deviceImageLoadEvents
	deviceInfo
	deviceLogonEvents
	deviceNetworkEvents
	deviceNetworkInfo
	deviceProcessEvents
	deviceRegistryEvents
	emailAttachmentInfo
	emailEvents
	emailPostDeliveryEvents
	emailURLInfo
	identityDirectoryEvents
	identityInfo
	identityLogonEvents
	identityQueryEvents
	messageEvents
	messagePostDeliveryEvents
	messageURLInfo
	urlClickEvents
)

var tableNames = []string{"AlertEvidence", "AlertInfo", "CloudAppEvents", "CloudAuditEvents", "CloudProcessEvents", "CloudStorageAggregatedEvents",
	"DeviceEvents", "DeviceFileCertificateInfo", "DeviceFileEvents", "DeviceImageLoadEvents", "DeviceInfo", "DeviceLogonEvents", "DeviceNetworkEvents",
	"DeviceNetworkInfo", "DeviceProcessEvents", "DeviceRegistryEvents", "EmailAttachmentInfo", "EmailEvents", "EmailPostDeliveryEvents", "EmailUrlInfo",
	"IdentityDirectoryEvents", "IdentityInfo", "IdentityLogonEvents", "IdentityQueryEvents", "MessageEvents", "MessagePostDeliveryEvents", "MessageUrlInfo", "UrlClickEvents"}

// Tables are the names of the tables that the simulator writes, sorted.
func Tables() []string { return slices.Clone(tableNames) }

func (k table) String() string { return tableNames[k] }

func tableOf(name string) table {
	i, _ := slices.BinarySearch(tableNames, name)
	return table(i)
}

// share is how many of some ten thousand background records begin in a table. What follows from a mail, a message or an alert
// (its links, attachments, clicks, evidence) comes on top of it.
type share struct {
	table  table
	weight int
}

var background = []share{
	{deviceNetworkEvents, 2650}, {deviceProcessEvents, 1750}, {deviceFileEvents, 1750}, {deviceImageLoadEvents, 980}, {deviceRegistryEvents, 850},
	{deviceEvents, 830}, {deviceLogonEvents, 260}, {deviceFileCertificateInfo, 110}, {deviceNetworkInfo, 75}, {deviceInfo, 45},
	{cloudAppEvents, 240}, {identityLogonEvents, 150}, {identityQueryEvents, 60}, {cloudAuditEvents, 70}, {cloudProcessEvents, 60}, {emailEvents, 50},
	{messageEvents, 30}, {cloudStorageAggregatedEvents, 20}, {identityDirectoryEvents, 12}, {identityInfo, 6}, {alertInfo, 2},
}

var backgroundTotal = func() (n int) {
	for _, s := range background {
		n += s.weight
	}
	return n
}()

func (t *Tenant) noise() {
	n := t.rng.IntN(backgroundTotal)
	for _, s := range background {
		if n -= s.weight; n < 0 {
			t.ordinary(s.table)
			return
		}
	}
}

// ordinary writes a record as they come without any attack.
func (t *Tenant) ordinary(kind table) {
	switch kind {
	case deviceProcessEvents:
		t.ordinaryProcess()
	case deviceNetworkEvents:
		t.ordinaryConnection()
	case deviceFileEvents:
		t.ordinaryFile()
	case deviceImageLoadEvents:
		t.ordinaryLibrary()
	case deviceRegistryEvents:
		t.ordinaryRegistry()
	case deviceEvents:
		t.ordinaryDeviceEvent()
	case deviceLogonEvents:
		t.ordinaryLogon()
	case deviceFileCertificateInfo:
		t.certificate()
	case deviceNetworkInfo:
		t.networkInfo()
	case deviceInfo:
		t.inventory()
	case cloudAppEvents:
		t.ordinaryCloudApp()
	case identityLogonEvents:
		t.ordinaryIdentityLogon()
	case identityQueryEvents:
		t.ordinaryQuery()
	case identityDirectoryEvents:
		t.ordinaryDirectory()
	case identityInfo:
		t.personInfo()
	case cloudAuditEvents:
		t.ordinaryAudit()
	case cloudProcessEvents:
		t.ordinaryContainer()
	case cloudStorageAggregatedEvents:
		t.storage()
	case emailEvents:
		t.ordinaryMail()
	case messageEvents:
		t.ordinaryMessage()
	case alertInfo:
		t.ordinaryAlert()
	}
}

// anyDevice is a device that is at work at this hour.
func (t *Tenant) anyDevice() *device {
	d := pick(t.rng, t.world.devices)
	for range 3 {
		if d.server || rhythm(t.now) > 0.6 || t.rng.IntN(3) == 0 {
			break
		}
		d = pick(t.rng, t.world.devices)
	}
	return d
}

func (t *Tenant) anyWindows() *device {
	for {
		if d := t.anyDevice(); d.platform == windows {
			return d
		}
	}
}
