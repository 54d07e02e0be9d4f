package azure

// terraformResource is a resource as the provider azurerm describes it; one without a name is part of another's block.
func (t *template) terraformResource(r *resource) tfBlock {
	kind, ok := tfTypes[r.kind]
	if !ok {
		return tfBlock{}
	}
	b := nest(`resource "` + kind + `" "` + r.symbol + `"`)
	put := func(inner ...tfBlock) { b.inner = append(b.inner, inner...) }
	if r.kind != assignmentKind && r.kind != nestedKind {
		put(set("name", t.tf(r.name)))
	}
	if r.where != nil && r.where != text("global") {
		put(set("location", t.tf(r.where)))
	}
	switch r.kind {
	case namespaceKind, storageKind, groupKind, hubPolicyKind, policyKind, identityKind, endpointKind, zoneKind, zoneLinkKind:
		put(set("resource_group_name", "azurerm_resource_group.resource_group.name"))
	}
	switch r.kind {
	case namespaceKind:
		put(t.terraformNamespace(r)...)
	case storageKind:
		put(t.terraformStorage(r)...)
	case hubKind:
		put(set("namespace_id", tfID(r.parent)), set("partition_count", t.tf(r.at("properties.partitionCount"))), set("message_retention", t.tf(daysParam)))
	case groupKind:
		put(t.terraformHub(r)...)
		put(set("user_metadata", t.tf(r.at("properties.userMetadata"))))
	case hubPolicyKind, policyKind:
		put(t.terraformHub(r)...)
		put(set("listen", "true"), set("send", "false"), set("manage", "false"))
	case containerKind:
		put(set("storage_account_id", tfID(r.parent.parent)), set("container_access_type", `"private"`))
	case assignmentKind:
		put(set("scope", tfID(r.scope)), set("role_definition_name", tfText(role(r.at("properties.roleDefinitionId").(roleID)).name)),
			set("principal_id", t.tf(r.at("properties.principalId"))), set("principal_type", t.tf(r.at("properties.principalType"))))
	case nestedKind:
		n := r.nested()
		p := n.get("properties").(object)
		put(set("scope", t.tf(n.get("scope"))), set("role_definition_name", tfText(keyUser.name)), set("principal_id", t.tf(p.get("principalId"))), set("principal_type", t.tf(p.get("principalType"))))
	case diagnosticKind:
		put(set("target_resource_id", tfID(r.scope)), set("log_analytics_workspace_id", t.tf(r.at("properties.workspaceId"))),
			nest("enabled_log", set("category_group", `"allLogs"`)), nest("enabled_metric", set("category", `"AllMetrics"`)))
	case endpointKind:
		put(t.terraformEndpoint(r)...)
	case zoneLinkKind:
		put(set("private_dns_zone_name", tfRef(r.parent)+".name"), set("virtual_network_id", t.tf(r.at("properties.virtualNetwork.id"))), set("registration_enabled", "false"))
	}
	if r.after != nil {
		put(setAll("depends_on", tfRef(r.after)))
	}
	return b
}

// terraformHub names the namespace, and the hub, that something is in.
func (t *template) terraformHub(r *resource) []tfBlock {
	if r.parent.kind == namespaceKind {
		return []tfBlock{set("namespace_name", tfRef(r.parent)+".name")}
	}
	return []tfBlock{set("namespace_name", tfRef(r.parent.parent)+".name"), set("eventhub_name", tfRef(r.parent)+".name")}
}

func (t *template) terraformNamespace(r *resource) []tfBlock {
	at := func(path string) string { return t.tf(r.at("properties." + path)) }
	all := []tfBlock{
		set("sku", t.tf(r.at("sku.name"))), set("capacity", t.tf(r.at("sku.capacity"))), set("minimum_tls_version", at("minimumTlsVersion")),
		set("local_authentication_enabled", tfNot(r.at("properties.disableLocalAuth"))), set("public_network_access_enabled", tfOpen(r)),
	}
	if r.at("properties.isAutoInflateEnabled") != nil {
		all = append(all, set("auto_inflate_enabled", at("isAutoInflateEnabled")))
	}
	grows := r.at("properties.maximumThroughputUnits") != nil
	if grows {
		all = append(all, set("maximum_throughput_units", at("maximumThroughputUnits")))
	}
	if t.options.KeyURI != "" {
		all = append(all, t.terraformIdentity())
	}
	if rules := t.of(networkKind); rules != nil {
		b := nest("network_rulesets", set("default_action", t.tf(rules.at("properties.defaultAction"))),
			set("trusted_service_access_enabled", t.tf(rules.at("properties.trustedServiceAccessEnabled"))), set("public_network_access_enabled", tfOpen(rules)))
		for _, one := range rules.at("properties.ipRules").(list) {
			b.inner = append(b.inner, nest("ip_rule", set("ip_mask", t.tf(one.(object).get("ipMask"))), set("action", t.tf(one.(object).get("action")))))
		}
		all = append(all, b)
	}
	if grows {
		b := nest("lifecycle", set("ignore_changes", "[capacity]"))
		b.about = "Units to which the namespace has grown stay."
		all = append(all, b)
	}
	return all
}

func (t *template) terraformStorage(r *resource) []tfBlock {
	at := func(path string) string { return t.tf(r.at("properties." + path)) }
	all := []tfBlock{
		set("account_kind", t.tf(r.at("kind"))), set("account_tier", `"Standard"`), set("account_replication_type", tfText(t.options.Redundancy)),
		set("min_tls_version", at("minimumTlsVersion")), set("https_traffic_only_enabled", at("supportsHttpsTrafficOnly")),
		set("allow_nested_items_to_be_public", at("allowBlobPublicAccess")), set("shared_access_key_enabled", at("allowSharedKeyAccess")),
		set("is_hns_enabled", at("isHnsEnabled")), set("public_network_access_enabled", tfOpen(r)),
		nest("blob_properties", set("versioning_enabled", t.tf(t.of(blobsKind).at("properties.isVersioningEnabled")))),
	}
	if rules := r.at("properties.networkAcls"); rules != nil {
		var addresses list
		for _, one := range r.at("properties.networkAcls.ipRules").(list) {
			addresses = append(addresses, one.(object).get("value"))
		}
		all = append(all, nest("network_rules", set("default_action", at("networkAcls.defaultAction")), setAll("bypass", at("networkAcls.bypass")), set("ip_rules", t.tf(addresses))))
	}
	if t.options.KeyURI != "" {
		all = append(all, t.terraformIdentity(), nest("customer_managed_key", set("key_vault_key_id", tfText(t.options.KeyURI)), set("user_assigned_identity_id", t.tf(keyParam))))
	}
	return all
}

func (t *template) terraformIdentity() tfBlock {
	return nest("identity", set("type", `"UserAssigned"`), setAll("identity_ids", t.tf(keyParam)))
}

func (t *template) terraformEndpoint(r *resource) []tfBlock {
	connection := r.at("properties.privateLinkServiceConnections").(list)[0].(object)
	part := connection.get("name")
	service := connection.get("properties").(object)
	all := []tfBlock{
		set("subnet_id", t.tf(r.at("properties.subnet.id"))),
		nest("private_service_connection", set("name", t.tf(part)), set("private_connection_resource_id", t.tf(service.get("privateLinkServiceId"))),
			set("is_manual_connection", "false"), set("subresource_names", t.tf(service.get("groupIds")))),
	}
	for _, g := range t.resources {
		if g.kind == zoneGroupKind && g.parent == r {
			zone := g.at("properties.privateDnsZoneConfigs").(list)[0].(object).get("properties").(object).get("privateDnsZoneId")
			all = append(all, nest("private_dns_zone_group", set("name", t.tf(g.name)), setAll("private_dns_zone_ids", t.tf(zone))))
		}
	}
	return all
}

// terraformKey is the customer's key of the namespace, which the provider keeps apart from it.
func (t *template) terraformKey() tfBlock {
	if t.options.KeyURI == "" {
		return tfBlock{}
	}
	b := nest(`resource "azurerm_eventhub_namespace_customer_managed_key" "key"`, set("eventhub_namespace_id", tfID(t.namespace)),
		setAll("key_vault_key_ids", tfText(t.options.KeyURI)), set("user_assigned_identity_id", t.tf(keyParam)))
	b.about = "The customer's key of the namespace."
	return b
}

// of is the first resource of a kind; nil: there is none.
func (t *template) of(k kind) *resource {
	for _, r := range t.resources {
		if r.kind == k {
			return r
		}
	}
	return nil
}

func tfNot(e expr) string {
	if e == flag(true) {
		return "false"
	}
	return "true"
}

// tfOpen says whether a resource takes what comes from the internet.
func tfOpen(r *resource) string {
	if r.at("properties.publicNetworkAccess") == text("Enabled") {
		return "true"
	}
	return "false"
}
