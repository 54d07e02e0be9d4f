package simulate

import (
	"fmt"
	"strings"
)

// application is a cloud application as Defender numbers them.
type application struct {
	name string
	id   int64
}

var exchange, sharePoint, oneDrive, teams, m365 = application{"Microsoft Exchange Online", 20893}, application{"Microsoft SharePoint Online", 20892}, application{"Microsoft OneDrive for Business", 15600}, application{"Microsoft Teams", 28375}, application{"Microsoft 365", 11161}

// activity is what a row of CloudAppEvents tells.
type activity struct {
	app                    application
	action, kind           string // MailItemsAccessed; Basic, Run, …
	object, objectType, id string
	user                   *user
	ip, country, city, isp string
	anonymous, admin       bool
	parameters             []pair
}

type pair struct{ name, value string }

var activities = []activity{
	{app: exchange, action: "MailItemsAccessed", kind: "Run", object: "MailItemsAccessed", objectType: "Task"},
	{app: exchange, action: "Send", kind: "Basic", object: "Send", objectType: "Task"},
	{app: sharePoint, action: "FileAccessed", kind: "View", objectType: "File"},
	{app: sharePoint, action: "FileModified", kind: "Edit", objectType: "File"},
	{app: oneDrive, action: "FileSyncUploadedFull", kind: "Upload", objectType: "File"},
	{app: oneDrive, action: "FileDownloaded", kind: "Download", objectType: "File"},
	{app: teams, action: "MessageSent", kind: "Basic", object: "MessageSent", objectType: "Task"},
	{app: teams, action: "TeamsSessionStarted", kind: "Basic", object: "TeamsSessionStarted", objectType: "Task"},
	{app: m365, action: "SearchQueryPerformed", kind: "Basic", object: "SearchQueryPerformed", objectType: "Task"},
}

// by gives the activity the address that u works from.
func (a activity) by(u *user, atHome bool) activity {
	a.user, a.ip, a.country, a.city, a.isp = u, "185.64.10.7", "DE", u.city, "Halden Networks AG"
	if atHome {
		a.ip, a.isp = u.home, "Nordlink Telecom"
	}
	return a
}

func (t *Tenant) ordinaryCloudApp() {
	a := pick(t.rng, activities).by(pick(t.rng, t.world.users), t.rng.IntN(3) == 0)
	d := t.world.devices[0]
	if a.objectType == "File" {
		a.object = t.text("{f}.docx", d)
		a.id = "https://halden.sharepoint.example/sites/" + t.text("{w}/Shared Documents/{w}/", d) + a.object
	}
	t.cloudApp(t.ago(6*minute), a)
}

func (t *Tenant) cloudApp(at int64, a activity) {
	at = at / second * second
	t.begin(cloudAppEvents, at)
	r, u := &t.row, a.user
	report := fmt.Sprintf("%d_%d_", t.rng.IntN(99_999_999), a.app.id) + randomGUID(t.rng)
	r.time("Timestamp", at)
	r.str("ActionType", a.action)
	r.str("Application", a.app.name)
	r.int("ApplicationId", a.app.id)
	r.int("AppInstanceId", 0)
	r.str("AccountObjectId", u.id)
	r.str("AccountId", u.id)
	r.str("AccountDisplayName", u.display)
	r.str("AccountType", "Regular")
	r.bool("IsAdminOperation", a.admin)
	r.bool("IsExternalUser", false)
	r.bool("IsImpersonated", false)
	r.str("DeviceType", "Desktop")
	r.str("OSPlatform", "Windows 10")
	r.str("IPAddress", a.ip)
	r.bool("IsAnonymousProxy", a.anonymous)
	r.str("CountryCode", a.country)
	r.str("City", a.city)
	r.str("ISP", a.isp)
	if a.anonymous {
		r.raw("IPTags", `["Tor","Anonymous proxy"]`)
		r.str("IPCategory", "Risky")
	} else {
		r.raw("IPTags", `[]`)
		r.str("IPCategory", "Corporate")
	}
	r.str("UserAgent", u.userAgent)
	r.null("UserAgentTags")
	r.str("ActivityType", a.kind)
	r.str("ObjectName", a.object)
	r.str("ObjectType", a.objectType)
	r.opt("ObjectId", a.id)
	t.activityObjects(a)
	r.raw("AdditionalFields", `{"IsSatelliteProvider":false}`)
	t.rawActivity(at, a)
	r.str("ReportId", report)
	t.finish()
}

func (t *Tenant) activityObjects(a activity) {
	r := &t.row
	r.list("ActivityObjects")
	r.open("")
	r.str("Type", a.objectType)
	r.str("Role", "Target object")
	r.str("Name", a.object)
	r.close()
	for _, p := range a.parameters {
		r.open("")
		r.str("Type", "Property")
		r.str("Role", "Parameter")
		r.str("Name", p.name)
		r.str("Value", p.value)
		r.close()
	}
	r.open("")
	r.str("Type", "Account")
	r.str("Role", "Actor")
	r.str("Name", a.user.display)
	r.str("Id", a.user.id)
	r.int("ApplicationId", a.app.id)
	r.int("ApplicationInstance", 0)
	r.close()
	r.end()
}

// rawActivity is the record of the unified audit log that an activity comes from.
func (t *Tenant) rawActivity(at int64, a activity) {
	r, u := &t.row, a.user
	r.open("RawEventData")
	r.time("CreationTime", at)
	r.str("Id", randomGUID(t.rng))
	r.str("Operation", a.action)
	r.str("OrganizationId", t.world.tenant)
	r.int("RecordType", 1+t.rng.Int64N(50))
	r.str("ResultStatus", "Succeeded")
	r.str("UserKey", u.id)
	r.int("UserType", 0)
	r.int("Version", 1)
	r.str("Workload", strings.TrimPrefix(strings.TrimSuffix(a.app.name, " Online"), "Microsoft "))
	r.str("ClientIP", a.ip)
	r.opt("ObjectId", a.id)
	r.str("UserId", u.upn)
	r.str("SessionId", randomGUID(t.rng))
	r.list("Parameters")
	for _, p := range a.parameters {
		r.open("")
		r.str("Name", p.name)
		r.str("Value", p.value)
		r.close()
	}
	r.end()
	r.close()
}

func (t *Tenant) ordinaryAudit() {
	actions := []pair{{"Azure Kubernetes Service", "watch"}, {"Azure Kubernetes Service", "list"}, {"Azure Activity", "Microsoft.Storage/storageAccounts/listKeys/action"}, {"Azure Activity", "Microsoft.Compute/virtualMachines/start/action"}, {"Azure Key Vault", "SecretGet"}}
	a := pick(t.rng, actions)
	t.audit(t.ago(7*minute), a.name, a.value, pick(t.rng, t.world.users).id)
}

func (t *Tenant) resource(kind string) string {
	return "/subscriptions/" + t.world.subscription + "/resourceGroups/rg-" + pick(t.rng, words) + "/providers/" + kind + "/" + pick(t.rng, words) + fmt.Sprint(t.rng.IntN(40))
}

// kubectls name the commit that they were built from: there are few.
var kubectls = []string{
	"kubectl/v1.31.2 (linux/amd64) kubernetes/4c8a1f7", "kubectl/v1.31.2 (windows/amd64) kubernetes/4c8a1f7",
	"kubectl/v1.33.5 (darwin/arm64) kubernetes/93e0b2d",
}

func (t *Tenant) audit(at int64, source, operation, account string) {
	t.begin(cloudAuditEvents, at)
	r := &t.row
	id := randomGUID(t.rng)
	r.time("Timestamp", at)
	r.str("AuditSource", "Azure")
	r.str("DataSource", source)
	r.str("ActionType", "CloudAuditEventOther")
	r.str("OperationName", operation)
	r.str("AzureResourceId", t.resource("Microsoft.ContainerService/managedClusters"))
	r.null("AwsResourceName", "GcpFullResourceName")
	r.str("Account", account)
	r.str("IPAddress", publicIP(t.rng))
	r.null("IsAnonymousProxy", "CountryCode", "City", "ISP")
	r.str("UserAgent", pick(t.rng, kubectls))
	r.open("RawEventData")
	r.time("Timestamp", at)
	r.str("AuditID", id)
	r.str("Stage", "ResponseComplete")
	r.str("Verb", operation)
	r.str("RequestURI", "/api/v1/namespaces/"+pick(t.rng, words)+"/pods?resourceVersion="+fmt.Sprint(t.rng.IntN(1e9)))
	r.open("ResponseStatus")
	r.int("code", 200)
	r.close()
	r.close()
	r.null("AdditionalFields")
	r.str("ReportId", id)
	t.finish()
}

func (t *Tenant) ordinaryContainer() {
	tool := pick(t.rng, []string{"bash", "curl", "python3", "sh", "grep", "cat"})
	t.container(t.ago(5*minute), tool, "/usr/bin/"+tool, t.text("/usr/bin/"+tool+" /etc/{w}.d/{w}.sh -t {x} -m {n}", t.world.devices[0]))
}

func (t *Tenant) container(at int64, name, path, command string) {
	t.begin(cloudProcessEvents, at)
	r := &t.row
	parent := 100 + t.rng.Int64N(30_000)
	workload := pick(t.rng, words)
	r.time("Timestamp", at)
	r.str("AzureResourceId", t.resource("Microsoft.ContainerService/managedClusters"))
	r.null("AwsResourceName", "GcpFullResourceName")
	r.str("ContainerImageName", "registry.halden.example/"+workload+":1."+fmt.Sprint(t.rng.IntN(60)))
	r.str("KubernetesNamespace", pick(t.rng, words[:12]))
	r.str("KubernetesPodName", workload+"-"+randomHex(t.rng, 9)+"-"+randomHex(t.rng, 5))
	r.str("KubernetesResource", "")
	r.str("ContainerName", workload)
	r.str("ContainerId", randomHex(t.rng, 64))
	r.str("ActionType", "ProcessCreated")
	r.str("FileName", path)
	r.str("FolderPath", path)
	r.int("ProcessId", parent+1+t.rng.Int64N(90))
	r.str("ProcessName", name)
	r.str("ParentProcessName", "containerd-shim")
	r.int("ParentProcessId", parent)
	r.str("ProcessCommandLine", command)
	r.time("ProcessCreationTime", at)
	r.str("ProcessCurrentWorkingDirectory", "/")
	r.str("AccountName", "root")
	r.int("LogonId", 4294967295)
	r.int("InitiatingProcessId", parent)
	r.raw("AdditionalFields", `{"uid":"0","gid":"0","group":"root","audit_user":null,"auid":"4294967295","UpperLayer":"False","Memfd":"False","DriftAction":"n/a"}`)
	r.str("ReportId", randomGUID(t.rng))
	t.finish()
}

func (t *Tenant) storage() {
	at := t.ago(20 * minute)
	from := at / hour * hour
	account := pick(t.rng, words) + "store"
	count := 1 + t.rng.Int64N(4000)
	t.begin(cloudStorageAggregatedEvents, at)
	r := &t.row
	r.time("Timestamp", at)
	r.time("DataAggregationStartTime", from-hour)
	r.time("DataAggregationEndTime", from)
	r.str("DataSource", "Azure Storage")
	r.str("SubscriptionId", t.world.subscription)
	r.str("ResourceGroup", "rg-"+account[:4])
	r.str("StorageAccount", account)
	r.opt("StorageContainer", pick(t.rng, words))
	r.null("StorageFileShare")
	r.str("ServiceType", "Blob")
	r.str("IPAddress", publicIP(t.rng))
	r.str("UserAgentHeader", "azsdk-net-Storage.Blobs/12.24.0")
	r.raw("OperationNamesList", `["GetBlob","ListBlobs"]`)
	r.str("AuthenticationType", "OAuth")
	r.str("AccountObjectId", pick(t.rng, t.world.users).id)
	r.null("AccountTenantId", "AccountApplicationId", "AccountUpn")
	r.str("AccountType", "")
	r.int("OperationsCount", count)
	r.int("SuccessfulOperationsCount", count-count/50)
	r.int("FailedOperationsCount", count/50)
	r.int("TotalResponseLength", count*t.rng.Int64N(90_000))
	r.int("SuccessfulReadOperations", count-count/50)
	r.int("DistinctGetOperations", count/3)
	r.null("AnonymousSuccessfulOperations", "HasAnonymousResourceNotFoundFailures")
	r.raw("Md5Hashes", "[]")
	r.str("AzureResourceId", t.resource("Microsoft.Storage/storageAccounts"))
	r.str("Location", "germanywestcentral")
	r.str("ActionType", "Data Aggregation")
	r.open("AdditionalFields")
	r.time("FirstEventTimestamp", from-hour+minute)
	r.time("LastEventTimestamp", from-minute)
	r.str("ClientCloudPlatformName", "N/A")
	r.bool("IsTorExitNode", false)
	r.bool("IsKnownSuspiciousIp", false)
	r.bool("IsPrivateIp", false)
	r.close()
	r.str("ReportId", randomGUID(t.rng))
	t.finish()
}
