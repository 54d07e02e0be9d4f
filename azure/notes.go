package azure

import (
	"fmt"
)

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
		role := "; the role that the identity is given there takes up to ten minutes to act, so run the deployment again where it fails for the key"
		if o.KeyVault == "" {
			role = ", and the identity the role Key Vault Crypto Service Encryption User there, before this is deployed (keyVault, --key-vault gives it)"
		}
		add("The key's vault needs soft delete and purge protection%s. Losing the key loses what the hub holds.", role)
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
