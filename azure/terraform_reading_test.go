package azure

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// tfReader reads a Terraform file back with the parser that Terraform itself uses.
type tfReader struct {
	t      *testing.T
	w      world
	eval   *hcl.EvalContext
	types  map[string]map[string]cty.Value // the resources by type and symbol
	blocks map[string]*hclsyntax.Body      // their bodies
	out    reading
}

func readTerraform(t *testing.T, w world, text string) reading {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(text), "penstock.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	r := &tfReader{t: t, w: w, types: map[string]map[string]cty.Value{}, blocks: map[string]*hclsyntax.Body{}, out: reading{map[string]map[string]string{}, map[string]string{}, map[string]string{}}}
	r.eval = &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: map[string]function.Function{
		"lower": stdlib.LowerFunc, "split": stdlib.SplitFunc,
	}}
	body := file.Body.(*hclsyntax.Body)
	variables := map[string]cty.Value{}
	for _, b := range body.Blocks {
		if b.Type == "variable" {
			variables[b.Labels[0]] = r.value(b.Body, "default")
		}
	}
	r.eval.Variables["var"] = cty.ObjectVal(variables)
	for _, b := range body.Blocks {
		if b.Type == "locals" {
			r.eval.Variables["local"] = cty.ObjectVal(map[string]cty.Value{"project": r.value(b.Body, "project")})
		}
	}
	var later []*hclsyntax.Block
	for _, b := range body.Blocks {
		switch b.Type {
		case "terraform", "provider", "variable", "locals", "output":
		case "data":
			id := fmt.Sprint("/", plainOf(r.value(b.Body, "resource_group_name")), "/", plainOf(r.value(b.Body, "name")))
			r.eval.Variables["data"] = cty.ObjectVal(map[string]cty.Value{b.Labels[0]: cty.ObjectVal(map[string]cty.Value{
				b.Labels[1]: cty.ObjectVal(map[string]cty.Value{"principal_id": cty.StringVal(w.principal(id))}),
			})})
		case "resource":
			if b.Labels[0] != "azurerm_private_dns_zone" && b.Labels[0] != "azurerm_resource_group" {
				later = append(later, b)
				continue
			}
			r.resource(b) // others name it before it stands there
		default:
			t.Errorf("a block of type %s", b.Type)
		}
	}
	for _, b := range later {
		r.resource(b)
	}
	for _, b := range body.Blocks {
		if b.Type == "output" {
			value := plainOf(r.value(b.Body, "value"))
			if b.Labels[0] == "intake" {
				flatten(r.out.intake, "", value)
			} else {
				r.out.outputs[b.Labels[0]] = fmt.Sprint(value)
			}
		}
	}
	return r.out
}

func (r *tfReader) value(b *hclsyntax.Body, name string) cty.Value {
	r.t.Helper()
	a, ok := b.Attributes[name]
	if !ok {
		return cty.NilVal
	}
	v, diags := a.Expr.Value(r.eval)
	if diags.HasErrors() {
		r.t.Fatal(diags)
	}
	return v
}

// plainOf is a value without its type.
func plainOf(v cty.Value) any {
	switch {
	case v == cty.NilVal || v.IsNull():
		return nil
	case v.Type() == cty.String:
		return v.AsString()
	case v.Type() == cty.Bool:
		return v.True()
	case v.Type() == cty.Number:
		f, _ := v.AsBigFloat().Float64()
		return f
	case v.Type().IsTupleType() || v.Type().IsListType():
		var all []any
		for _, one := range v.AsValueSlice() {
			all = append(all, plainOf(one))
		}
		return all
	}
	all := map[string]any{}
	for name, one := range v.AsValueMap() {
		all[name] = plainOf(one)
	}
	return all
}

// attributes are a block's, with those of the blocks in it under their names.
func (r *tfReader) attributes(b *hclsyntax.Body) map[string]any {
	all := map[string]any{}
	for name := range b.Attributes {
		if name != "ignore_changes" && name != "depends_on" {
			all[name] = plainOf(r.value(b, name))
		}
	}
	for _, inner := range b.Blocks {
		list, _ := all[inner.Type].([]any)
		all[inner.Type] = append(list, r.attributes(inner.Body))
	}
	return all
}

// attr is an attribute by its path; blocks are lists.
func attr(of map[string]any, path string) any {
	var v any = of
	for name := range strings.SplitSeq(path, ".") {
		if list, ok := v.([]any); ok {
			if len(list) == 0 {
				return nil
			}
			v = list[0]
		}
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// tfResource is a resource of the provider that is translated into Azure's.
type tfResource struct {
	*tfReader
	kind, symbol, name string
	a                  map[string]any
}

func (r *tfReader) resource(b *hclsyntax.Block) {
	one := &tfResource{tfReader: r, kind: b.Labels[0], symbol: b.Labels[1], a: r.attributes(b.Body)}
	one.name, _ = one.a["name"].(string)
	switch {
	case strings.HasPrefix(one.kind, "azurerm_eventhub"):
		one.ofHub()
	case strings.HasPrefix(one.kind, "azurerm_storage"):
		one.ofStorage()
	case strings.HasPrefix(one.kind, "azurerm_private"):
		one.ofNetwork()
	default:
		one.other()
	}
}

func (r *tfResource) text(path string) string { return fmt.Sprint(attr(r.a, path)) }

func (r *tfResource) put(kind, id string, values map[string]any) {
	properties := map[string]string{}
	flatten(properties, "", values)
	r.out.resources[key(kind, id, r.text("scope"), properties)] = properties
}

// plain puts a resource of which others know id and name alone.
func (r *tfResource) plain(id string, values map[string]any) {
	r.put("", id, values)
	r.declare(map[string]cty.Value{"id": cty.StringVal(id), "name": cty.StringVal(r.name)})
}

func (r *tfResource) declare(values map[string]cty.Value) {
	r.tfReader.declare(r.kind, r.symbol, values)
}

// within is the ID of what is in a namespace, or in a hub of it.
func (r *tfResource) within(rest ...string) string {
	path, names := "Microsoft.EventHub/namespaces", []string{r.text("namespace_name")}
	if hub := attr(r.a, "eventhub_name"); hub != nil {
		path, names = path+"/eventhubs", append(names, hub.(string))
	}
	return r.w.id(path+rest[0], append(names, rest[1:]...)...)
}

func (r *tfResource) ofHub() {
	switch r.kind {
	case "azurerm_eventhub_namespace":
		id := r.w.id("Microsoft.EventHub/namespaces", r.name)
		r.put("", id, tfNamespace(r.a))
		if rules := attr(r.a, "network_rulesets"); rules != nil {
			r.put("", id+"/networkRuleSets/default", tfRules(rules.([]any)[0].(map[string]any)))
		}
		r.declare(map[string]cty.Value{"id": cty.StringVal(id), "name": cty.StringVal(r.name)})
	case "azurerm_eventhub_namespace_customer_managed_key":
		into := r.out.resources[r.text("eventhub_namespace_id")]
		vault, keyName, _ := strings.Cut(fmt.Sprint(r.a["key_vault_key_ids"].([]any)[0]), "/keys/")
		flatten(into, "properties.encryption", map[string]any{"keySource": "Microsoft.KeyVault", "keyVaultProperties": []any{
			map[string]any{"keyName": keyName, "keyVaultUri": vault, "identity": map[string]any{"userAssignedIdentity": r.a["user_assigned_identity_id"]}},
		}})
	case "azurerm_eventhub":
		r.plain(r.text("namespace_id")+"/eventhubs/"+r.name, map[string]any{"properties": map[string]any{
			"partitionCount": r.a["partition_count"], "retentionDescription": map[string]any{"cleanupPolicy": "Delete", "retentionTimeInHours": r.a["message_retention"].(float64) * 24},
		}})
	case "azurerm_eventhub_consumer_group":
		r.plain(r.within("/consumergroups", r.name), map[string]any{"properties": map[string]any{"userMetadata": r.a["user_metadata"]}})
	case "azurerm_eventhub_authorization_rule", "azurerm_eventhub_namespace_authorization_rule":
		var rights []any
		for _, right := range []string{"Listen", "Send", "Manage"} {
			if r.a[strings.ToLower(right)] == true {
				rights = append(rights, right)
			}
		}
		id := r.within("/authorizationRules", r.name)
		r.put("", id, map[string]any{"properties": map[string]any{"rights": rights}})
		r.declare(map[string]cty.Value{"primary_connection_string": cty.StringVal(r.w.listen(id))})
	default:
		r.t.Fatalf("a resource of type %s", r.kind)
	}
}

func (r *tfResource) ofStorage() {
	switch r.kind {
	case "azurerm_storage_account":
		id := r.w.id("Microsoft.Storage/storageAccounts", r.name)
		r.put("", id, tfStorage(r.a))
		r.put("", id+"/blobServices/default", map[string]any{"properties": map[string]any{"isVersioningEnabled": attr(r.a, "blob_properties.versioning_enabled")}})
		r.declare(map[string]cty.Value{
			"id": cty.StringVal(id), "name": cty.StringVal(r.name), "primary_connection_string": cty.StringVal(r.w.account(id)), "primary_blob_endpoint": cty.StringVal(r.w.blob(id)),
		})
	case "azurerm_storage_container":
		id := r.text("storage_account_id") + "/blobServices/default/containers/" + r.name
		r.put("", id, map[string]any{"properties": map[string]any{"publicAccess": map[any]string{"private": "None"}[r.a["container_access_type"]]}})
		r.declare(map[string]cty.Value{"resource_manager_id": cty.StringVal(id), "name": cty.StringVal(r.name)})
	default:
		r.t.Fatalf("a resource of type %s", r.kind)
	}
}

func (r *tfResource) ofNetwork() {
	switch r.kind {
	case "azurerm_private_endpoint":
		id := r.w.id("Microsoft.Network/privateEndpoints", r.name)
		r.plain(id, map[string]any{"location": r.a["location"], "properties": map[string]any{"subnet": map[string]any{"id": r.a["subnet_id"]}, "privateLinkServiceConnections": []any{map[string]any{
			"name":       attr(r.a, "private_service_connection.name"),
			"properties": map[string]any{"privateLinkServiceId": attr(r.a, "private_service_connection.private_connection_resource_id"), "groupIds": attr(r.a, "private_service_connection.subresource_names")},
		}}}})
		if zones := attr(r.a, "private_dns_zone_group.private_dns_zone_ids"); zones != nil {
			r.put("", id+"/privateDnsZoneGroups/"+r.text("private_dns_zone_group.name"), map[string]any{"properties": map[string]any{"privateDnsZoneConfigs": []any{
				map[string]any{"properties": map[string]any{"privateDnsZoneId": zones.([]any)[0]}},
			}}})
		}
	case "azurerm_private_dns_zone":
		r.plain(r.w.id("Microsoft.Network/privateDnsZones", r.name), map[string]any{"location": "global"})
	case "azurerm_private_dns_zone_virtual_network_link":
		id := r.w.id("Microsoft.Network/privateDnsZones/virtualNetworkLinks", r.text("private_dns_zone_name"), r.name)
		r.plain(id, map[string]any{"properties": map[string]any{"registrationEnabled": r.a["registration_enabled"], "virtualNetwork": map[string]any{"id": r.a["virtual_network_id"]}}})
	default:
		r.t.Fatalf("a resource of type %s", r.kind)
	}
}

func (r *tfResource) other() {
	switch r.kind {
	case "azurerm_resource_group":
		if r.name != r.w.group {
			r.t.Errorf("the resource group is %s", r.name)
		}
		r.declare(map[string]cty.Value{"name": cty.StringVal(r.name)})
	case "azurerm_user_assigned_identity":
		id := r.w.id("Microsoft.ManagedIdentity/userAssignedIdentities", r.name)
		r.put("", id, map[string]any{"location": r.a["location"]})
		r.declare(map[string]cty.Value{"id": cty.StringVal(id), "principal_id": cty.StringVal(r.w.principal(id)), "client_id": cty.StringVal(r.w.client(id))})
	case "azurerm_role_assignment":
		role := map[string]string{dataReceiver.name: dataReceiver.id, keyUser.name: keyUser.id, blobContributor.name: blobContributor.id}[r.text("role_definition_name")]
		r.put("Microsoft.Authorization/roleAssignments", "", map[string]any{"properties": map[string]any{
			"roleDefinitionId": roleDefinition(role),
			"principalId":      r.a["principal_id"], "principalType": r.a["principal_type"],
		}})
	case "azurerm_monitor_diagnostic_setting":
		r.a["scope"] = r.a["target_resource_id"]
		r.put("Microsoft.Insights/diagnosticSettings", r.name, map[string]any{"properties": map[string]any{
			"workspaceId": r.a["log_analytics_workspace_id"], "logs": []any{map[string]any{"categoryGroup": attr(r.a, "enabled_log.category_group")}},
			"metrics": []any{map[string]any{"category": attr(r.a, "enabled_metric.category")}},
		}})
	default:
		r.t.Fatalf("a resource of type %s", r.kind)
	}
}

func (r *tfReader) declare(kind, symbol string, values map[string]cty.Value) {
	if r.types[kind] == nil {
		r.types[kind] = map[string]cty.Value{}
	}
	r.types[kind][symbol] = cty.ObjectVal(values)
	r.eval.Variables[kind] = cty.ObjectVal(r.types[kind])
}

func opened(open any) string {
	return map[any]string{true: "Enabled", false: "Disabled"}[open]
}

func tfNamespace(a map[string]any) map[string]any {
	out := map[string]any{"location": a["location"], "sku": map[string]any{"name": a["sku"], "tier": a["sku"], "capacity": a["capacity"]}}
	p := map[string]any{
		"minimumTlsVersion": a["minimum_tls_version"], "disableLocalAuth": a["local_authentication_enabled"] == false, "publicNetworkAccess": opened(a["public_network_access_enabled"]),
		"isAutoInflateEnabled": a["auto_inflate_enabled"], "maximumThroughputUnits": a["maximum_throughput_units"],
	}
	tfIdentity(a, out)
	out["properties"] = p
	return out
}

func tfIdentity(a, out map[string]any) {
	if ids, ok := attr(a, "identity.identity_ids").([]any); ok {
		out["identity"] = map[string]any{"type": attr(a, "identity.type"), "userAssignedIdentities": map[string]any{ids[0].(string): map[string]any{}}}
	}
}

func tfRules(rules map[string]any) map[string]any {
	var masks []any
	if list, ok := rules["ip_rule"].([]any); ok {
		for _, one := range list {
			masks = append(masks, map[string]any{"ipMask": attr(one.(map[string]any), "ip_mask"), "action": attr(one.(map[string]any), "action")})
		}
	}
	return map[string]any{"properties": map[string]any{
		"defaultAction": rules["default_action"], "trustedServiceAccessEnabled": rules["trusted_service_access_enabled"],
		"publicNetworkAccess": opened(rules["public_network_access_enabled"]), "ipRules": masks,
	}}
}

func tfStorage(a map[string]any) map[string]any {
	out := map[string]any{"location": a["location"], "kind": a["account_kind"], "sku": map[string]any{"name": fmt.Sprint(a["account_tier"], "_", a["account_replication_type"])}}
	p := map[string]any{
		"minimumTlsVersion": a["min_tls_version"], "supportsHttpsTrafficOnly": a["https_traffic_only_enabled"], "allowBlobPublicAccess": a["allow_nested_items_to_be_public"],
		"allowSharedKeyAccess": a["shared_access_key_enabled"], "isHnsEnabled": a["is_hns_enabled"], "publicNetworkAccess": opened(a["public_network_access_enabled"]),
	}
	if attr(a, "network_rules") != nil {
		var rules []any
		list, _ := attr(a, "network_rules.ip_rules").([]any)
		for _, one := range list {
			rules = append(rules, map[string]any{"value": one, "action": "Allow"})
		}
		p["networkAcls"] = map[string]any{"bypass": attr(a, "network_rules.bypass").([]any)[0], "defaultAction": attr(a, "network_rules.default_action"), "ipRules": rules}
	}
	if id, ok := attr(a, "customer_managed_key.key_vault_key_id").(string); ok {
		vault, name, _ := strings.Cut(id, "/keys/")
		p["encryption"] = map[string]any{
			"keySource": "Microsoft.Keyvault", "keyvaultproperties": map[string]any{"keyname": name, "keyvaulturi": vault},
			"identity": map[string]any{"userAssignedIdentity": attr(a, "customer_managed_key.user_assigned_identity_id")},
		}
	}
	tfIdentity(a, out)
	out["properties"] = p
	return out
}
