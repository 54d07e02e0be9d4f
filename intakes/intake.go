// Package intakes is the list of intakes that there are: those of the configuration, and those that are made through the
// API and lie in the state database. It checks their settings, keeps their secrets encrypted, and runs their rivers: each
// is started, paused, changed and deleted without the others taking notice.
package intakes

import (
	"cmp"
	"slices"
	"time"

	"penstock/config"
	"penstock/intake"
	"penstock/source"
	"penstock/source/blob"
	"penstock/source/http"
)

// Defender is the format of intakes where nothing else is said.
const Defender = "defender"

// Origin is where an intake was made.
type Origin string

// The origins.
const (
	Configuration Origin = "configuration"
	API           Origin = "api"
)

// Settings are what is said about an intake, its secrets apart. Empty means the default.
type Settings struct {
	Source         string   `json:"source,omitempty"` // how events arrive: EventHub, blob.Kind, kafka.Kind or http.Kind; it never changes
	Entity         string   `json:"entity,omitempty"`
	Tags           []string `json:"tags,omitempty"`
	Categories     []string `json:"categories,omitempty"`
	Chosen         []string `json:"chosenTables,omitempty"` // tables that are to arrive; empty: all that are known
	SilenceAfter   string   `json:"silenceAfter,omitempty"` // as config.Duration has it
	HubName        string   `json:"hubName,omitempty"`      // several with commas between
	ConsumerGroup  string   `json:"consumerGroup,omitempty"`
	Container      string   `json:"storageContainer,omitempty"` // of a hub, empty: there is no storage; of blob.Kind, empty: all that are for tables
	Authentication string   `json:"authentication,omitempty"`   // ConnectionString, SAS, Entra, Password or Nothing
	Namespace      string   `json:"namespace,omitempty"`        // that of the connection string where there is one; of other sources, where they read
	StorageAccount string   `json:"storageAccount,omitempty"`
	Credential     string   `json:"credential,omitempty"` // as config.Identity.Kind
	TenantID       string   `json:"tenantId,omitempty"`
	ClientID       string   `json:"clientId,omitempty"`
	Transport      string   `json:"transport,omitempty"`
	Start          string   `json:"start,omitempty"` // as config.Start has it
	OnGap          string   `json:"onGap,omitempty"`
	Brokers        string   `json:"brokers,omitempty"` // of kafka.Kind, whose topics are in HubName: host:port, several with commas between
	Mechanism      string   `json:"saslMechanism,omitempty"`
	Username       string   `json:"username,omitempty"`
	TLSOff         bool     `json:"brokerTlsOff,omitempty"`
	BrokerCA       string   `json:"brokerCa,omitempty"` // certificates in PEM
	Rate           int      `json:"rate,omitempty"`     // of what is sent by HTTP: events a second
}

// EventHub is the source of intakes that read a hub.
const EventHub = "eventhub"

// Ways to sign in.
const (
	ConnectionString = "connection_string"
	Entra            = "entra"
)

// The secrets of an intake, by the names that the API has for them.
const (
	HubConnectionString     = "hubConnectionString"
	StorageConnectionString = "storageConnectionString"
	StorageSAS              = "storageSas"
	SASLPassword            = "saslPassword"
	ClientSecret            = "clientSecret"
	Certificate             = "certificate"
	Proxy                   = "proxy"
)

// Secrets are the names of all of them.
var Secrets = []string{HubConnectionString, StorageConnectionString, StorageSAS, SASLPassword, ClientSecret, Certificate, Proxy}

// Intake is one intake with what is said about it.
type Intake struct {
	Name, Format string
	Origin       Origin
	Settings
	Secrets map[string]config.Secret // those that are set
	Paused  bool
	// Created and Changed are zero for one of the configuration.
	Created, Changed time.Time
}

// clone is a copy that shares nothing with in.
func (in *Intake) clone() *Intake {
	out := *in
	out.Tags, out.Categories, out.Chosen = slices.Clone(in.Tags), slices.Clone(in.Categories), slices.Clone(in.Chosen)
	out.Secrets = make(map[string]config.Secret, len(in.Secrets))
	for name, s := range in.Secrets {
		out.Secrets[name] = s
	}
	return &out
}

// State is an intake and how it is doing.
type State struct {
	Intake
	intake.State
	// Locked is why it cannot be changed here; empty where it can.
	Locked string
	// Arrivals are what it has brought, by table, over all its starts.
	Arrivals map[string]Arrival
	// NeverArrived are the tables that it has never brought, of those that were chosen, or that are known.
	NeverArrived []string
	// Keys are those that open it for senders; none where it reads by itself.
	Keys []Key
	// NewKey is the key that was just made: it is told this once.
	NewKey config.Secret
}

// Paused is the state of an intake that somebody has paused.
const Paused source.State = "paused"

// configured tells an intake of the configuration as those of the API are told.
func configured(in *config.Intake) *Intake {
	out := &Intake{
		Name: in.Name, Format: cmp.Or(in.Format, Defender), Origin: Configuration,
		Settings: Settings{Categories: in.Categories, Chosen: in.Chosen, SilenceAfter: in.SilenceAfter.String()}, Secrets: map[string]config.Secret{},
	}
	s := &out.Settings
	if in.HTTP != nil {
		s.Source, s.Rate = http.Kind, in.HTTP.Rate
	}
	if in.Blob != nil {
		configuredBlob(out, in.Blob)
	}
	if in.Kafka != nil {
		configuredKafka(out, in.Kafka)
	}
	e := in.EventHub
	if e == nil {
		return out
	}
	s.Source = EventHub
	s.HubName, s.ConsumerGroup, s.Namespace, s.Transport, s.OnGap, s.Start = configuredHubs(e), e.ConsumerGroup, e.Namespace, e.Transport, e.OnGap, e.Start.String()
	s.Authentication = ConnectionString
	if e.ConnectionString == "" {
		s.Authentication, s.Credential, s.TenantID, s.ClientID = Entra, e.Credential.Kind, e.Credential.TenantID, e.Credential.ClientID
	}
	secrets := map[string]config.Secret{HubConnectionString: e.ConnectionString, ClientSecret: e.Credential.ClientSecret, Proxy: e.Proxy}
	if e.Storage != nil {
		s.Container, s.StorageAccount = e.Storage.Container, e.Storage.Account
		secrets[StorageConnectionString] = e.Storage.ConnectionString
	}
	out.secrets(secrets)
	return out
}

// secrets takes those that are set.
func (in *Intake) secrets(values map[string]config.Secret) {
	for name, value := range values {
		if value != "" {
			in.Secrets[name] = value
		}
	}
}

func configuredBlob(out *Intake, b *config.Blob) {
	s := &out.Settings
	s.Source, s.Start, s.StorageAccount, s.Namespace = blob.Kind, b.Start.String(), b.Account, hostOf(b.Account)
	if len(b.Containers) == 1 {
		s.Container = b.Containers[0]
	}
	switch {
	case b.ConnectionString != "":
		s.Authentication = ConnectionString
	case b.SAS != "":
		s.Authentication = SAS
	default:
		s.Authentication, s.Credential, s.TenantID, s.ClientID = Entra, b.Credential.Kind, b.Credential.TenantID, b.Credential.ClientID
	}
	out.secrets(map[string]config.Secret{StorageConnectionString: b.ConnectionString, StorageSAS: b.SAS, ClientSecret: b.Credential.ClientSecret})
}
