package azure

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

const others = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/shared/providers/"

// variants are options that, together, use all that there is.
var variants = map[string]DeploymentOptions{
	"all by default":       {Project: "acme"},
	"grows":                {Project: "acme", Units: 2, MaxUnits: 12, RetentionDays: 3},
	"basic":                {Project: "acme", Tier: Basic, HideSecrets: true},
	"premium":              {Project: "acme", Tier: Premium, Units: 4, Partitions: 100, RetentionDays: 90, Redundancy: "ZRS"},
	"a hub for each table": {Project: "acme", Tables: []string{"DeviceEvents", "AlertInfo"}, Cloud: "gcc-high"},
	"no key":               {Project: "acme", Entra: true, Cloud: "dod"},
	"no key, its own identity, hubs": {
		Project: "acme", Entra: true, LocalAuth: true, PrincipalID: "aaaaaaaa-2222-3333-4444-555555555555", PrincipalType: "Group", Tables: []string{"EmailEvents", "UrlClickEvents"},
	},
	"addresses":        {Project: "acme", Addresses: []string{"198.51.100.7/32", "203.0.113.0/24"}},
	"closed":           {Project: "acme", Subnet: others + "Microsoft.Network/virtualNetworks/net/subnets/penstock", PrivateDNS: true, Cloud: "china"},
	"closed, no zones": {Project: "acme", Subnet: others + "Microsoft.Network/virtualNetworks/net/subnets/penstock", Entra: true},
	"a key that may be used already": {
		Project: "acme", Tier: Premium, KeyURI: "https://contoso.vault.azure.net/keys/penstock", KeyIdentity: others + "Microsoft.ManagedIdentity/userAssignedIdentities/keys",
	},
	"all there is": {
		Project: "acme", Location: "North Europe", ResourceGroup: "rg-(x).y", Tier: Premium, Units: 2, Entra: true, Addresses: []string{"198.51.100.7"}, Subnet: others + "Microsoft.Network/virtualNetworks/net/subnets/penstock",
		PrivateDNS: true, KeyURI: "https://contoso.vault.azure.net/keys/penstock", KeyIdentity: others + "Microsoft.ManagedIdentity/userAssignedIdentities/keys", KeyVault: others + "Microsoft.KeyVault/vaults/contoso",
		Workspace: others + "Microsoft.OperationalInsights/workspaces/logs", Redundancy: "GRS", Tables: []string{"DeviceEvents"},
	},
}

func worldOf(t *testing.T, o DeploymentOptions) world {
	t.Helper()
	o, cloud, err := o.complete()
	if err != nil {
		t.Fatal(err)
	}
	return world{group: o.ResourceGroup, eventHubs: cloud.EventHubs, storage: cloud.Storage}
}

func written(t *testing.T, language string, o DeploymentOptions) *Deployment {
	t.Helper()
	d, err := Deploy(language, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheFourLanguagesDescribeTheSameResources(t *testing.T) {
	for name, o := range variants {
		t.Run(name, func(t *testing.T) {
			w := worldOf(t, o)
			arm := readARM(t, w, written(t, ARM, o).Text)
			if len(arm.resources) == 0 {
				t.Fatal("there are no resources")
			}
			bicep := readBicep(t, w, written(t, Bicep, o).Text)
			if diff := cmp.Diff(arm.resources, bicep.resources); diff != "" {
				t.Errorf("ARM and Bicep differ: %s", diff)
			}
			if diff := cmp.Diff(arm.outputs, bicep.outputs); diff != "" {
				t.Errorf("the outputs of ARM and Bicep differ: %s", diff)
			}
			terraform := readTerraform(t, w, written(t, Terraform, o).Text)
			agree(t, Terraform, arm, terraform)
			if diff := cmp.Diff(arm.outputs, terraform.outputs); diff != "" {
				t.Errorf("the outputs of ARM and Terraform differ: %s", diff)
			}
			_, cloud, _ := o.complete()
			script := readScript(t, w, written(t, Script, o).Text, cloud.Azure)
			agree(t, Script, arm, script)
			if diff := cmp.Diff(arm.intake, bicep.intake); diff != "" {
				t.Errorf("the intake of ARM and Bicep: %s", diff)
			}
			if diff := cmp.Diff(arm.intake, terraform.intake); diff != "" {
				t.Errorf("the intake of ARM and Terraform: %s", diff)
			}
			if diff := cmp.Diff(arm.intake, script.intake); diff != "" {
				t.Errorf("the intake of ARM and the script: %s", diff)
			}
		})
	}
}

// unsaid are properties that a language has no word for, because they are what it makes anyway.
var unsaid = map[string][]string{
	Terraform: {"apiVersion", "properties.deleteRetentionPolicy.enabled", "properties.encryption.services.blob.enabled", "properties.logs.0.enabled", "properties.metrics.0.enabled", "properties.privateDnsZoneConfigs.0.name"},
	Script:    {"apiVersion"},
}

// agree says that a reading has the resources of ARM's, with the same properties: all of them.
func agree(t *testing.T, language string, arm, other reading) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(arm.resources)), slices.Sorted(maps.Keys(other.resources))); diff != "" {
		t.Fatalf("%s has other resources: %s", language, diff)
	}
	for id, want := range arm.resources {
		got := other.resources[id]
		for path, value := range want {
			if got[path] == value || slices.Contains(unsaid[language], path) && got[path] == "" {
				continue
			}
			if path == "location" && strings.HasSuffix(id, "link") && got[path] == "" {
				continue // a link of a zone is where the zone is
			}
			t.Errorf("%s: %s: %s is %q, wanted %q", language, id, path, got[path], value)
		}
		for path, value := range got {
			if want[path] == "" {
				t.Errorf("%s: %s: %s is %q, which ARM does not say", language, id, path, value)
			}
		}
	}
}

func TestTerraformIsFormatted(t *testing.T) {
	for name, o := range variants {
		text := written(t, Terraform, o).Text
		if diff := cmp.Diff(string(hclwrite.Format([]byte(text))), text); diff != "" {
			t.Errorf("%s: terraform fmt would change it: %s", name, diff)
		}
	}
}

func TestTheScriptCanBeRunAgain(t *testing.T) {
	o := variants["all there is"]
	w := worldOf(t, o)
	for _, o := range []DeploymentOptions{o, {Project: "acme", MaxUnits: 20}} {
		w.group = o.ResourceGroup
		calls, stdout := runScript(t, w, written(t, Script, o).Text, "AzureCloud", true)
		var capacity string
		for _, words := range calls {
			c := parseCall(words)
			switch c.command {
			case "group create", "role assignment create", "storage container-rm create", "network private-dns zone create", "network private-dns link vnet create":
				t.Errorf("what is there is made again: %v", words)
			case "eventhubs namespace create":
				capacity = c.get("--capacity")
			}
			for _, word := range words {
				if strings.Contains(word, "AccountKey=") || strings.Contains(word, "Endpoint=sb:") {
					t.Errorf("a secret is on a command line: %v", words)
				}
			}
		}
		if o.MaxUnits > 0 && capacity != "7" {
			t.Errorf("a namespace that has grown to 7 units is made one of %s", capacity)
		}
		if !strings.HasPrefix(stdout, "{") {
			t.Errorf("standard output is %q", stdout)
		}
	}
}
