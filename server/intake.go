package server

import (
	"context"
	"time"
)

// Intakes are the intakes of this process: those of the configuration, and those that are made through the API. Its methods
// return ErrNotFound for a name that is none, a *FormError for settings that are wrong, and a *ConflictError where the
// intake is one that cannot be changed here.
type Intakes interface {
	// Intakes are those that whoever asks may see, those of the configuration first; what he may not see, is not there for him.
	Intakes(ctx context.Context) ([]Intake, error)
	Intake(ctx context.Context, name string) (*Intake, error)
	// Create keeps an intake and starts it, unless the settings say that it is paused.
	Create(ctx context.Context, in *NewIntake) (*Intake, error)
	// Change keeps what the settings say, and starts this intake anew. What they leave out stays, secrets that are empty too.
	Change(ctx context.Context, name string, s *IntakeSettings) (*Intake, error)
	// Delete ends an intake and forgets its settings and secrets.
	Delete(ctx context.Context, name string) error
	// Pause ends reading once what was read is durable and acknowledged; it returns then.
	Pause(ctx context.Context, name string) (*Intake, error)
	Resume(ctx context.Context, name string) (*Intake, error)
	// Rotate gives an intake that programs send to a new key, which is in the answer alone. The key before is taken for the
	// overlap as well.
	Rotate(ctx context.Context, name string, overlap time.Duration) (*Intake, error)
	// EndOldKeys ends the keys that were replaced and are still taken.
	EndOldKeys(ctx context.Context, name string) (*Intake, error)
	// Test makes ready to walk the way to the hub with the settings given. What they leave out is that of the intake of the
	// name, if there is one. The walk calls tell with each step, twice: when it begins and when it is over; it obeys its context.
	Test(ctx context.Context, t *IntakeTest) (walk func(ctx context.Context, tell func(TestStep)) error, err error)
	// Formats are those that intakes may have.
	Formats(ctx context.Context) (FormatList, error)
}

// Intake is one source of events and how its reading goes.
type Intake struct {
	Name         string       `json:"name" doc:"By which events, metrics and the ledger refer to it; it never changes"`
	Origin       string       `json:"origin" enum:"configuration,api" doc:"Where it was made: in penstock.yaml, or through the API"`
	Locked       string       `json:"locked,omitempty" doc:"Why it cannot be changed, paused or deleted here; absent where it can"`
	Format       string       `json:"format" doc:"Of /formats" example:"defender"`
	Source       string       `json:"source" doc:"Kind of source" example:"eventhub"`
	State        string       `json:"state" enum:"starting,running,waiting,failing,stopped,paused" doc:"waiting: it holds back because the journal is full; paused: somebody has paused it"`
	Problem      string       `json:"problem,omitempty" doc:"What is wrong and what to do about it"`
	Warnings     List[string] `json:"warnings" doc:"What an operator should know besides"`
	NeverArrived List[string] `json:"neverArrived" doc:"Tables of which this intake has never brought a record, of those that are chosen (chosenTables) or else of the format; /formats says what to tick in the Defender portal"`

	IntakeSettings
	IntakeKey  string       `json:"intakeKey,omitempty" doc:"The key for senders, in the answer that made it alone: it is kept as a hash" example:"psi_…"`
	Push       *IntakePush  `json:"push,omitempty" doc:"Of an intake that programs send to"`
	SecretsSet List[string] `json:"secretsSet" doc:"Names of the settings that are secret and set; their values are never shown" example:"[\"hubConnectionString\"]"`
	IfDeleted  string       `json:"ifDeleted,omitempty" doc:"What becomes of its events when it is deleted"`
	Created    *time.Time   `json:"created,omitempty"`
	Changed    *time.Time   `json:"changed,omitempty"`

	Since           *time.Time        `json:"since,omitempty" doc:"When the state was entered"`
	LastMessage     *time.Time        `json:"lastMessage,omitempty" doc:"When the last message was read, as far as this process knows"`
	EventsPerSecond float64           `json:"eventsPerSecond" doc:"Over the last minute. Over time: /events/histogram with the query penstock.intake: NAME, split by penstock.table"`
	Counts          Counts            `json:"counts" doc:"Since it was last started"`
	Partitions      List[Partition]   `json:"partitions"`
	Tables          List[IntakeTable] `json:"tables" doc:"That it has brought, ever; the numbers are those since it was last started"`
	Unfit           List[UnfitValues] `json:"unfit" doc:"Values that could not be what their field holds and are in the record only, since it was last started; the most frequent first, 500 at most"`
}

// IntakeSettings are what somebody says about an intake. What is left out stays as it was, or is the default.
type IntakeSettings struct {
	Entity *string  `json:"entity,omitempty" maxLength:"128" doc:"Whose events they are: a site, a customer, a tenant" example:"Headquarters"`
	Tags   []string `json:"tags,omitempty" maxItems:"32" doc:"To find it by" example:"[\"production\"]"`
	Rate   *int     `json:"rate,omitempty" minimum:"1" maximum:"10000000" doc:"Of an intake that programs send to: events a second that are taken, twice as many at once. By default 50000"`
	Paused *bool    `json:"paused,omitempty" doc:"It reads nothing"`

	Categories   []string `json:"categories,omitempty" maxItems:"256" doc:"Tables or categories to take, * stands for anything; all when empty" example:"[\"Device*\"]"`
	ChosenTables []string `json:"chosenTables,omitempty" maxItems:"256" doc:"Tables that are ticked in Defender's streaming settings, so that one that never comes is told of; every table of the format when empty" example:"[\"DeviceProcessEvents\"]"`
	SilenceAfter *string  `json:"silenceAfter,omitempty" maxLength:"16" doc:"Nothing arriving for this long is an incident, as 30m, 1h, 2d; off: never. By default 1h" example:"1h"`

	HubName             *string `json:"hubName,omitempty" maxLength:"32768" doc:"Name of the Event Hub; of the source kafka, of the topic. Several of the same namespace, or brokers, with commas between, as where each table has a hub of its own; insights-logs-advancedhunting-* stands for the hubs that Defender makes for tables, those that come later too. It may be left out where the connection string names it (EntityPath)" example:"defender"`
	HubConnectionString *string `json:"hubConnectionString,omitempty" writeOnly:"true" doc:"Of the hub or its namespace, with the right to listen. Secret; empty: as it was"`
	ConsumerGroup       *string `json:"consumerGroup,omitempty" doc:"For Penstock alone; when empty $Default, of the source kafka penstock" example:"penstock"`

	StorageContainer        *string `json:"storageContainer,omitempty" doc:"Container for checkpoints, which several processes need to share the partitions. Empty: there is no storage, and what is said of it is forgotten. Of the source blob: the one container to read; empty: those of all tables" example:"penstock"`
	StorageConnectionString *string `json:"storageConnectionString,omitempty" writeOnly:"true" doc:"Of the storage account. Secret; empty: as it was"`
	StorageSAS              *string `json:"storageSas,omitempty" writeOnly:"true" doc:"Of the source blob: shared access signature of the storage account, the token or the whole address. Secret; empty: as it was"`

	Authentication *string `json:"authentication,omitempty" enum:"connection_string,sas,entra,password,certificate,none" doc:"How to sign in: by the connection strings, by a shared access signature (of the source blob alone), by a password, with a certificate shown to the brokers or not at all (of the source kafka alone), or with Microsoft Entra ID. By default by connection strings"`
	Namespace      *string `json:"namespace,omitempty" doc:"With Entra ID: the namespace of the hub" example:"contoso.servicebus.windows.net"`
	StorageAccount *string `json:"storageAccount,omitempty" doc:"With Entra ID: name of the storage account, or its blob endpoint" example:"contosopenstock"`
	Credential     *string `json:"credential,omitempty" enum:"default,client_secret,certificate,managed_identity,workload_identity" doc:"With Entra ID: what this machine signs in with; default tries environment, workload identity, managed identity and the Azure CLI in turn"`
	TenantID       *string `json:"tenantId,omitempty" maxLength:"128" doc:"With Entra ID: directory (tenant) ID of the application"`
	ClientID       *string `json:"clientId,omitempty" maxLength:"128" doc:"With Entra ID: application (client) ID, or that of a user-assigned managed identity"`
	ClientSecret   *string `json:"clientSecret,omitempty" writeOnly:"true" doc:"With Entra ID: secret of the application. Secret; empty: as it was"`
	Certificate    *string `json:"certificate,omitempty" writeOnly:"true" doc:"With Entra ID: certificate of the application; with a certificate for brokers that. With its private key, in PEM, the key not encrypted. Secret; empty: as it was"`

	Brokers       *string `json:"brokers,omitempty" maxLength:"4096" doc:"Of the source kafka: host:port, several with commas between; by a connection string it need not be said" example:"kafka.example.com:9093"`
	SASLMechanism *string `json:"saslMechanism,omitempty" enum:"plain,scram-sha-256,scram-sha-512" doc:"Of the source kafka, with a password. By default scram-sha-512"`
	Username      *string `json:"username,omitempty" maxLength:"256" doc:"Of the source kafka, with a password"`
	SASLPassword  *string `json:"saslPassword,omitempty" writeOnly:"true" doc:"Of the source kafka. Secret; empty: as it was"`
	BrokerTLS     *bool   `json:"brokerTls,omitempty" doc:"Of the source kafka: connections are encrypted. By default they are"`
	BrokerCA      *string `json:"brokerCa,omitempty" maxLength:"32768" doc:"Of the source kafka: certificates in PEM that brokers are trusted by; those of the system when empty"`

	Transport *string `json:"transport,omitempty" enum:"amqp,websockets" doc:"amqp needs port 5671; websockets needs 443 and may go through a proxy. By default amqp"`
	Proxy     *string `json:"proxy,omitempty" writeOnly:"true" doc:"HTTP proxy for websockets, as http://user:password@proxy:3128. Secret; empty: as it was"`
	Start     *string `json:"start,omitempty" maxLength:"64" doc:"Where to begin without a checkpoint: earliest, latest or a time. By default earliest" example:"earliest"`
	OnGap     *string `json:"onGap,omitempty" enum:"earliest,latest,stop" doc:"Where to go on when the wanted messages have expired or the hub was made anew. By default earliest"`
}

// NewIntake is an intake that is to be made.
type NewIntake struct {
	Name   string `json:"name" doc:"Letters, digits, - and _, 63 at most; it cannot be changed later, for events, metrics and the ledger refer to the intake by it" example:"defender"`
	Format string `json:"format" doc:"Of /formats" example:"defender"`
	Source string `json:"source,omitempty" enum:"eventhub,blob,kafka,http" doc:"How events arrive: from an Event Hub, from blobs of a storage account, from a topic of Kafka, or programs send them by HTTP with an intake key, which is in the answer alone. By default eventhub; it cannot be changed later"`
	IntakeSettings
}

// IntakePush is how programs send to an intake, and what they have sent.
type IntakePush struct {
	Address  string             `json:"address" doc:"Under which programs reach this Penstock; /plain and the other ways in are below" example:"https://penstock.example.com"`
	Keys     List[IntakeKey]    `json:"keys" doc:"That are taken: the one in force first, then those that were replaced"`
	Requests int64              `json:"requests" doc:"Whose key was right, since Penstock started"`
	Events   int64              `json:"events" doc:"That were taken, since Penstock started"`
	Refused  List[PushRefusals] `json:"refused" doc:"Since Penstock started, by reason"`
	Unknown  *PushRefusals      `json:"unknown,omitempty" doc:"Requests with a key that opens no intake, whichever was meant; absent: there was none since Penstock started"`
}

// IntakeKey is a key that is taken. The key itself is not known.
type IntakeKey struct {
	Created *time.Time `json:"created,omitempty" doc:"Absent: it is in penstock.yaml"`
	Ends    *time.Time `json:"ends,omitempty" doc:"It was replaced, and opens nothing from then on; absent: it is the key in force"`
	Used    *time.Time `json:"used,omitempty" doc:"Last, to the minute; absent: never"`
}

// PushRefusals is how often something was refused for a reason.
type PushRefusals struct {
	Reason string     `json:"reason" enum:"unknown_key,ended_key,paused,rate,busy,too_large,malformed,reused"`
	Count  int64      `json:"count"`
	Last   *time.Time `json:"last,omitempty"`
	From   string     `json:"from,omitempty" doc:"Address that the last one came from"`
}

// IntakeTest is what a connection is tested with.
type IntakeTest struct {
	Name   string `json:"name,omitempty" doc:"Of the intake whose settings count where nothing else is given; empty: there is none yet"`
	Source string `json:"source,omitempty" enum:"eventhub,blob,kafka,http" doc:"How events are to arrive, of an intake that there is not yet"`
	IntakeSettings
}

// TestStep is one step of the test of a connection.
type TestStep struct {
	Name    string  `json:"name" doc:"What is looked at" example:"hub defender"`
	State   string  `json:"state" enum:"running,passed,failed,skipped"`
	Found   string  `json:"found,omitempty" doc:"What there is, or why the step was skipped"`
	Problem string  `json:"problem,omitempty" doc:"What is wrong"`
	Hint    string  `json:"hint,omitempty" doc:"How to mend it"`
	Field   string  `json:"field,omitempty" doc:"The setting that is probably to blame" example:"hubConnectionString"`
	Seconds float64 `json:"seconds" doc:"How long it took"`
}

// TestEnd is the last message of a test.
type TestEnd struct {
	Passed bool   `json:"passed"`
	Reason string `json:"reason,omitempty" doc:"Why the test ended before its last step"`
}

// Format is a kind of events that intakes bring.
type Format struct {
	ID          string            `json:"id" example:"defender"`
	UUID        string            `json:"uuid,omitempty" doc:"By which catalogues of formats elsewhere know it" example:"05e6f36d-cee0-4f06-b575-9e43af779f9f"`
	Name        string            `json:"name" example:"Microsoft Defender XDR"`
	Vendor      string            `json:"vendor,omitempty" example:"Microsoft"`
	Product     string            `json:"product,omitempty" example:"Defender XDR"`
	Version     string            `json:"version" example:"1.0"`
	Description string            `json:"description"`
	Builtin     bool              `json:"builtin" doc:"It comes with the program; others are of the folder of formats"`
	Sources     List[string]      `json:"sources" doc:"How its records may arrive: eventhub, http, file"`
	Samples     int               `json:"samples" doc:"Records that show what becomes of them"`
	Tables      List[FormatTable] `json:"tables" doc:"Those with a mapping of their own, by name; others that arrive are kept by the general rule"`
	Setup       List[SetupValue]  `json:"setup" doc:"What the form of a new intake asks for, in order"`
}

// BrokenFormat is a folder of a format that cannot be used.
type BrokenFormat struct {
	ID       string              `json:"id" doc:"Of the format, as far as its folder tells" example:"acme-firewall"`
	Folder   string              `json:"folder" example:"/var/lib/penstock/formats/acme-firewall"`
	Mistakes List[FormatMistake] `json:"mistakes"`
	Hint     string              `json:"hint" doc:"What to do"`
}

// FormatMistake is a mistake in a file of a format.
type FormatMistake struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// FormatTable is a table of a format.
type FormatTable struct {
	Name        string `json:"name" example:"DeviceProcessEvents"`
	Description string `json:"description"`
	Columns     int    `json:"columns" doc:"How many it declares"`
	Group       string `json:"group,omitempty" doc:"Under which the Defender portal has the table" example:"Devices"`
	Tick        string `json:"tick,omitempty" doc:"The box to tick in Defender's streaming settings, so that the table comes"`
	Needs       string `json:"needs,omitempty" doc:"The product without which the table never comes"`
	Without     string `json:"without,omitempty" doc:"What is lost without the table"`
}

// SetupValue is a value that the form of a new intake asks for.
type SetupValue struct {
	Field       string `json:"field" doc:"Of the settings" example:"hubName"`
	Label       string `json:"label" example:"Event Hub name"`
	Explanation string `json:"explanation"`
	Where       string `json:"where" doc:"Where in the Azure portal it is found"`
	Example     string `json:"example,omitempty"`
	Default     string `json:"default,omitempty"`
	Secret      bool   `json:"secret"`
	Optional    bool   `json:"optional"`
}

// UnfitValues is where values do not fit.
type UnfitValues struct {
	Table   string       `json:"table"`
	Field   string       `json:"field" example:"process.pid"`
	Columns List[string] `json:"columns" doc:"That the mapping makes the field of"`
	Values  int64        `json:"values"`
	Last    *time.Time   `json:"last,omitempty"`
}

// Counts is what became of records.
type Counts struct {
	Records     int64 `json:"records" doc:"Sum of the following four"`
	Kept        int64 `json:"kept"`
	Repeated    int64 `json:"repeated" doc:"Dropped, because the same record was there already"`
	Quarantined int64 `json:"quarantined" doc:"Kept whole in the quarantine, because it could not be decoded"`
	Filtered    int64 `json:"filtered" doc:"Left out by configuration"`
	Heartbeats  int64 `json:"heartbeats" doc:"Signs of life, no records"`
}

// Partition is how the reading of one partition goes.
type Partition struct {
	Hub           string     `json:"hub"`
	Partition     string     `json:"partition"`
	State         string     `json:"state" enum:"starting,running,failing,stopped,elsewhere,unowned,contested" doc:"elsewhere: another process reads it; unowned: nobody does; contested: a reader that does not share the checkpoints took it"`
	Owner         string     `json:"owner,omitempty" doc:"Who reads it"`
	Owned         bool       `json:"owned" doc:"Whether this process reads it"`
	LastSequence  *int64     `json:"lastSequence,omitempty" doc:"Sequence number of the last message read"`
	HubFirst      *int64     `json:"hubFirst,omitempty" doc:"Sequence number of the hub's first message"`
	HubLast       *int64     `json:"hubLast,omitempty" doc:"Sequence number of the hub's last message"`
	LagMessages   *int64     `json:"lagMessages,omitempty" doc:"Messages in the hub that are not read yet"`
	LagBytes      *int64     `json:"lagBytes,omitempty" doc:"Bytes that are not read yet, of a source whose messages cannot be counted"`
	LagSeconds    *float64   `json:"lagSeconds,omitempty" doc:"Age of the oldest message that is not read yet"`
	RunwaySeconds *float64   `json:"runwaySeconds,omitempty" doc:"How long until unread messages expire, at this rate; absent while reading keeps up"`
	LastMessage   *time.Time `json:"lastMessage,omitempty"`
	Start         *Start     `json:"start,omitempty" doc:"Where reading began, and why"`
	Error         string     `json:"error,omitempty"`
	ErrorTime     *time.Time `json:"errorTime,omitempty"`
}

// Start says where the reading of a partition began.
type Start struct {
	Checkpoint *int64     `json:"checkpoint,omitempty" doc:"Sequence number up to which all had been read"`
	HubFirst   *int64     `json:"hubFirst,omitempty"`
	HubLast    *int64     `json:"hubLast,omitempty"`
	Begins     string     `json:"begins" example:"sequence 17"`
	Reason     string     `json:"reason"`
	Time       *time.Time `json:"time,omitempty"`
}

// IntakeTable is what came of one table by one intake.
type IntakeTable struct {
	Table           string     `json:"table"`
	Events          int64      `json:"events"`
	EventsPerSecond float64    `json:"eventsPerSecond" doc:"Over the last minute"`
	Unmapped        bool       `json:"unmapped" doc:"There is no mapping for the table: its events are kept by the general rule"`
	First           *time.Time `json:"first,omitempty" doc:"When the first one was read; absent when that was before it was noted"`
	Last            *time.Time `json:"last,omitempty" doc:"When the last one was read; absent when none ever came"`
	Total           int64      `json:"total" doc:"Events over all starts, since they are counted"`
}
