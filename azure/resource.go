package azure

import (
	"slices"
	"strings"
)

// kind is a type of resources, with the version of the API in which its properties are written.
type kind struct{ name, version string }

var (
	namespaceKind  = kind{"Microsoft.EventHub/namespaces", "2024-01-01"}
	networkKind    = kind{"Microsoft.EventHub/namespaces/networkRuleSets", "2024-01-01"}
	hubKind        = kind{"Microsoft.EventHub/namespaces/eventhubs", "2024-01-01"}
	groupKind      = kind{"Microsoft.EventHub/namespaces/eventhubs/consumergroups", "2024-01-01"}
	hubPolicyKind  = kind{"Microsoft.EventHub/namespaces/eventhubs/authorizationRules", "2024-01-01"}
	policyKind     = kind{"Microsoft.EventHub/namespaces/authorizationRules", "2024-01-01"}
	storageKind    = kind{"Microsoft.Storage/storageAccounts", "2024-01-01"}
	blobsKind      = kind{"Microsoft.Storage/storageAccounts/blobServices", "2024-01-01"}
	containerKind  = kind{"Microsoft.Storage/storageAccounts/blobServices/containers", "2024-01-01"}
	identityKind   = kind{"Microsoft.ManagedIdentity/userAssignedIdentities", "2023-01-31"}
	assignmentKind = kind{"Microsoft.Authorization/roleAssignments", "2022-04-01"}
	diagnosticKind = kind{"Microsoft.Insights/diagnosticSettings", "2021-05-01-preview"}
	endpointKind   = kind{"Microsoft.Network/privateEndpoints", "2024-05-01"}
	zoneGroupKind  = kind{"Microsoft.Network/privateEndpoints/privateDnsZoneGroups", "2024-05-01"}
	zoneKind       = kind{"Microsoft.Network/privateDnsZones", "2020-06-01"}
	zoneLinkKind   = kind{"Microsoft.Network/privateDnsZones/virtualNetworkLinks", "2020-06-01"}
	nestedKind     = kind{"Microsoft.Resources/deployments", "2022-09-01"}
)

// role is a built-in role, the same in every tenant.
type role struct{ id, name string }

var (
	dataReceiver    = role{"a638d3c7-ab3a-418d-83e6-5f17a39d4fde", "Azure Event Hubs Data Receiver"}
	blobContributor = role{"ba92f5b4-2d11-453d-a403-e96b0029c9fe", "Storage Blob Data Contributor"}
	keyUser         = role{"e147488a-f6f5-4113-8e2d-b22465e65bf6", "Key Vault Crypto Service Encryption User"}
)

// resource is one thing that a deployment makes, as Azure Resource Manager describes it. The other languages are made
// from the same description.
type resource struct {
	symbol string // by which the languages refer to it
	kind   kind
	name   expr      // its own, without that of its parent
	parent *resource // what it is a part of; nil: of the resource group
	scope  *resource // what it says something about; nil: it is no extension
	after  *resource // what must be there first although nothing here names it; nil: nothing
	about  string    // why it is there
	where  expr      // the region; nil: it has none of its own
	body   object    // the rest, as the API takes it: sku, identity, properties …
}

// at is a value of the body by its path, as properties.partitionCount; nil: there is none.
func (r *resource) at(path string) expr {
	var e expr = r.body
	for name := range strings.SplitSeq(path, ".") {
		o, ok := e.(object)
		if !ok {
			return nil
		}
		e = o.get(name)
	}
	return e
}

// names are those of the parents and its own, from the outside in.
func (r *resource) names() []expr {
	if r.parent == nil {
		return []expr{r.name}
	}
	return append(r.parent.names(), r.name)
}

// needs are the resources that must be there before it, beside its parent.
func (r *resource) needs() []*resource {
	var found []*resource
	add := func(other *resource) {
		if other != nil && other != r.parent && !slices.Contains(found, other) {
			found = append(found, other)
		}
	}
	add(r.scope)
	add(r.after)
	var look func(e expr)
	look = func(e expr) {
		add(referred(e))
		for _, part := range parts(e) {
			look(part)
		}
	}
	look(r.body)
	return found
}

// last is the last segment of the type's name, as eventhubs.
func (k kind) last() string { return k.name[strings.LastIndexByte(k.name, '/')+1:] }

// parameter is what may be said anew at each deployment.
type parameter struct {
	name     string
	value    expr // text or number
	about    string
	min, max int // of a number, or of the length of a text; 0: no bound
	allowed  []string
}

// output is what a deployment tells when it is done.
type output struct {
	name   string
	value  expr
	about  string
	secret bool
}
