// Package azure helps with what has to be there in Azure before events arrive: it writes deployments of an Event Hub and its
// storage, knows the steps in Defender's portal, and tells how large the hub must be. It asks nobody: all it knows it has
// with it.
package azure

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"penstock/cloud"
)

// Tiers of Event Hubs.
const (
	Basic    = "Basic"
	Standard = "Standard"
	Premium  = "Premium"
)

// DeploymentOptions say what a deployment makes. Empty means the default.
type DeploymentOptions struct {
	Project string `json:"project" doc:"Prefix of every name: 2 to 22 small letters and digits, a letter first" example:"acme"`
	Cloud   string `json:"cloud,omitempty" maxLength:"32" doc:"commercial, gcc, gcc-high, dod, china, or a cloud of the configuration; by default its key cloud, commercial" example:"gcc-high"`
	// Clouds are those that there are; none: those that are built in.
	Clouds        cloud.List `json:"-"`
	Location      string     `json:"location,omitempty" maxLength:"64" doc:"Region; by default one of the cloud's" example:"westeurope"`
	ResourceGroup string     `json:"resourceGroup,omitempty" maxLength:"90" doc:"By default the project with rg behind it; it is made where it is missing, but for ARM and Bicep, which are deployed into one" example:"acmerg"`

	Tier          string `json:"tier,omitempty" enum:"Basic,Standard,Premium" doc:"By default Standard"`
	Units         int    `json:"units,omitempty" minimum:"0" maximum:"40" doc:"Throughput units, 1 to 40; with Premium processing units: 1, 2, 4, 6, 8, 10, 12 or 16. By default 1"`
	MaxUnits      int    `json:"maxUnits,omitempty" minimum:"0" maximum:"40" doc:"With Standard: up to how many throughput units the namespace grows by itself; absent: it does not"`
	Partitions    int    `json:"partitions,omitempty" minimum:"0" maximum:"100" doc:"1 to 32, with Premium up to 100. By default 4, or as many as throughput units where these are more and one hub takes all tables"`
	RetentionDays int    `json:"retentionDays,omitempty" minimum:"0" maximum:"90" doc:"1 to 7, with Premium up to 90, with Basic 1. By default 7, with Basic 1"`

	// Tables that have a hub each; none: one hub takes all.
	Tables []string `json:"tables,omitempty" maxItems:"100" doc:"Tables that have a hub each; none: one hub takes all. At most 10 but with Premium"`

	Entra         bool   `json:"entra,omitempty" doc:"Penstock signs in with Entra ID: there is no policy and no key, and the storage account takes none"`
	LocalAuth     bool   `json:"localAuth,omitempty" doc:"With entra: the namespace goes on to take keys, for others than Penstock"`
	PrincipalID   string `json:"principalId,omitempty" maxLength:"36" doc:"With entra: object ID of what Penstock runs as; absent: a managed identity is made" example:"11111111-2222-3333-4444-555555555555"`
	PrincipalType string `json:"principalType,omitempty" enum:"ServicePrincipal,User,Group" doc:"Of principalId; a managed identity is a ServicePrincipal too, and it is the default"`

	Addresses  []string `json:"addresses,omitempty" maxItems:"100" doc:"Public IPv4 addresses and ranges from which namespace and storage are reached; none: from everywhere, unless there is a subnet" example:"[\"198.51.100.7\"]"`
	Subnet     string   `json:"subnet,omitempty" maxLength:"512" doc:"Resource ID of the subnet in which namespace and storage have private endpoints"`
	PrivateDNS bool     `json:"privateDns,omitempty" doc:"With subnet: the private DNS zones are made and linked to its network too"`

	KeyURI      string `json:"keyUri,omitempty" maxLength:"512" doc:"Customer-managed key, with Premium: the address of a key in a key vault" example:"https://contoso.vault.azure.net/keys/penstock"`
	KeyIdentity string `json:"keyIdentity,omitempty" maxLength:"512" doc:"With keyUri: resource ID of a user-assigned managed identity that may use the key"`
	KeyVault    string `json:"keyVault,omitempty" maxLength:"512" doc:"With keyUri: resource ID of the key vault, so that the identity is given the role Key Vault Crypto Service Encryption User there; absent: it has the role already"`

	Workspace   string `json:"workspace,omitempty" maxLength:"512" doc:"Resource ID of the Log Analytics workspace for the diagnostics of the namespace; absent: there are none"`
	Redundancy  string `json:"redundancy,omitempty" enum:"LRS,ZRS,GRS" doc:"Of the storage account, which holds nothing but positions. By default LRS"`
	HideSecrets bool   `json:"hideSecrets,omitempty" doc:"The connection strings are not among the outputs, which stay readable in the history of deployments"`
}

// premiumUnits are the numbers of processing units that there are.
var premiumUnits = []int{1, 2, 4, 6, 8, 10, 12, 16}

const (
	maxThroughputUnits = 40
	maxStandardHubs    = 10 // of a namespace; Premium has 100 for each unit
	maxPremiumHubs     = 100
)

var (
	projectName = regexp.MustCompile(`^[a-z][a-z0-9]{1,21}$`)
	location    = regexp.MustCompile(`^[a-z][a-z0-9]{2,40}$`)
	groupName   = regexp.MustCompile(`^[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]$`)
	tableName   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{1,63}$`)
	guid        = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	keyPath     = regexp.MustCompile(`^/keys/([A-Za-z0-9-]{1,127})(/[0-9a-f]{32})?/?$`)
)

// complete fills in the defaults and finds what is wrong.
func (o DeploymentOptions) complete() (DeploymentOptions, cloud.Cloud, error) {
	var wrong Mistakes
	if len(o.Clouds) == 0 {
		var err error
		if o.Clouds, err = cloud.Known(); err != nil {
			return o, cloud.Cloud{}, err
		}
	}
	in, err := o.Clouds.Find(o.Cloud)
	if err != nil {
		wrong.add("cloud", strings.ToUpper(err.Error()[:1])+err.Error()[1:]+".")
	}
	if err == nil && (in.Azure == "" || in.Management == "") {
		wrong.add("cloud", "Deployments need more of the cloud "+in.ID+" than penstock.yaml says of it: azure and management.")
	}
	o.Cloud, o.Project = in.ID, strings.TrimSpace(o.Project)
	o.checkNames(in, &wrong)
	o.checkSize(&wrong)
	o.checkTables(&wrong)
	o.checkIdentity(&wrong)
	o.checkNetwork(&wrong)
	o.checkKey(in, &wrong)
	if o.Workspace != "" && !ofType(o.Workspace, "Microsoft.OperationalInsights/workspaces") {
		wrong.add("workspace", "Expected the resource ID of a Log Analytics workspace: /subscriptions/…/providers/Microsoft.OperationalInsights/workspaces/NAME (its Properties, Resource ID).")
	}
	switch o.Redundancy {
	case "":
		o.Redundancy = "LRS"
	case "LRS", "ZRS", "GRS":
	default:
		wrong.add("redundancy", "Expected LRS, ZRS or GRS.")
	}
	return o, in, wrong.err()
}

func (o *DeploymentOptions) checkNames(in cloud.Cloud, wrong *Mistakes) {
	if !projectName.MatchString(o.Project) {
		wrong.add("project", whyProject(o.Project))
	}
	o.Location = strings.ToLower(strings.ReplaceAll(o.Location, " ", ""))
	if o.Location == "" {
		o.Location = in.Location
	}
	if in.ID != "" && !location.MatchString(o.Location) {
		wrong.add("location", "Expected the name of a region, as "+in.Location+" (az account list-locations -o table).")
	}
	if o.ResourceGroup == "" {
		o.ResourceGroup = o.Project + "rg"
	}
	if !groupName.MatchString(o.ResourceGroup) {
		wrong.add("resourceGroup", "Expected the name of a resource group: up to 90 letters, digits, underscores, hyphens, periods and parentheses, no period at the end.")
	}
}

// whyProject says what is wrong with the prefix: the storage account has the tightest rule of all names made with it.
func whyProject(name string) string {
	rest := " It is the prefix of every name, and that of the storage account (" + name + "sa) may have 3 to 24 small letters and digits alone."
	switch {
	case name == "":
		return "The name of the project is missing, as acme."
	case len(name) > 22:
		return fmt.Sprintf("It has %d characters; 22 is the most.", len(name)) + rest
	case len(name) < 2:
		return "It needs two characters at least: the name of the namespace (" + name + "ehns) must have 6 to 50."
	case name != strings.ToLower(name):
		return "There are capital letters in it: write " + strings.ToLower(name) + "." + rest
	case name[0] >= '0' && name[0] <= '9':
		return "It must begin with a letter, as the name of a namespace must."
	}
	return "Letters without accents and digits alone: no hyphens, spaces or other characters." + rest
}

func (o *DeploymentOptions) checkSize(wrong *Mistakes) {
	if o.Tier == "" {
		o.Tier = Standard
	}
	if o.Units == 0 {
		o.Units = 1
	}
	partitions, days := 32, 7
	switch o.Tier {
	case Basic:
		days = 1
	case Standard:
	case Premium:
		partitions, days = 100, 90
		if !slices.Contains(premiumUnits, o.Units) {
			wrong.add("units", "Premium has processing units: 1, 2, 4, 6, 8, 10, 12 or 16.")
		}
	default:
		wrong.add("tier", "Expected Basic, Standard or Premium.")
	}
	if o.Units < 1 || o.Units > maxThroughputUnits {
		wrong.add("units", "Expected 1 to 40 throughput units.")
	}
	switch {
	case o.MaxUnits == 0:
	case o.Tier != Standard:
		wrong.add("maxUnits", "Only a Standard namespace grows by itself: leave the maximum out.")
	case o.MaxUnits < o.Units || o.MaxUnits > maxThroughputUnits:
		wrong.add("maxUnits", fmt.Sprintf("Expected the maximum between the units it begins with (%d) and 40.", o.Units))
	}
	if o.Partitions == 0 {
		o.Partitions = 4
		if units := max(o.Units, o.MaxUnits); len(o.Tables) == 0 && o.Tier != Premium && units > 4 {
			o.Partitions = min(units, partitions)
		}
	}
	if o.Partitions < 1 || o.Partitions > partitions {
		wrong.add("partitions", fmt.Sprintf("Expected 1 to %d partitions with %s.", partitions, o.Tier))
	}
	if o.RetentionDays == 0 {
		o.RetentionDays = min(7, days)
	}
	if o.RetentionDays < 1 || o.RetentionDays > days {
		wrong.add("retentionDays", fmt.Sprintf("Expected 1 to %d days with %s.", days, o.Tier))
	}
}

func (o *DeploymentOptions) checkTables(wrong *Mistakes) {
	seen := map[string]bool{}
	for _, t := range o.Tables {
		if lower := strings.ToLower(t); !tableName.MatchString(t) || seen[lower] {
			wrong.add("tables", fmt.Sprintf("%q is no name of a table, or it is there twice.", t))
			return
		} else {
			seen[lower] = true
		}
	}
	switch n := len(o.Tables); {
	case o.Tier == Premium && n > maxPremiumHubs:
		wrong.add("tables", "At most 100 tables can have a hub each.")
	case o.Tier != Premium && n > maxStandardHubs:
		wrong.add("tables", fmt.Sprintf("A %s namespace has at most 10 hubs, and these are %d tables: let one hub take all (leave the tables out), take Premium, or share the tables among several namespaces.", o.Tier, n))
	}
}

func (o *DeploymentOptions) checkIdentity(wrong *Mistakes) {
	if !o.Entra {
		if o.PrincipalID != "" || o.LocalAuth {
			wrong.add("entra", "An identity, and whether keys are taken beside it, count with entra alone.")
		}
		return
	}
	if o.PrincipalID != "" && !guid.MatchString(o.PrincipalID) {
		wrong.add("principalId", "Expected an object ID, as 11111111-2222-3333-4444-555555555555: of a managed identity under its Overview, of an application under Enterprise applications (not the one under App registrations).")
	}
	switch o.PrincipalType {
	case "":
		o.PrincipalType = "ServicePrincipal"
	case "ServicePrincipal", "User", "Group":
	default:
		wrong.add("principalType", "Expected ServicePrincipal, User or Group.")
	}
}

func (o *DeploymentOptions) checkNetwork(wrong *Mistakes) {
	if o.Tier == Basic && (o.Subnet != "" || len(o.Addresses) > 0) {
		wrong.add("tier", "Basic has neither network rules nor private endpoints: take Standard or Premium.")
	}
	if o.Subnet != "" {
		if !ofType(o.Subnet, "Microsoft.Network/virtualNetworks/subnets") {
			wrong.add("subnet", "Expected the resource ID of a subnet: /subscriptions/…/providers/Microsoft.Network/virtualNetworks/NETWORK/subnets/NAME (az network vnet subnet show --query id).")
		}
	} else if o.PrivateDNS {
		wrong.add("privateDns", "Private DNS zones are of use with private endpoints alone: give the subnet.")
	}
	for i, one := range o.Addresses {
		prefix, err := address(one)
		if err != nil {
			wrong.add("addresses", err.Error())
			return
		}
		o.Addresses = slices.Clone(o.Addresses)
		o.Addresses[i] = prefix
	}
}

// address is a public IPv4 address or range as both services take it: storage accounts refuse ranges of one or two
// addresses, and both know only addresses of the internet.
func address(one string) (string, error) {
	prefix, err := netip.ParsePrefix(strings.TrimSpace(one))
	if err != nil {
		var a netip.Addr
		if a, err = netip.ParseAddr(strings.TrimSpace(one)); err == nil {
			prefix = netip.PrefixFrom(a, a.BitLen())
		}
	}
	switch a := prefix.Addr(); {
	case err != nil, !a.Is4():
		return "", fmt.Errorf("%q is no IPv4 address or range, as 198.51.100.7 or 198.51.100.0/24", one)
	case a.IsPrivate(), a.IsLoopback(), a.IsLinkLocalUnicast(), a.IsUnspecified():
		return "", fmt.Errorf("%q is not an address of the internet: the rules see the public address that you come from; for private ones give the subnet", one)
	case prefix.Bits() == 32:
		return a.String(), nil
	case prefix.Bits() == 31:
		return "", fmt.Errorf("%q: a storage account takes no range of two addresses, give both", one)
	}
	return prefix.Masked().String(), nil
}

func (o *DeploymentOptions) checkKey(in cloud.Cloud, wrong *Mistakes) {
	if o.KeyURI == "" {
		if o.KeyIdentity != "" || o.KeyVault != "" {
			wrong.add("keyUri", "Identity and vault are for a key: give the key's address, or leave them out.")
		}
		return
	}
	if o.Tier != Premium {
		wrong.add("tier", "Only Premium encrypts with a customer's key.")
	}
	u, err := url.Parse(o.KeyURI)
	if err != nil || u.Scheme != "https" || !strings.HasSuffix(strings.ToLower(u.Host), "."+in.KeyVault) || !keyPath.MatchString(u.Path) || u.RawQuery != "" || u.User != nil {
		wrong.add("keyUri", "Expected the address of a key in a key vault of this cloud, as https://contoso."+in.KeyVault+"/keys/penstock (the key, Key identifier).")
	}
	if !ofType(o.KeyIdentity, "Microsoft.ManagedIdentity/userAssignedIdentities") {
		wrong.add("keyIdentity", "Expected the resource ID of a user-assigned managed identity that may use the key: it must exist before, for the namespace is made with it.")
	}
	if o.KeyVault == "" {
		return
	}
	if name := o.KeyVault[strings.LastIndexByte(o.KeyVault, '/')+1:]; !ofType(o.KeyVault, "Microsoft.KeyVault/vaults") || u != nil && !strings.HasPrefix(strings.ToLower(u.Host), strings.ToLower(name)+".") {
		wrong.add("keyVault", "Expected the resource ID of the key vault that the key is in: /subscriptions/…/providers/Microsoft.KeyVault/vaults/NAME (its Properties, Resource ID).")
	}
}

// key is the key's vault, name and version; no version: always the newest.
func (o *DeploymentOptions) key() (vault, name, version string) {
	u, err := url.Parse(o.KeyURI)
	if err != nil {
		return "", "", ""
	}
	m := keyPath.FindStringSubmatch(u.Path)
	if m == nil {
		return "", "", ""
	}
	return "https://" + strings.ToLower(u.Host), m[1], strings.Trim(m[2], "/")
}

// closed says whether namespace and storage are reached by private endpoints alone.
func (o *DeploymentOptions) closed() bool { return o.Subnet != "" && len(o.Addresses) == 0 }

// limited says whether not everybody reaches them.
func (o *DeploymentOptions) limited() bool { return o.Subnet != "" || len(o.Addresses) > 0 }
