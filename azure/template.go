package azure

import (
	"fmt"
	"strings"
)

// template is what a deployment makes, in no language yet.
type template struct {
	options    DeploymentOptions
	cloud      Cloud
	parameters []parameter
	resources  []*resource
	outputs    []output

	hubs      []*resource
	namespace *resource
	policy    *resource // nil: there are no keys
	group     expr      // name of the consumer group
	storage   *resource
	container *resource
	identity  *resource // that is made; nil: there is one, or keys are used
}

// newTemplate describes the resources that the options ask for.
func newTemplate(o DeploymentOptions) (*template, error) {
	o, cloud, err := o.complete()
	if err != nil {
		return nil, err
	}
	t := &template{options: o, cloud: cloud}
	t.declare()
	t.addNamespace()
	t.addHubs()
	t.addStorage()
	t.addAccess()
	t.addEndpoints()
	t.addDiagnostics()
	t.addOutputs()
	return t, nil
}

// Names of the parameters.
const (
	projectParam   param = "projectName"
	locationParam  param = "location"
	unitsParam     param = "units"
	maxUnitsParam  param = "maximumUnits"
	partsParam     param = "partitionCount"
	daysParam      param = "retentionDays"
	principalParam param = "principalId"
	typeParam      param = "principalType"
	subnetParam    param = "subnetId"
	keyParam       param = "keyIdentityId"
	workspaceParam param = "workspaceId"
)

func (t *template) declare() {
	o := &t.options
	days, partitions, units := 7, 32, maxThroughputUnits
	switch o.Tier {
	case Basic:
		days = 1
	case Premium:
		days, partitions, units = 90, 100, 16
	}
	about := "Throughput units: each takes 1 MB or 1,000 messages a second in and gives 2 MB out"
	if o.Tier == Premium {
		about = "Processing units: 1, 2, 4, 6, 8, 10, 12 or 16"
	}
	add := func(p parameter) { t.parameters = append(t.parameters, p) }
	add(parameter{name: string(projectParam), value: text(o.Project), about: "Prefix of every name: small letters and digits, a letter first", min: 2, max: 22})
	add(parameter{name: string(locationParam), value: text(o.Location), about: "Region"})
	add(parameter{name: string(unitsParam), value: number(o.Units), about: about, min: 1, max: units})
	if o.MaxUnits > 0 {
		add(parameter{name: string(maxUnitsParam), value: number(o.MaxUnits), about: "Throughput units up to which the namespace grows by itself", min: 1, max: maxThroughputUnits})
	}
	add(parameter{name: string(partsParam), value: number(o.Partitions), about: "Partitions of a hub; they cannot be changed later but with Premium, where they can only grow", min: 1, max: partitions})
	add(parameter{name: string(daysParam), value: number(o.RetentionDays), about: "Days that the hub keeps what is not read yet", min: 1, max: days})
	for _, one := range []struct {
		name  param
		value string
		about string
	}{
		{principalParam, o.PrincipalID, "Object ID of what Penstock runs as"},
		{subnetParam, o.Subnet, "Subnet of the private endpoints"},
		{keyParam, o.KeyIdentity, "Identity that may use the customer's key"},
		{workspaceParam, o.Workspace, "Log Analytics workspace for the diagnostics"},
	} {
		if one.value == "" {
			continue
		}
		add(parameter{name: string(one.name), value: text(one.value), about: one.about})
		if one.name == principalParam {
			add(parameter{name: string(typeParam), value: text(o.PrincipalType), about: "What the object ID is of", allowed: []string{"ServicePrincipal", "User", "Group"}})
		}
	}
}

func (t *template) add(r *resource) *resource {
	t.resources = append(t.resources, r)
	return r
}

// named is a name with the project before it.
func named(suffix string) expr { return join{project{}, text(suffix)} }

func (t *template) addNamespace() {
	o := &t.options
	properties := object{{"minimumTlsVersion", text("1.2")}, {"disableLocalAuth", flag(o.Entra && !o.LocalAuth)}, {"publicNetworkAccess", access(o)}}
	if o.Tier == Standard {
		properties = append(properties, field{"isAutoInflateEnabled", flag(o.MaxUnits > 0)})
		if o.MaxUnits > 0 {
			properties = append(properties, field{"maximumThroughputUnits", maxUnitsParam})
		}
	}
	body := object{{"sku", object{{"name", text(o.Tier)}, {"tier", text(o.Tier)}, {"capacity", unitsParam}}}}
	if o.KeyURI != "" {
		body = append(body, field{"identity", withIdentity()})
		properties = append(properties, field{"encryption", object{
			{"keySource", text("Microsoft.KeyVault")},
			{"keyVaultProperties", list{o.keyOfNamespace()}},
		}})
	}
	t.namespace = t.add(&resource{
		symbol: "event_hubs", kind: namespaceKind, name: named("ehns"), where: locationParam, body: append(body, field{"properties", properties}),
		about: "The namespace, for Defender's stream alone: its units are shared by all hubs in it.",
	})
	if !o.limited() {
		return
	}
	rules := list{}
	for _, a := range o.Addresses {
		rules = append(rules, object{{"ipMask", text(a)}, {"action", text("Allow")}})
	}
	t.add(&resource{
		symbol: "network", kind: networkKind, name: text("default"), parent: t.namespace,
		body: object{{"properties", object{
			{"publicNetworkAccess", access(o)}, {"defaultAction", text("Deny")}, {"trustedServiceAccessEnabled", flag(true)}, {"ipRules", rules},
		}}},
		about: "Who reaches the namespace. Trusted Microsoft services do, so that Defender can write.",
	})
}

func access(o *DeploymentOptions) expr {
	if o.closed() {
		return text("Disabled")
	}
	return text("Enabled")
}

// withIdentity is how a resource is given the identity that may use the customer's key.
func withIdentity() object {
	return object{{"type", text("UserAssigned")}, {"userAssignedIdentities", identities{}}}
}

func (o *DeploymentOptions) keyOfNamespace() object {
	vault, name, version := o.key()
	k := object{{"keyName", text(name)}, {"keyVaultUri", text(vault)}}
	if version != "" {
		k = append(k, field{"keyVersion", text(version)})
	}
	return append(k, field{"identity", object{{"userAssignedIdentity", keyParam}}})
}

// hubOf is the name of the hub into which Defender writes a table when it is told no name.
func hubOf(table string) string { return "insights-logs-advancedhunting-" + strings.ToLower(table) }

func (t *template) addHubs() {
	o := &t.options
	t.group = text("$Default")
	if o.Tier != Basic {
		t.group = named("cp")
	}
	if len(o.Tables) == 0 {
		t.addHub("", named("eh"), "The hub that Defender writes all tables to.")
	}
	for _, table := range o.Tables {
		t.addHub("_"+strings.ToLower(table), text(hubOf(table)), "The hub of "+table+", by the name that Defender gives it when it is told none.")
	}
	if o.Entra {
		return
	}
	listen := object{{"properties", object{{"rights", list{text("Listen")}}}}}
	about := "What Penstock signs in with: it may listen, and nothing else."
	if len(o.Tables) == 0 {
		t.policy = t.add(&resource{symbol: "policy", kind: hubPolicyKind, name: named("ap"), parent: t.hubs[0], body: listen, about: about})
	} else {
		t.policy = t.add(&resource{symbol: "policy", kind: policyKind, name: named("ap"), parent: t.namespace, body: listen, about: about})
	}
}

func (t *template) addHub(suffix string, name expr, about string) {
	hub := t.add(&resource{
		symbol: "hub" + suffix, kind: hubKind, name: name, parent: t.namespace, about: about,
		body: object{{"properties", object{
			{"partitionCount", partsParam},
			{"retentionDescription", object{{"cleanupPolicy", text("Delete")}, {"retentionTimeInHours", hours{daysParam}}}},
		}}},
	})
	t.hubs = append(t.hubs, hub)
	if t.options.Tier != Basic {
		t.add(&resource{
			symbol: "group" + suffix, kind: groupKind, name: t.group, parent: hub,
			body:  object{{"properties", object{{"userMetadata", text("Read by Penstock alone")}}}},
			about: "A consumer group for Penstock alone: a second reader of the same one would take the partitions away.",
		})
	}
}

func (t *template) addStorage() {
	o := &t.options
	properties := object{
		{"minimumTlsVersion", text("TLS1_2")}, {"supportsHttpsTrafficOnly", flag(true)}, {"allowBlobPublicAccess", flag(false)},
		{"allowSharedKeyAccess", flag(!o.Entra)}, {"isHnsEnabled", flag(false)}, {"publicNetworkAccess", access(o)},
	}
	if o.limited() {
		rules := list{}
		for _, a := range o.Addresses {
			rules = append(rules, object{{"value", text(a)}, {"action", text("Allow")}})
		}
		properties = append(properties, field{"networkAcls", object{{"bypass", text("None")}, {"defaultAction", text("Deny")}, {"ipRules", rules}}})
	}
	body := object{{"sku", object{{"name", text("Standard_" + o.Redundancy)}}}, {"kind", text("StorageV2")}}
	if o.KeyURI != "" {
		vault, name, version := o.key()
		key := object{{"keyname", text(name)}, {"keyvaulturi", text(vault)}}
		if version != "" {
			key = append(key, field{"keyversion", text(version)})
		}
		body = append(body, field{"identity", withIdentity()})
		properties = append(properties, field{"encryption", object{
			{"keySource", text("Microsoft.Keyvault")}, {"keyvaultproperties", key}, {"identity", object{{"userAssignedIdentity", keyParam}}},
			{"services", object{{"blob", object{{"enabled", flag(true)}}}}},
		}})
	}
	t.storage = t.add(&resource{
		symbol: "storage", kind: storageKind, name: named("sa"), where: locationParam, body: append(body, field{"properties", properties}),
		about: "Where several Penstock processes write down up to where they have read.",
	})
	blobs := t.add(&resource{
		symbol: "blobs", kind: blobsKind, name: text("default"), parent: t.storage, body: object{{"properties", object{
			{"isVersioningEnabled", flag(false)}, {"deleteRetentionPolicy", object{{"enabled", flag(false)}}},
		}}},
		about: "Positions are written every few seconds: without versions and soft delete they do not pile up.",
	})
	t.container = t.add(&resource{
		symbol: "container", kind: containerKind, name: named("eh"), parent: blobs, body: object{{"properties", object{{"publicAccess", text("None")}}}},
		about: "The container, named as the hub.",
	})
}

func (t *template) addAccess() {
	o := &t.options
	if !o.Entra {
		return
	}
	var principal, seed, kind expr = principalParam, principalParam, typeParam
	if o.PrincipalID == "" {
		t.identity = t.add(&resource{symbol: "identity", kind: identityKind, name: named("id"), where: locationParam, about: "What Penstock signs in as: assign it to the machine, or the pod, that Penstock runs on."})
		principal, seed, kind = principalOf{t.identity}, idOf{t.identity}, text("ServicePrincipal")
	}
	assign := func(symbol string, scope *resource, r role, about string) {
		t.add(&resource{
			symbol: symbol, kind: assignmentKind, name: unique{idOf{scope}, seed, text(r.id)}, scope: scope, about: about,
			body: object{{"properties", object{{"roleDefinitionId", roleID(r)}, {"principalId", principal}, {"principalType", kind}}}},
		})
	}
	for _, hub := range t.hubs {
		assign("receiver"+strings.TrimPrefix(hub.symbol, "hub"), hub, dataReceiver, "Penstock may read this hub, and nothing else of the namespace.")
	}
	assign("contributor", t.container, blobContributor, "Penstock may write positions into this container, and nothing else of the account.")
}

func (t *template) addEndpoints() {
	if t.options.Subnet == "" {
		return
	}
	t.addEndpoint("hub_endpoint", "ehpe", t.namespace, "namespace", "privatelink."+t.cloud.EventHubs, "hub_zone", "A private address of the namespace in the subnet.")
	t.addEndpoint("storage_endpoint", "sape", t.storage, "blob", "privatelink.blob."+t.cloud.Storage, "storage_zone", "A private address of the storage in the subnet.")
}

func (t *template) addEndpoint(symbol, suffix string, to *resource, part, zone, zoneSymbol, about string) {
	endpoint := t.add(&resource{
		symbol: symbol, kind: endpointKind, name: named(suffix), where: locationParam, about: about,
		body: object{{"properties", object{
			{"subnet", object{{"id", subnetParam}}},
			{"privateLinkServiceConnections", list{object{
				{"name", text(part)}, {"properties", object{{"privateLinkServiceId", idOf{to}}, {"groupIds", list{text(part)}}}},
			}}},
		}}},
	})
	if !t.options.PrivateDNS {
		return
	}
	z := t.add(&resource{symbol: zoneSymbol, kind: zoneKind, name: text(zone), where: text("global"), about: "In which the private address is found by the usual name."})
	t.add(&resource{
		symbol: zoneSymbol + "_link", kind: zoneLinkKind, name: named("link"), parent: z, where: text("global"), about: "Lets the network ask the zone.",
		body: object{{"properties", object{{"registrationEnabled", flag(false)}, {"virtualNetwork", object{{"id", network{}}}}}}},
	})
	t.add(&resource{
		symbol: zoneSymbol + "_group", kind: zoneGroupKind, name: text("default"), parent: endpoint, about: "Writes the private address into the zone.",
		body: object{{"properties", object{{"privateDnsZoneConfigs", list{object{
			{"name", text(part)}, {"properties", object{{"privateDnsZoneId", idOf{z}}}},
		}}}}}},
	})
}

func (t *template) addDiagnostics() {
	if t.options.Workspace == "" {
		return
	}
	t.add(&resource{
		symbol: "diagnostics", kind: diagnosticKind, name: named("ds"), scope: t.namespace, about: "Throttling, growth and refused connections of the namespace, as logs and metrics.",
		body: object{{"properties", object{
			{"workspaceId", workspaceParam},
			{"logs", list{object{{"categoryGroup", text("allLogs")}, {"enabled", flag(true)}}}},
			{"metrics", list{object{{"category", text("AllMetrics")}, {"enabled", flag(true)}}}},
		}}},
	})
}

// addOutputs tells the settings of an intake, by the API's names of them, and what Defender asks for.
func (t *template) addOutputs() {
	o := &t.options
	var settings object
	add := func(name string, value expr, about string, secret bool) {
		if secret && o.HideSecrets {
			return
		}
		t.outputs = append(t.outputs, output{name, value, about, secret})
		settings = append(settings, field{name, value})
	}
	if len(o.Tables) == 0 {
		add("hubName", nameOf{t.hubs[0]}, "Event Hub name", false)
	} else {
		hubs, chosen := make([]string, len(o.Tables)), make(list, len(o.Tables))
		for i, table := range o.Tables {
			hubs[i], chosen[i] = hubOf(table), text(table)
		}
		add("hubName", text(strings.Join(hubs, ", ")), "Event Hub names, with commas between", false)
		settings = append(settings, field{"chosenTables", chosen})
	}
	if o.Entra {
		settings = append(settings, field{"authentication", text("entra")})
		add("namespace", hostOf{t.namespace}, "Namespace", false)
	} else {
		add("hubConnectionString", hubString{t.policy}, "Event Hub connection string", true)
	}
	add("consumerGroup", t.group, "Consumer group", false)
	add("storageContainer", nameOf{t.container}, "Storage container name", false)
	if o.Entra {
		add("storageAccount", blobOf{t.storage}, "Storage account", false)
		if t.identity != nil {
			settings = append(settings, field{"credential", text("managed_identity")})
			add("clientId", clientOf{t.identity}, "Client ID of the identity", false)
		}
	} else {
		add("storageConnectionString", storageString{t.storage}, "Storage account connection string", true)
	}
	secret := !o.Entra && !o.HideSecrets
	t.outputs = append(t.outputs,
		output{"intake", settings, "All of these, to be pasted into the form of a new intake", secret},
		output{"namespaceId", idOf{t.namespace}, "Resource ID of the namespace, for Defender's streaming settings", false},
	)
}

// Notes are what is to be known of what the options make; the first ones weigh most.
func (t *template) notes() []string {
	o := &t.options
	notes := []string{}
	add := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if t.cloud.Portal == "" {
		add("Defender XDR does not stream from %s: this deployment is of use for other senders alone.", t.cloud.Name)
	}
	if o.Tier == Basic {
		add("Basic is discouraged: messages expire after one day, so a longer outage loses events; there is only the consumer group $Default, which every other reader shares; a message has 256 KB at most; and there are no Kafka endpoint, growth, network rules or private endpoints.")
	}
	if o.Entra && !o.LocalAuth {
		add("The namespace takes no keys. Microsoft does not say with what Defender's export signs in: when nothing has arrived an hour after it was set up, allow keys again (localAuth, --local-auth); Penstock needs none in any case.")
	}
	if o.limited() {
		add("Microsoft does not say whether Defender's export counts as a trusted service, which the network rules let through: when nothing has arrived an hour after it was set up, open the namespace to all networks to find out whether the rules keep it out.")
	}
	if o.Subnet != "" && !o.PrivateDNS {
		add("The endpoints are found by their usual names only where the private DNS zones privatelink.%s and privatelink.blob.%s know them: link them, or let them be made (privateDns, --private-dns).", t.cloud.EventHubs, t.cloud.Storage)
	}
	if o.KeyURI != "" {
		add("The key's vault needs soft delete and purge protection, and the identity the role Key Vault Crypto Service Encryption User there, before this is deployed. Losing the key loses what the hub holds.")
	}
	if len(o.Tables) > 0 {
		add("In Defender's streaming settings leave the name of the hub empty: then each table goes to the hub of its own name. One intake reads all of these hubs.")
	}
	if o.Partitions > 4 && len(o.Tables) > 1 {
		add("%d hubs with %d partitions each share the units of the namespace: more partitions than units give no more throughput.", len(o.Tables), o.Partitions)
	}
	if !o.Entra && !o.HideSecrets {
		add("The outputs hold keys, and whoever may read deployments of the resource group can read them in its history. With entra there are none; with hideSecrets (--hide-secrets) they are fetched by the command that is printed.")
	}
	return notes
}
