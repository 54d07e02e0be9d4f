package intakes

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/cloud"
	"penstock/config"
	"penstock/pasted"
	"penstock/source/blob"
	"penstock/source/http"
	"penstock/source/kafka"
)

const (
	maxTags       = 32
	maxTag        = 64
	maxCategories = 256
)

var (
	group     = regexp.MustCompile(`^(\$Default|[A-Za-z0-9]([A-Za-z0-9._-]{0,48}[A-Za-z0-9])?)$`)
	tableName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)
)

// complete tidies what was given, finds what is wrong with it, and makes of it what a source reads; formats and clouds are
// those that there are.
func (in *Intake) complete(formats Formats, clouds cloud.List) (*config.Intake, error) {
	in.tidy()
	var wrong Mistakes
	if _, err := formats.Tables(in.Format); err != nil {
		wrong.add("format", "%s /api/v1/formats lists those that can be had.", sentence(err.Error()))
	}
	switch in.Source {
	case http.Kind:
		return in.completePush(wrong, clouds)
	case blob.Kind:
		return in.completeBlob(wrong, clouds)
	case kafka.Kind:
		return in.completeKafka(wrong, clouds)
	}
	in.checkLists(&wrong)
	in.keepSecrets(HubConnectionString, StorageConnectionString, ClientSecret, Certificate, Proxy)
	switch in.Source {
	case EventHub, "":
		in.Source = EventHub
	default:
		wrong.add("source", "Expected eventhub, blob, kafka or http.")
	}
	switch in.Authentication {
	case ConnectionString, "":
		in.Authentication = ConnectionString
		in.checkStrings(&wrong)
	case Entra:
		in.checkEntra(&wrong)
	default:
		wrong.add("authentication", "Expected connection_string or entra.")
	}
	in.checkStorage(&wrong)
	c := in.config(&wrong)
	if err := wrong.err(); err != nil {
		return nil, err
	}
	c, err := in.checked(c, wrong, clouds)
	if c != nil {
		in.Namespace = c.EventHub.Namespace
	}
	return c, err
}

// checked finds what is left: it is rare, and told in the words of the configuration.
func (in *Intake) checked(c *config.Intake, wrong Mistakes, clouds cloud.List) (*config.Intake, error) {
	list, err := config.CheckIntake(c, clouds)
	if err != nil {
		return nil, fmt.Errorf("check the intake %s: %w", in.Name, err)
	}
	for _, e := range list {
		if field := FieldOf(e.Key, in.Authentication); !wrong.has(field) {
			wrong.add(field, "%s", sentence(e.Message))
		}
	}
	return c, wrong.err()
}

// completePush is complete for an intake that programs send to: of a hub it has nothing.
func (in *Intake) completePush(wrong Mistakes, clouds cloud.List) (*config.Intake, error) {
	s := &in.Settings
	in.Settings = Settings{Source: s.Source, Entity: s.Entity, Tags: s.Tags, Categories: s.Categories, Chosen: s.Chosen, SilenceAfter: s.SilenceAfter, Rate: s.Rate}
	clear(in.Secrets)
	in.checkLists(&wrong)
	c := &config.Intake{Name: in.Name, Format: in.Format, Categories: s.Categories, Chosen: s.Chosen, HTTP: &config.HTTP{Rate: s.Rate}}
	in.silence(c, &wrong)
	if err := wrong.err(); err != nil {
		return nil, err
	}
	return in.checked(c, wrong, clouds)
}

func sentence(text string) string {
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}

func (in *Intake) tidy() {
	s := &in.Settings
	for _, text := range []*string{
		&s.Entity, &s.SilenceAfter, &s.HubName, &s.ConsumerGroup, &s.Container, &s.Authentication, &s.Namespace, &s.StorageAccount,
		&s.Credential, &s.TenantID, &s.ClientID, &s.Transport, &s.Start, &s.OnGap, &s.Brokers, &s.Mechanism, &s.Username, &s.BrokerCA,
	} {
		*text = pasted.Tidy(*text)
	}
	for name, value := range in.Secrets {
		if value = config.Secret(pasted.Tidy(value.Reveal())); value == "" {
			delete(in.Secrets, name)
		} else {
			in.Secrets[name] = value
		}
	}
	s.HubName = strings.Join(s.hubNames(), ", ")
	s.ConsumerGroup = pasted.Group(s.ConsumerGroup)
	for _, list := range []*[]string{&s.Tags, &s.Categories, &s.Chosen} {
		for i := range *list {
			(*list)[i] = pasted.Tidy((*list)[i])
		}
		*list = slices.DeleteFunc(*list, func(text string) bool { return text == "" })
	}
}

// checkShared looks at what every intake has.
func (in *Intake) checkShared(wrong *Mistakes) {
	long := func(n int) func(string) bool { return func(text string) bool { return len(text) > n } }
	if len(in.Tags) > maxTags || slices.ContainsFunc(in.Tags, long(maxTag)) {
		wrong.add("tags", "Give at most %d tags of at most %d characters.", maxTags, maxTag)
	}
	if len(in.Categories) > maxCategories || slices.ContainsFunc(in.Categories, long(maxTag)) {
		wrong.add("categories", "Give at most %d categories of at most %d characters.", maxCategories, maxTag)
	}
	if len(in.Chosen) > maxCategories || slices.ContainsFunc(in.Chosen, func(text string) bool { return !tableName.MatchString(text) }) {
		wrong.add("chosenTables", "Give at most %d names of tables, as DeviceProcessEvents.", maxCategories)
	}
}

func (in *Intake) checkLists(wrong *Mistakes) {
	in.checkShared(wrong)
	in.checkHubs(wrong)
	if in.ConsumerGroup != "" && !group.MatchString(in.ConsumerGroup) {
		wrong.add("consumerGroup", "Expected the name of a consumer group (hub, Entities, Consumer groups): letters, digits, periods, hyphens and underscores, at most 50; or $Default.")
	}
}

// checkStrings looks at the connection string of the hub, and takes from it what it says.
func (in *Intake) checkStrings(wrong *Mistakes) {
	text := in.Secrets[HubConnectionString].Reveal()
	if text == "" {
		wrong.add(HubConnectionString, "The connection string of the hub is missing. %s", pasted.WhereHubString)
		return
	}
	if m := pasted.HubString(text, time.Now()); m != "" {
		wrong.add(HubConnectionString, "%s", m)
		return
	}
	p, err := azeventhubs.ParseConnectionString(text)
	if err != nil || wrong.has("hubName") {
		return
	}
	in.Namespace = p.FullyQualifiedNamespace
	switch {
	case p.EntityPath == nil && in.HubName == "":
		wrong.add("hubName", "The connection string is that of the whole namespace (there is no EntityPath in it), so the name of the hub is needed here.")
	case p.EntityPath != nil && in.HubName == "":
		in.HubName = *p.EntityPath
	case p.EntityPath != nil && in.HubName != *p.EntityPath:
		wrong.add("hubName", "The connection string is for the hub %q alone (its EntityPath): give that name, or the connection string of the namespace or of the other hub.", *p.EntityPath)
	}
}

func (in *Intake) checkEntra(wrong *Mistakes) {
	if in.Namespace == "" {
		wrong.add("namespace", "The namespace of the hub is missing, as contoso.servicebus.windows.net.")
	} else if m := pasted.Wrapping(in.Namespace); m != "" || strings.Contains(in.Namespace, "=") {
		wrong.add("namespace", "Expected the name of a namespace, as contoso.servicebus.windows.net.")
	}
	if in.HubName == "" {
		wrong.add("hubName", "The name of the hub is missing (Event Hubs namespace, Entities, Event Hubs).")
	}
	in.checkCertificate(wrong)
}

func (in *Intake) checkCertificate(wrong *Mistakes) {
	if in.Credential == "certificate" {
		pem := in.Secrets[Certificate].Reveal()
		if len(pem) > pasted.Max {
			wrong.add(Certificate, "It is too long.")
		} else if _, _, err := azidentity.ParseCertificates([]byte(pem), nil); err != nil {
			wrong.add(Certificate, "Expected a certificate and its private key, not encrypted, in PEM: the text from the first -----BEGIN to the last -----END.")
		}
	}
}

func (in *Intake) checkStorage(wrong *Mistakes) {
	text := in.Secrets[StorageConnectionString].Reveal()
	entra := in.Authentication == Entra
	switch {
	case in.Container == "" && text == "" && in.StorageAccount == "":
		return
	case in.Container == "":
		wrong.add("storageContainer", "The name of the container is missing (storage account, Data storage, Containers).")
	default:
		if m := pasted.Container(in.Container); m != "" {
			wrong.add("storageContainer", "%s", m)
		}
	}
	switch {
	case entra && in.StorageAccount == "":
		wrong.add("storageAccount", "The name of the storage account is missing; or leave the container empty: a single process needs no storage.")
	case !entra && text == "":
		wrong.add(StorageConnectionString, "The connection string of the storage account is missing; or leave the container empty: a single process needs no storage. %s", pasted.WhereStorageString)
	case !entra:
		if m := pasted.StorageString(text, pasted.Checkpoints, time.Now()); m != "" {
			wrong.add(StorageConnectionString, "%s", m)
		}
	}
}

// config is what a source reads, as far as it can be made of the settings.
func (in *Intake) config(wrong *Mistakes) *config.Intake {
	s := &in.Settings
	e := &config.EventHub{
		ConsumerGroup: s.ConsumerGroup, Transport: s.Transport, Proxy: in.Secrets[Proxy], OnGap: s.OnGap,
	}
	in.hubs(e)
	in.start(&e.Start, wrong)
	c := &config.Intake{Name: in.Name, Format: in.Format, Categories: s.Categories, Chosen: s.Chosen, EventHub: e}
	in.silence(c, wrong)
	if s.Container != "" {
		e.Storage = &config.Storage{Container: s.Container}
	}
	if s.Authentication != Entra {
		e.ConnectionString = in.Secrets[HubConnectionString]
		if e.Storage != nil {
			e.Storage.ConnectionString = in.Secrets[StorageConnectionString]
		}
		return c
	}
	e.Namespace = s.Namespace
	e.Credential = in.identity()
	if e.Storage != nil {
		e.Storage.Account = s.StorageAccount
	}
	return c
}

// identity is what is signed in with to Microsoft Entra ID.
func (in *Intake) identity() config.Identity {
	s := &in.Settings
	return config.Identity{
		Kind: s.Credential, TenantID: s.TenantID, ClientID: s.ClientID, ClientSecret: in.Secrets[ClientSecret], Certificate: in.Secrets[Certificate],
	}
}

func (in *Intake) start(to *config.Start, wrong *Mistakes) {
	if in.Start == "" {
		return
	}
	var err error
	if *to, err = config.ParseStart(in.Start); err != nil {
		wrong.add("start", "%s", sentence(err.Error()))
	}
}

func (in *Intake) silence(c *config.Intake, wrong *Mistakes) {
	if in.SilenceAfter == "" {
		return
	}
	var err error
	if c.SilenceAfter, err = config.ParseDuration(in.SilenceAfter); err != nil {
		wrong.add("silenceAfter", "%s", sentence(err.Error()))
	}
}

// fields are the API's names of the keys of the configuration.
var fields = map[string]string{
	"name": "name", "categories": "categories", "chosen_tables": "chosenTables", "silence_after": "silenceAfter", "http.rate": "rate",
	"eventhub.namespace": "namespace", "eventhub.connection_string": HubConnectionString, "eventhub.hub": "hubName", "eventhub.hubs": "hubName",
	"eventhub.consumer_group": "consumerGroup", "eventhub.transport": "transport", "eventhub.proxy": Proxy, "eventhub.start": "start", "eventhub.on_gap": "onGap",
	"eventhub.credential": "credential", "eventhub.credential.kind": "credential", "eventhub.credential.tenant_id": "tenantId",
	"eventhub.credential.client_id": "clientId", "eventhub.credential.client_secret": ClientSecret, "eventhub.credential.certificate_file": Certificate,
	"eventhub.storage.account": "storageAccount", "eventhub.storage.container": "storageContainer", "eventhub.storage.connection_string": StorageConnectionString,
	"blob.account": "storageAccount", "blob.connection_string": StorageConnectionString, "blob.sas": StorageSAS, "blob.containers": "storageContainer", "blob.start": "start",
	"blob.credential": "credential", "blob.credential.kind": "credential", "blob.credential.tenant_id": "tenantId", "blob.credential.client_id": "clientId",
	"blob.credential.client_secret": ClientSecret, "blob.credential.certificate_file": Certificate,
}

// FieldOf is the setting, by the API's name, that a key of the configuration stands for; empty: none does.
func FieldOf(key, authentication string) string {
	key, _, _ = strings.Cut(key, "[")
	field, ok := fields[key]
	if !ok {
		return kafkaFields[key]
	}
	if authentication != ConnectionString && authentication != "" {
		return field
	}
	switch field { // the connection strings say these
	case "namespace", "credential":
		return HubConnectionString
	case "storageAccount":
		return StorageConnectionString
	}
	return field
}
