package azure

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestWhatCannotBeIsSaidBeforeItIsWritten(t *testing.T) {
	for name, test := range map[string]struct {
		options DeploymentOptions
		field   string
		says    string
	}{
		"no project":               {DeploymentOptions{}, "project", "missing"},
		"a hyphen":                 {DeploymentOptions{Project: "acme-x"}, "project", "no hyphens"},
		"capitals":                 {DeploymentOptions{Project: "Acme"}, "project", "write acme"},
		"a digit first":            {DeploymentOptions{Project: "1acme"}, "project", "begin with a letter"},
		"too long":                 {DeploymentOptions{Project: strings.Repeat("a", 23)}, "project", "22"},
		"too short":                {DeploymentOptions{Project: "a"}, "project", "6 to 50"},
		"a shell in it":            {DeploymentOptions{Project: "a$(id)"}, "project", "Letters"},
		"a quote in the region":    {DeploymentOptions{Project: "acme", Location: "west'europe"}, "location", "region"},
		"a quote in the group":     {DeploymentOptions{Project: "acme", ResourceGroup: "x';id;'"}, "resourceGroup", "resource group"},
		"another cloud":            {DeploymentOptions{Project: "acme", Cloud: "moon"}, "cloud", "commercial"},
		"another tier":             {DeploymentOptions{Project: "acme", Tier: "Gold"}, "tier", "Basic"},
		"41 units":                 {DeploymentOptions{Project: "acme", Units: 41}, "units", "40"},
		"3 processing units":       {DeploymentOptions{Project: "acme", Tier: Premium, Units: 3}, "units", "1, 2, 4"},
		"Premium grows":            {DeploymentOptions{Project: "acme", Tier: Premium, MaxUnits: 4}, "maxUnits", "Standard"},
		"a maximum below":          {DeploymentOptions{Project: "acme", Units: 4, MaxUnits: 2}, "maxUnits", "40"},
		"33 partitions":            {DeploymentOptions{Project: "acme", Partitions: 33}, "partitions", "32"},
		"101 partitions":           {DeploymentOptions{Project: "acme", Tier: Premium, Partitions: 101}, "partitions", "100"},
		"8 days":                   {DeploymentOptions{Project: "acme", RetentionDays: 8}, "retentionDays", "7"},
		"Basic for 2 days":         {DeploymentOptions{Project: "acme", Tier: Basic, RetentionDays: 2}, "retentionDays", "1"},
		"11 hubs":                  {DeploymentOptions{Project: "acme", Tables: strings.Split(strings.Repeat("Ta,", 10)+"Tb", ",")}, "tables", "twice"},
		"a table with a quote":     {DeploymentOptions{Project: "acme", Tables: []string{"x'y"}}, "tables", "no name"},
		"an identity without":      {DeploymentOptions{Project: "acme", PrincipalID: "x"}, "entra", "alone"},
		"no object ID":             {DeploymentOptions{Project: "acme", Entra: true, PrincipalID: "penstock"}, "principalId", "object ID"},
		"Basic behind rules":       {DeploymentOptions{Project: "acme", Tier: Basic, Addresses: []string{"198.51.100.7"}}, "tier", "Basic has neither"},
		"a private address":        {DeploymentOptions{Project: "acme", Addresses: []string{"10.1.2.3"}}, "addresses", "internet"},
		"an address of six":        {DeploymentOptions{Project: "acme", Addresses: []string{"2001:db8::1"}}, "addresses", "IPv4"},
		"a range of two":           {DeploymentOptions{Project: "acme", Addresses: []string{"198.51.100.6/31"}}, "addresses", "give both"},
		"no subnet":                {DeploymentOptions{Project: "acme", Subnet: others + "Microsoft.Network/virtualNetworks/net"}, "subnet", "subnets/NAME"},
		"zones for nothing":        {DeploymentOptions{Project: "acme", PrivateDNS: true}, "privateDns", "subnet"},
		"a key with Standard":      {DeploymentOptions{Project: "acme", KeyURI: "https://c.vault.azure.net/keys/k", KeyIdentity: others + "Microsoft.ManagedIdentity/userAssignedIdentities/k"}, "tier", "Premium"},
		"a key of another cloud":   {DeploymentOptions{Project: "acme", Tier: Premium, Cloud: "dod", KeyURI: "https://c.vault.azure.net/keys/k", KeyIdentity: others + "Microsoft.ManagedIdentity/userAssignedIdentities/k"}, "keyUri", "vault.usgovcloudapi.net"},
		"a key and nobody for it":  {DeploymentOptions{Project: "acme", Tier: Premium, KeyURI: "https://c.vault.azure.net/keys/k"}, "keyIdentity", "before"},
		"no workspace":             {DeploymentOptions{Project: "acme", Workspace: "logs"}, "workspace", "Log Analytics"},
		"another kind of copies":   {DeploymentOptions{Project: "acme", Redundancy: "XRS"}, "redundancy", "LRS"},
		"a workspace with a quote": {DeploymentOptions{Project: "acme", Workspace: others + "Microsoft.OperationalInsights/workspaces/a'b"}, "workspace", "Log Analytics"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Deploy(ARM, test.options)
			var all Mistakes
			if !errors.As(err, &all) {
				t.Fatalf("%v", err)
			}
			if !slices.ContainsFunc(all, func(m *Mistake) bool { return m.Field == test.field && strings.Contains(m.Message, test.says) }) {
				t.Errorf("%v, wanted %s … %s", all, test.field, test.says)
			}
		})
	}
	var m *Mistake
	if _, err := Deploy("pulumi", DeploymentOptions{Project: "acme"}); !errors.As(err, &m) || m.Field != "format" {
		t.Errorf("another language: %v", err)
	}
	tables := strings.Split("Ta,Tb,Tc,Td,Te,Tf,Tg,Th,Ti,Tj,Tk", ",")
	if _, err := Deploy(ARM, DeploymentOptions{Project: "acme", Tables: tables}); err == nil || !strings.Contains(err.Error(), "at most 10 hubs") {
		t.Errorf("11 hubs in a Standard namespace: %v", err)
	}
	if _, err := Deploy(ARM, DeploymentOptions{Project: "acme", Tier: Premium, Tables: tables}); err != nil {
		t.Errorf("11 hubs in a Premium namespace: %v", err)
	}
}

func TestPartitionsFollowTheUnits(t *testing.T) {
	for _, test := range []struct {
		options DeploymentOptions
		want    int
	}{
		{DeploymentOptions{}, 4}, {DeploymentOptions{Units: 3}, 4}, {DeploymentOptions{Units: 8}, 8}, {DeploymentOptions{Units: 2, MaxUnits: 20}, 20}, {DeploymentOptions{Units: 40}, 32},
		{DeploymentOptions{Units: 8, Tables: []string{"AlertInfo"}}, 4}, {DeploymentOptions{Units: 8, Partitions: 2}, 2}, {DeploymentOptions{Units: 8, Tier: Premium}, 4},
	} {
		test.options.Project = "acme"
		o, _, err := test.options.complete()
		if err != nil || o.Partitions != test.want {
			t.Errorf("%+v: %d partitions, wanted %d (%v)", test.options, o.Partitions, test.want, err)
		}
	}
}

func TestWhatIsDiscouragedIsSaid(t *testing.T) {
	for name, says := range map[string]string{"basic": "one day", "no key": "takes no keys", "closed": "trusted service", "all by default": "history", "a hub for each table": "One intake reads all"} {
		notes := strings.Join(written(t, ARM, variants[name]).Notes, "\n")
		if !strings.Contains(notes, says) {
			t.Errorf("%s: %s", name, notes)
		}
	}
}

func TestCommandsCanBeReadByAShell(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash here")
	}
	for name, o := range variants {
		for _, language := range Languages() {
			d := written(t, language, o)
			for _, command := range d.Commands {
				if out, err := exec.CommandContext(t.Context(), bash, "-n", "-c", command).CombinedOutput(); err != nil || strings.Contains(command, "\n") || strings.Contains(command, "${") {
					t.Errorf("%s: %s: %s", name, command, out)
				}
			}
			if len(d.Needs) == 0 || d.File == "" || len(d.Resources) == 0 {
				t.Errorf("%s, %s: %+v", name, language, d)
			}
			for _, r := range d.Resources {
				if r.Name == "" && !strings.HasSuffix(r.Type, "roleAssignments") {
					t.Errorf("%s: %s has no name", name, r.Type)
				}
			}
		}
	}
}
