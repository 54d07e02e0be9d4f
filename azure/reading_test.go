package azure

import (
	"fmt"
	"strings"
	"testing"
)

// reading is what a deployment says when it is read back, in whatever language: each resource by its full ID (a role
// assignment by role and scope) with the properties that were found, by their paths in Azure's own form; and the settings
// of the intake.
type reading struct {
	resources map[string]map[string]string
	intake    map[string]string
	outputs   map[string]string
}

const (
	subscription = "99999999-8888-7777-6666-555555555555"
	resourceRoot = "/subscriptions/" + subscription + "/resourceGroups/"
)

// world is what Azure would answer.
type world struct {
	group, eventHubs, storage string
}

func (w world) id(kind string, names ...string) string {
	segments := strings.Split(kind, "/")
	id := resourceRoot + w.group + "/providers/" + segments[0]
	for i, name := range names {
		id += "/" + segments[i+1] + "/" + name
	}
	return id
}

func last(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

func (w world) principal(id string) string { return "principal-of-" + last(id) }
func (w world) client(id string) string    { return "client-of-" + last(id) }
func (w world) host(id string) string      { return last(id) + "." + w.eventHubs }
func (w world) endpoint(id string) string  { return "https://" + w.host(id) + ":443/" }
func (w world) blob(id string) string      { return "https://" + last(id) + ".blob." + w.storage + "/" }
func (w world) listen(id string) string    { return "Endpoint=sb://of" + strings.ReplaceAll(id, "/", ".") }
func (w world) account(id string) string {
	return "DefaultEndpointsProtocol=https;AccountName=" + last(id) + ";AccountKey=key-of-" + last(id) + ";EndpointSuffix=" + w.storage
}

// flatten writes nested values by their paths.
func flatten(into map[string]string, path string, value any) {
	join := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	switch v := value.(type) {
	case map[string]any:
		for name, one := range v {
			flatten(into, join(name), one)
		}
	case []any:
		for i, one := range v {
			flatten(into, join(fmt.Sprint(i)), one)
		}
	case nil:
	case float64:
		into[path] = fmt.Sprint(int(v))
	default:
		into[path] = fmt.Sprint(v)
	}
}

// putNested takes the role assignment out of a deployment within the deployment, which must be where the scope is.
func (r *reading) putNested(t *testing.T, body map[string]any) {
	t.Helper()
	properties := body["properties"].(map[string]any)
	inner := properties["template"].(map[string]any)["resources"].([]any)[0].(map[string]any)
	scope := inner["scope"].(string)
	if parts := strings.Split(scope, "/"); body["subscriptionId"] != parts[2] || body["resourceGroup"] != parts[4] || properties["mode"] != "Incremental" {
		t.Errorf("the deployment within is %v", body)
	}
	flat := map[string]string{"apiVersion": inner["apiVersion"].(string)}
	flatten(flat, "properties", inner["properties"])
	r.resources[key(inner["type"].(string), "", scope, flat)] = flat
}

// roleDefinition is how the templates name a role.
func roleDefinition(id string) string {
	definition := "/providers/Microsoft.Authorization/roleDefinitions/" + id
	if id == keyUser.id {
		return definition
	}
	return "/subscriptions/" + subscription + definition
}

// key is by which a resource is compared.
func key(kind, id, scope string, properties map[string]string) string {
	switch kind {
	case "Microsoft.Authorization/roleAssignments":
		return "role " + last(properties["properties.roleDefinitionId"]) + " on " + scope
	case "Microsoft.Insights/diagnosticSettings":
		return "diagnostics " + last(id) + " of " + scope
	}
	return id
}
