package azure

import "strings"

// resource writes the calls that make one resource.
func (s *scriptWriter) resource(r *resource) {
	switch r.kind {
	case assignmentKind:
		s.assignment(r)
		return
	case nestedKind:
		s.keyRole(r)
		return
	}
	name := "--name " + sh(r.name)
	switch r.kind {
	case namespaceKind:
		s.namespaceCalls(r)
	case networkKind:
		s.rest("put", r, r.body)
	case hubKind:
		s.az("eventhubs eventhub create", inGroup, "--namespace-name "+sh(r.parent.name), name, "--partition-count "+sh(r.at("properties.partitionCount")),
			"--cleanup-policy Delete", "--retention-time-in-hours "+sh(r.at("properties.retentionDescription.retentionTimeInHours")), "--output none")
	case groupKind:
		s.az("eventhubs eventhub consumer-group create", inGroup, "--namespace-name "+sh(r.parent.parent.name), "--eventhub-name "+sh(r.parent.name), name,
			"--user-metadata "+sh(r.at("properties.userMetadata")), "--output none")
	case hubPolicyKind:
		s.az("eventhubs eventhub authorization-rule create", inGroup, "--namespace-name "+sh(r.parent.parent.name), "--eventhub-name "+sh(r.parent.name), name, "--rights Listen", "--output none")
	case policyKind:
		s.az("eventhubs namespace authorization-rule create", inGroup, "--namespace-name "+sh(r.parent.name), name, "--rights Listen", "--output none")
	case storageKind:
		s.storageCalls(r)
	case blobsKind:
		s.az("storage account blob-service-properties update", inGroup, "--account-name "+sh(r.parent.name),
			"--enable-versioning "+sh(r.at("properties.isVersioningEnabled")), "--enable-delete-retention "+sh(r.at("properties.deleteRetentionPolicy.enabled")), "--output none")
	case containerKind:
		show := call("storage container-rm show", inGroup, "--storage-account "+sh(r.parent.parent.name), name)
		s.unless(show, call("storage container-rm create", inGroup, "--storage-account "+sh(r.parent.parent.name), name, "--public-access off", "--output none"))
	case identityKind:
		s.az("identity create", inGroup, name, "--location "+sh(r.where), "--output none")
		s.line("identity_principal=$(%s)", call("identity show", inGroup, name, "--query principalId", "--output tsv"))
	case diagnosticKind:
		s.az("monitor diagnostic-settings create", name, `--resource "$`+r.scope.symbol+`_id"`, "--workspace "+sh(r.at("properties.workspaceId")),
			"--logs "+shQuote(shJSON(r.at("properties.logs"))), "--metrics "+shQuote(shJSON(r.at("properties.metrics"))), "--output none")
	case endpointKind:
		connection := r.at("properties.privateLinkServiceConnections").(list)[0].(object)
		service := connection.get("properties").(object)
		s.az("network private-endpoint create", inGroup, name, "--location "+sh(r.where), "--subnet "+sh(r.at("properties.subnet.id")),
			"--private-connection-resource-id "+sh(service.get("privateLinkServiceId")), "--group-id "+sh(service.get("groupIds").(list)[0]),
			"--connection-name "+sh(connection.get("name")), "--output none")
	case zoneKind:
		s.unless(call("network private-dns zone show", inGroup, name), call("network private-dns zone create", inGroup, name, "--output none"))
	case zoneLinkKind:
		zone := "--zone-name " + sh(r.parent.name)
		s.unless(call("network private-dns link vnet show", inGroup, zone, name), call("network private-dns link vnet create", inGroup, zone, name,
			"--virtual-network "+sh(r.at("properties.virtualNetwork.id")), "--registration-enabled "+sh(r.at("properties.registrationEnabled")), "--output none"))
	case zoneGroupKind:
		zone := r.at("properties.privateDnsZoneConfigs").(list)[0].(object)
		s.az("network private-endpoint dns-zone-group create", inGroup, "--endpoint-name "+sh(r.parent.name), name,
			"--zone-name "+sh(zone.get("name")), "--private-dns-zone "+sh(zone.get("properties").(object).get("privateDnsZoneId")), "--output none")
	}
}

func (s *scriptWriter) namespaceCalls(r *resource) {
	capacity := sh(r.at("sku.capacity"))
	if r.at("properties.maximumThroughputUnits") != nil {
		// A namespace that has grown is not made smaller.
		s.line("grown=$(%s 2>/dev/null || true)", call("eventhubs namespace show", inGroup, "--name "+sh(r.name), "--query sku.capacity", "--output tsv"))
		s.line(`if [ "${grown:-0}" -gt "$%s" ]; then %s=$grown; fi`, shName(string(unitsParam)), shName(string(unitsParam)))
	}
	arguments := []string{
		inGroup, "--name " + sh(r.name), "--location " + sh(r.where), "--sku " + sh(r.at("sku.name")), "--capacity " + capacity,
		"--minimum-tls-version " + sh(r.at("properties.minimumTlsVersion")), "--disable-local-auth " + sh(r.at("properties.disableLocalAuth")),
		"--public-network-access " + sh(r.at("properties.publicNetworkAccess")),
	}
	if inflate := r.at("properties.isAutoInflateEnabled"); inflate != nil {
		arguments = append(arguments, "--enable-auto-inflate "+sh(inflate))
	}
	if most := r.at("properties.maximumThroughputUnits"); most != nil {
		arguments = append(arguments, "--maximum-throughput-units "+sh(most))
	}
	if keys, ok := r.at("properties.encryption.keyVaultProperties").(list); ok {
		k := keys[0].(object)
		config := []string{"key-name=" + sh(k.get("keyName")), "key-vault-uri=" + sh(k.get("keyVaultUri"))}
		if version := k.get("keyVersion"); version != nil {
			config = append(config, "key-version="+sh(version))
		}
		arguments = append(arguments, "--mi-user-assigned "+sh(keyParam), "--encryption-config "+strings.Join(append(config, "user-assigned-identity="+sh(keyParam)), " "))
	}
	s.az("eventhubs namespace create", append(arguments, "--output none")...)
}

func (s *scriptWriter) storageCalls(r *resource) {
	at := func(path string) string { return sh(r.at("properties." + path)) }
	s.az("storage account create", inGroup, "--name "+sh(r.name), "--location "+sh(r.where), "--sku "+sh(r.at("sku.name")), "--kind "+sh(r.at("kind")),
		"--min-tls-version "+at("minimumTlsVersion"), "--https-only "+at("supportsHttpsTrafficOnly"), "--allow-blob-public-access "+at("allowBlobPublicAccess"),
		"--allow-shared-key-access "+at("allowSharedKeyAccess"), "--enable-hierarchical-namespace "+at("isHnsEnabled"), "--public-network-access "+at("publicNetworkAccess"), "--output none")
	var properties, body object
	for _, name := range []string{"networkAcls", "encryption"} {
		if value := r.at("properties." + name); value != nil {
			properties = append(properties, field{name, value})
		}
	}
	if len(properties) == 0 {
		return
	}
	if identity := r.at("identity"); identity != nil {
		body = append(body, field{"identity", identity})
	}
	s.rest("patch", r, append(body, field{"properties", properties}))
}

// rest asks Azure Resource Manager itself, for what the CLI has no command that can be repeated.
func (s *scriptWriter) rest(method string, r *resource, body object) {
	s.az("rest", "--method "+method, `--url "https://`+s.cloud.Management+"${"+r.symbol+"_id}?api-version="+r.kind.version+`"`,
		"--headers Content-Type=application/json", "--body "+shQuote(shJSON(body)), "--output none")
}

// keyRole assigns the role on the vault, which the CLI does in whatever group it is.
func (s *scriptWriter) keyRole(r *resource) {
	n := r.nested()
	p := n.get("properties").(object)
	s.line("key_principal=$(%s)", call("identity show", "--ids "+sh(keyParam), "--query principalId", "--output tsv"))
	s.assign(keyUser.id, sh(n.get("scope")), p.get("principalId"), p.get("principalType"))
}

func (s *scriptWriter) assignment(r *resource) {
	s.assign(r.at("properties.roleDefinitionId").(roleID).id, sh(idOf{r.scope}), r.at("properties.principalId"), r.at("properties.principalType"))
}

// assign gives a role, unless it is given.
func (s *scriptWriter) assign(id, scope string, principal, kind expr) {
	s.line("assigned=$(%s)", call("role assignment list", "--scope "+scope, "--role "+id, `--query "[?principalId=='`+shInner(principal)+`'] | [0].id"`, "--output tsv"))
	s.line(`if [ -z "$assigned" ]; then`)
	s.line("  %s", strings.ReplaceAll(call("role assignment create", "--scope "+scope, "--role "+id, "--assignee-object-id "+sh(principal),
		"--assignee-principal-type "+sh(kind), "--output none"), "\n", "\n  "))
	s.line("fi")
}
