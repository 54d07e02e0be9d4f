package azure

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/eventhub/armeventhub"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
	"github.com/google/go-cmp/cmp"
)

// Microsoft generates these types from the description of the API, in the very versions that the templates name: what they
// do not know is lost when they read it and write it again. The JSON schema of templates itself is on no registry.
var schemas = map[kind]func() any{
	namespaceKind: func() any { return new(armeventhub.EHNamespace) },
	networkKind:   func() any { return new(armeventhub.NetworkRuleSet) },
	hubKind:       func() any { return new(armeventhub.Eventhub) },
	groupKind:     func() any { return new(armeventhub.ConsumerGroup) },
	hubPolicyKind: func() any { return new(armeventhub.AuthorizationRule) },
	policyKind:    func() any { return new(armeventhub.AuthorizationRule) },
	storageKind:   func() any { return new(armstorage.AccountCreateParameters) },
	blobsKind:     func() any { return new(armstorage.BlobServiceProperties) },
	containerKind: func() any { return new(armstorage.BlobContainer) },
}

// known are the properties, by their paths, that the other types take in the version that the templates name, as far as the
// templates use them. Modules with these types are too large for a test.
var known = map[kind][]string{
	identityKind:   {"location"},
	assignmentKind: {"properties.roleDefinitionId", "properties.principalId", "properties.principalType"},
	diagnosticKind: {"properties.workspaceId", "properties.logs[].categoryGroup", "properties.logs[].enabled", "properties.metrics[].category", "properties.metrics[].enabled"},
	endpointKind: {
		"location", "properties.subnet.id", "properties.privateLinkServiceConnections[].name",
		"properties.privateLinkServiceConnections[].properties.privateLinkServiceId", "properties.privateLinkServiceConnections[].properties.groupIds[]",
	},
	zoneGroupKind: {"properties.privateDnsZoneConfigs[].name", "properties.privateDnsZoneConfigs[].properties.privateDnsZoneId"},
	zoneKind:      {"location"},
	nestedKind: {
		"subscriptionId", "resourceGroup", "properties.mode", "properties.template.$schema", "properties.template.contentVersion", "properties.template.resources[].type",
		"properties.template.resources[].apiVersion", "properties.template.resources[].name", "properties.template.resources[].scope", "properties.template.resources[].properties.roleDefinitionId",
		"properties.template.resources[].properties.principalId", "properties.template.resources[].properties.principalType",
	},
	zoneLinkKind: {"location", "properties.registrationEnabled", "properties.virtualNetwork.id"},
}

type armDocument struct {
	Schema         string                    `json:"$schema"`
	ContentVersion string                    `json:"contentVersion"`
	Metadata       map[string]any            `json:"metadata"`
	Parameters     map[string]map[string]any `json:"parameters"`
	Variables      map[string]any            `json:"variables"`
	Resources      []map[string]any          `json:"resources"`
	Outputs        map[string]map[string]any `json:"outputs"`
}

func TestARMTemplatesHaveNothingThatTheSchemaDoesNotKnow(t *testing.T) {
	for name, o := range variants {
		t.Run(name, func(t *testing.T) {
			w := worldOf(t, o)
			d := json.NewDecoder(strings.NewReader(written(t, ARM, o).Text))
			d.DisallowUnknownFields()
			var doc armDocument
			if err := d.Decode(&doc); err != nil {
				t.Fatal(err)
			}
			if doc.Schema != armSchema || !regexp.MustCompile(`^[0-9]+(\.[0-9]+){3}$`).MatchString(doc.ContentVersion) {
				t.Errorf("schema %s, version %s", doc.Schema, doc.ContentVersion)
			}
			e := &armEval{t: t, w: w, variables: map[string]any{}, parameters: map[string]any{}}
			for name, p := range doc.Parameters {
				only(t, "the parameter "+name, p, "type", "defaultValue", "minValue", "maxValue", "minLength", "maxLength", "allowedValues", "metadata")
				e.parameters[name] = p["defaultValue"]
			}
			for name, v := range doc.Variables {
				e.variables[name] = e.value(v)
			}
			for name, out := range doc.Outputs {
				only(t, "the output "+name, out, "type", "value", "metadata")
			}
			for _, r := range doc.Resources {
				only(t, "the resource", r, "type", "apiVersion", "name", "scope", "comments", "location", "dependsOn", "sku", "kind", "identity", "properties", "subscriptionId", "resourceGroup")
				checkResource(t, e, r)
			}
		})
	}
}

func only(t *testing.T, what string, has map[string]any, names ...string) {
	t.Helper()
	for name := range has {
		if !slices.Contains(names, name) {
			t.Errorf("%s has %s", what, name)
		}
	}
}

func checkResource(t *testing.T, e *armEval, r map[string]any) {
	t.Helper()
	k := kind{r["type"].(string), r["apiVersion"].(string)}
	body := map[string]any{}
	for name, value := range r {
		switch name {
		case "type", "apiVersion", "name", "scope", "comments", "dependsOn":
		default:
			body[name] = e.value(value)
		}
	}
	names := strings.Split(e.value(r["name"]).(string), "/")
	if _, extension := r["scope"]; !extension && len(names) != strings.Count(k.name, "/") {
		t.Errorf("%s has the name %v", k.name, names)
	}
	make, ok := schemas[k]
	if !ok {
		paths, ok := known[k]
		if !ok {
			t.Fatalf("nothing is known of %v", k)
		}
		for path := range pathsOf(body, "") {
			if !slices.Contains(paths, path) {
				t.Errorf("%s: %s is not known in %s", k.name, path, k.version)
			}
		}
		return
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	typed := make()
	if err := json.Unmarshal(text, typed); err != nil {
		t.Fatalf("%s: %v", k.name, err)
	}
	again, err := json.Marshal(typed)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(again, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(pathsOf(body, ""))), slices.Sorted(maps.Keys(pathsOf(back, "")))); diff != "" {
		t.Errorf("%s: the API does not know what is missing here: %s", k.name, diff)
	}
	var wrong []string
	enumerated(k, body, &wrong)
	for _, one := range wrong {
		t.Errorf("%s: %s", k.name, one)
	}
}

// pathsOf are the paths of all values.
func pathsOf(v any, path string) map[string]bool {
	out := map[string]bool{}
	switch v := v.(type) {
	case map[string]any:
		for name, one := range v {
			under := name
			if path != "" {
				under = path + "." + name
			}
			maps.Copy(out, pathsOf(one, under))
		}
		if len(v) == 0 {
			out[path] = true
		}
	case []any:
		for _, one := range v {
			maps.Copy(out, pathsOf(one, path+"[]"))
		}
	default:
		out[path] = true
	}
	return out
}

// enumerated finds values that are not among those that the API lists.
func enumerated(k kind, body map[string]any, wrong *[]string) {
	flat := map[string]string{}
	flatten(flat, "", body)
	texts := func(values any) (out []string) {
		data, _ := json.Marshal(values)
		_ = json.Unmarshal(data, &out)
		return out
	}
	for path, values := range map[kind]map[string][]string{
		namespaceKind: {
			"sku.name": texts(armeventhub.PossibleSKUNameValues()), "sku.tier": texts(armeventhub.PossibleSKUTierValues()), "properties.minimumTlsVersion": texts(armeventhub.PossibleTLSVersionValues()),
			"properties.publicNetworkAccess": texts(armeventhub.PossiblePublicNetworkAccessValues()), "identity.type": texts(armeventhub.PossibleManagedServiceIdentityTypeValues()),
		},
		networkKind: {
			"properties.defaultAction": texts(armeventhub.PossibleDefaultActionValues()), "properties.publicNetworkAccess": texts(armeventhub.PossiblePublicNetworkAccessFlagValues()),
			"properties.ipRules.0.action": texts(armeventhub.PossibleNetworkRuleIPActionValues()),
		},
		hubKind:       {"properties.retentionDescription.cleanupPolicy": texts(armeventhub.PossibleCleanupPolicyRetentionDescriptionValues())},
		hubPolicyKind: {"properties.rights.0": texts(armeventhub.PossibleAccessRightsValues())},
		policyKind:    {"properties.rights.0": texts(armeventhub.PossibleAccessRightsValues())},
		storageKind: {
			"sku.name": texts(armstorage.PossibleSKUNameValues()), "kind": texts(armstorage.PossibleKindValues()), "properties.minimumTlsVersion": texts(armstorage.PossibleMinimumTLSVersionValues()),
			"properties.publicNetworkAccess": texts(armstorage.PossiblePublicNetworkAccessValues()), "properties.networkAcls.defaultAction": texts(armstorage.PossibleDefaultActionValues()),
			"properties.networkAcls.bypass": texts(armstorage.PossibleBypassValues()), "properties.encryption.keySource": texts(armstorage.PossibleKeySourceValues()),
		},
		containerKind: {"properties.publicAccess": texts(armstorage.PossiblePublicAccessValues())},
	}[k] {
		if value := flat[path]; value != "" && !slices.Contains(values, value) {
			*wrong = append(*wrong, path+" is "+value+", not one of "+strings.Join(values, ", "))
		}
	}
}
