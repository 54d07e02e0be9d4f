package azure

// addKeyRole lets the identity use the customer's key. The vault is mostly in another resource group, so that the role is given
// by a deployment within the deployment: into a group that is not its own a template writes in no other way.
func (t *template) addKeyRole() {
	if t.options.KeyVault == "" {
		return
	}
	assignment := object{
		{"type", text(assignmentKind.name)}, {"apiVersion", text(assignmentKind.version)}, {"name", unique{vaultParam, keyParam, text(keyUser.id)}}, {"scope", vaultParam},
		{"properties", object{
			// Of the tenant, since the vault may be in another subscription.
			{"roleDefinitionId", text("/providers/Microsoft.Authorization/roleDefinitions/" + keyUser.id)},
			{"principalId", keyPrincipal{}}, {"principalType", text("ServicePrincipal")},
		}},
	}
	t.keyRole = t.add(&resource{
		symbol: "key_role", kind: nestedKind, name: named("keyrole"), about: "Lets the identity of namespace and storage use the customer's key.",
		body: object{{"subscriptionId", partOf{vaultParam, 2}}, {"resourceGroup", partOf{vaultParam, 4}}, {"properties", object{
			{"mode", text("Incremental")},
			{"template", object{{"$schema", text(armSchema)}, {"contentVersion", text("1.0.0.0")}, {"resources", list{assignment}}}},
		}}},
	})
}

// nested is the one resource of a deployment within the deployment.
func (r *resource) nested() object { return r.at("properties.template.resources").(list)[0].(object) }

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
