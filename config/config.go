// Package config is penstock.yaml: its types, defaults and checks. Whatever is wrong in the file is reported with its
// line, its key and what was expected; an unknown key is an error.
//
// Every key is described where it is declared, in the tag doc; the JSON Schema (Schema) and the list of keys (Keys),
// from which the documentation is made, come from these tags. The tag default holds the default, the tag enum the
// values that are allowed.
package config

import (
	"time"

	"penstock/cloud"
)

// Config is the whole of penstock.yaml.
type Config struct {
	Data    string   `yaml:"data" default:"data" doc:"Directory that holds everything Penstock keeps; relative to the configuration file"`
	Server  Server   `yaml:"server" doc:"HTTP API and page"`
	Intakes []Intake `yaml:"intakes" doc:"Where events come from"`
	Cloud   string   `yaml:"cloud" doc:"Cloud of names that do not say of which they are, as that of a storage account alone: commercial (when empty), gcc, gcc-high, dod, china, or an id in clouds"`
	// Clouds are all that there are once the file is checked, that of the key cloud first.
	Clouds  cloud.List `yaml:"clouds" doc:"Clouds that are not built in, or whose names have changed (docs/azure.md)"`
	Mapping []string   `yaml:"mapping" doc:"Files with assignments that override or add to the built-in mapping to ECS, applied in order"`
	Formats string     `yaml:"formats" doc:"Folder with formats of your own, each a folder in it (docs/formats.md); formats in the data folder when empty"`
	Window  Duration   `yaml:"window" default:"24h" doc:"A record that comes again within this time is dropped and counted as repeated"`
	Journal Journal    `yaml:"journal" doc:"The durable log between intake and lake"`
	Lake    Lake       `yaml:"lake" doc:"Where events are stored and searched"`
	Rules   Rules      `yaml:"rules" doc:"What rules refer to"`
	Alerts  Alerts     `yaml:"alerts" doc:"How matches of rules become alerts"`
	Audit   Audit      `yaml:"audit" doc:"The record of who did what"`
	Query   Query      `yaml:"query" doc:"Limits of searches"`
	Hunt    Hunt       `yaml:"hunt" doc:"Limits of hunts, which are queries in KQL"`
	Log     Log        `yaml:"log" doc:"What is logged, and how"`
}

// Intake is one source of events. Exactly one of EventHub, Blob, Kafka, HTTP and File is set.
type Intake struct {
	Name         string    `yaml:"name" doc:"Name by which events, metrics and the ledger refer to it: letters, digits, - and _; unique"`
	Format       string    `yaml:"format" default:"defender" doc:"Id of the format of its records"`
	Categories   []string  `yaml:"categories" doc:"Tables or categories to take, * stands for anything; all when empty"`
	Chosen       []string  `yaml:"chosen_tables" doc:"Tables that are ticked in Defender's streaming settings, so that one that never comes is told of; every known one when empty"`
	SilenceAfter Duration  `yaml:"silence_after" default:"1h" doc:"Nothing arriving for this long is an incident; off to disable"`
	EventHub     *EventHub `yaml:"eventhub" doc:"Read from Azure Event Hubs"`
	Blob         *Blob     `yaml:"blob" doc:"Read what Defender exports to an Azure storage account"`
	Kafka        *Kafka    `yaml:"kafka" doc:"Read from Kafka, or from Event Hubs by its Kafka endpoint"`
	HTTP         *HTTP     `yaml:"http" doc:"Take what programs send by HTTP with an intake key"`
	File         *File     `yaml:"file" doc:"Read a file"`
}

// EventHub is an Event Hubs namespace, one or more hubs in it, and how to get at them.
type EventHub struct {
	Namespace            string      `yaml:"namespace" doc:"Fully qualified namespace, as contoso.servicebus.windows.net; comes from the connection string where there is one"`
	ConnectionString     Secret      `yaml:"connection_string" doc:"Connection string with the right to listen; without it Microsoft Entra ID is used"`
	ConnectionStringFile string      `yaml:"connection_string_file" doc:"File that holds the connection string"`
	Credential           Identity    `yaml:"credential" doc:"How to sign in with Microsoft Entra ID"`
	Hub                  string      `yaml:"hub" doc:"Name of the hub; comes from EntityPath of the connection string where it has one"`
	Hubs                 []string    `yaml:"hubs" doc:"Names of several hubs"`
	Tables               []string    `yaml:"tables" doc:"Tables that Defender streams each to a hub of its own; * for every table known"`
	TableHubPrefix       string      `yaml:"table_hub_prefix" default:"insights-logs-advancedhunting-" doc:"What the name of a table's hub begins with; the table in small letters follows"`
	ConsumerGroup        string      `yaml:"consumer_group" default:"$Default" doc:"Consumer group, for Penstock alone"`
	Transport            string      `yaml:"transport" default:"amqp" enum:"amqp,websockets" doc:"amqp needs port 5671; websockets needs 443 and may go through a proxy"`
	Proxy                Secret      `yaml:"proxy" doc:"HTTP proxy for websockets, as http://user:password@proxy:3128; HTTPS_PROXY of the environment otherwise"`
	Start                Start       `yaml:"start" default:"earliest" doc:"Where to begin without a checkpoint: earliest, latest or a time"`
	OnGap                string      `yaml:"on_gap" default:"earliest" enum:"earliest,latest,stop" doc:"Where to go on when the wanted messages have expired or the hub was made anew; the gap is an incident in any case"`
	Prefetch             Bytes       `yaml:"prefetch" default:"64MiB" doc:"Memory for messages that were received and not yet stored, shared by all partitions"`
	Storage              *Storage    `yaml:"storage" doc:"Checkpoints in Azure Blob Storage, which several processes need to share the partitions; without it a single process reads, and the journal knows where it was"`
	Cloud                cloud.Cloud `yaml:"-"` // that of the namespace
}

// Identity is how to sign in with Microsoft Entra ID.
type Identity struct {
	Kind                string `yaml:"kind" default:"default" enum:"default,client_secret,certificate,managed_identity,workload_identity" doc:"default tries environment, workload identity, managed identity and the Azure CLI in turn"`
	TenantID            string `yaml:"tenant_id" doc:"Directory (tenant) ID of the application"`
	ClientID            string `yaml:"client_id" doc:"Application (client) ID, or the client ID of a user-assigned managed identity"`
	ClientSecret        Secret `yaml:"client_secret" doc:"Secret of the application"`
	ClientSecretFile    string `yaml:"client_secret_file" doc:"File that holds the secret of the application"`
	CertificateFile     string `yaml:"certificate_file" doc:"PEM or PKCS#12 file with the certificate of the application and its private key"`
	Certificate         Secret `yaml:"certificate" doc:"The same as text, in PEM with a private key that is not encrypted, instead of certificate_file"`
	CertificatePassword Secret `yaml:"certificate_password" doc:"Password of the certificate file"`
	TokenFile           string `yaml:"token_file" doc:"File with the federated token of the workload; AZURE_FEDERATED_TOKEN_FILE otherwise"`
	// Authority is the host of Entra ID, by the cloud of what is signed in to.
	Authority string `yaml:"-"`
}

// Storage is a container of an Azure storage account.
type Storage struct {
	Account              string      `yaml:"account" doc:"Name of the storage account, or its blob endpoint as https://contoso.blob.core.windows.net"`
	Container            string      `yaml:"container" default:"penstock" doc:"Container for checkpoints"`
	ConnectionString     Secret      `yaml:"connection_string" doc:"Connection string of the storage account; without it Microsoft Entra ID is used"`
	ConnectionStringFile string      `yaml:"connection_string_file" doc:"File that holds the connection string of the storage account"`
	Credential           *Identity   `yaml:"credential" doc:"How to sign in for storage; as for the hub otherwise"`
	Cloud                cloud.Cloud `yaml:"-"` // that of the account
}

// File is a file of records or messages, one a line.
type File struct {
	Path   string `yaml:"path" doc:"Path, relative to the configuration file; .gz and .zst are decompressed; - is standard input"`
	Follow bool   `yaml:"follow" doc:"Wait for lines that are appended; not for compressed files"`
}

// Journal is the durable log.
type Journal struct {
	MaxSize Bytes `yaml:"max_size" default:"8GiB" doc:"Reading stops, and goes on by itself, while this much is not yet in the lake"`
}

// Lake is where events are stored.
type Lake struct {
	Retention    *Retention `yaml:"retention" doc:"What is deleted, oldest first; without it administrators say so on the page, beginning with these defaults"`
	KeepOriginal bool       `yaml:"keep_original" doc:"Keep the bytes of every record as they came; three times the disk. Without it the record is rebuilt from its columns"`
	Memory       Bytes      `yaml:"memory" default:"512MiB" doc:"Memory for queries, which spill to disk beyond it"`
	Threads      int        `yaml:"threads" doc:"Threads for queries; the number of processors when 0"`
	Flush        Duration   `yaml:"flush" default:"60s" doc:"Events are written to a segment after this time at the latest; they are searchable before"`
}

// Retention is what is deleted.
type Retention struct {
	Age  Duration `yaml:"age" default:"90d" doc:"Events older than this are deleted; off keeps them"`
	Size Bytes    `yaml:"size" doc:"The oldest events are deleted when the lake is larger; no limit when 0"`
}

// usualAge is the default of age where the file says nothing of a retention.
const usualAge = Duration(90 * 24 * time.Hour)

// Kept is what is deleted by the file, or by default; said is false where the file says nothing of it.
func (l *Lake) Kept() (r Retention, said bool) {
	if l.Retention == nil {
		return Retention{Age: usualAge}, false
	}
	return *l.Retention, true
}

// Rules is what rules of this installation refer to.
type Rules struct {
	Placeholders map[string][]string `yaml:"placeholders" doc:"Values that %name% stands for in rules with the modifier expand, as in admins: [anna, bert]"`
}

// Placeholder gives the values of one; false where it is not defined.
func (r *Rules) Placeholder(name string) ([]string, bool) {
	values, ok := r.Placeholders[name]
	return values, ok
}

// Alerts is how matches of rules become alerts. Rules may have a window and limits of their own.
type Alerts struct {
	Window    Duration `yaml:"window" default:"24h" doc:"Further matches of one cause join its alert for this long after the last"`
	Lateness  Duration `yaml:"lateness" default:"6h" doc:"A record that comes this much later than others is still counted by correlations"`
	Retention Duration `yaml:"retention" default:"400d" doc:"Closed alerts are deleted after this time; off keeps them"`
	Noise     Noise    `yaml:"noise" doc:"When a rule counts as noisy: it opens no new alerts then, and its matches are counted"`
}

// Noise is when a rule matches so much that its alerts would drown others.
type Noise struct {
	Per     Duration `yaml:"per" default:"5m" doc:"Time that matches and alerts are counted in"`
	Matches int      `yaml:"matches" default:"10000" doc:"Matches of a rule in that time"`
	Alerts  int      `yaml:"alerts" default:"100" doc:"New alerts of a rule in that time"`
	PerDay  int      `yaml:"per_day" default:"500" doc:"New alerts of a rule in a day"`
	Calm    Duration `yaml:"calm" default:"30m" doc:"How long a noisy rule opens no new alerts"`
}

// Query limits searches.
type Query struct {
	Timeout       Duration `yaml:"timeout" default:"30s" doc:"A search that takes longer is ended"`
	MaxConcurrent int      `yaml:"max_concurrent" default:"8" doc:"Searches that run at once; others wait"`
}

// Log is what is logged.
type Log struct {
	Format string `yaml:"format" default:"text" enum:"text,json" doc:"Form of a log line"`
	Level  string `yaml:"level" default:"info" enum:"debug,info,warn,error" doc:"Least important lines to log"`
}
