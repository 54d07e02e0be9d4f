package azure

import (
	"fmt"
	"slices"
	"strings"
)

// Languages in which a deployment is written.
const (
	ARM       = "arm"
	Bicep     = "bicep"
	Terraform = "terraform"
	Script    = "az"
)

// Languages are all of them.
func Languages() []string { return []string{ARM, Bicep, Terraform, Script} }

// Deployment is a text that makes in Azure what Penstock reads from, with what is to be known of it.
type Deployment struct {
	Language  string             `json:"language" enum:"arm,bicep,terraform,az"`
	File      string             `json:"file" doc:"The name that the commands have for the text" example:"penstock.bicep"`
	Text      string             `json:"text"`
	Commands  []string           `json:"commands" nullable:"false" doc:"With which it is run, in order; the last ones tell the settings of the intake as JSON, to be pasted into its form"`
	Needs     []string           `json:"needs" nullable:"false" doc:"Rights that whoever runs it needs"`
	Notes     []string           `json:"notes" nullable:"false" doc:"What is to be known of it"`
	Resources []DeployedResource `json:"resources" nullable:"false" doc:"That it makes"`
	Options   DeploymentOptions  `json:"options" doc:"With which it was made, the defaults filled in"`
}

// DeployedResource is one thing that a deployment makes.
type DeployedResource struct {
	Type  string `json:"type" example:"Microsoft.EventHub/namespaces/eventhubs"`
	Name  string `json:"name" doc:"Within its parent" example:"acmeeh"`
	About string `json:"about" doc:"Why it is there"`
}

// Deploy writes a deployment. What is wrong with the options is a Mistakes, or a Mistake.
func Deploy(language string, o DeploymentOptions) (*Deployment, error) {
	if !slices.Contains(Languages(), language) {
		return nil, &Mistake{"format", "Expected " + strings.Join(Languages(), ", ") + "."}
	}
	t, err := newTemplate(o)
	if err != nil {
		return nil, err
	}
	d := &Deployment{Language: language, Notes: t.notes(), Needs: t.rights(), Options: t.options, Resources: t.list()}
	switch language {
	case ARM:
		d.File = "penstock.json"
		if d.Text, err = t.arm(); err != nil {
			return nil, err
		}
	case Bicep:
		d.File, d.Text = "penstock.bicep", t.bicep()
	case Terraform:
		d.File, d.Text = "penstock.tf", t.terraform()
	case Script:
		d.File, d.Text = "penstock.sh", t.script()
	}
	d.Commands = t.commands(language, d.File)
	return d, nil
}

func (t *template) summary() string {
	o := &t.options
	hubs := "one hub for all tables"
	if n := len(o.Tables); n > 0 {
		hubs = fmt.Sprintf("%d hubs, one for each table", n)
	}
	return fmt.Sprintf("What Penstock reads Microsoft Defender XDR's stream from, for %s: an Event Hubs namespace (%s) with %s, and a storage account for positions.", o.Project, o.Tier, hubs)
}

func (t *template) rights() []string {
	rights := []string{"Contributor on the resource group " + t.options.ResourceGroup + ", or on the subscription where the group is to be made"}
	if t.options.Entra {
		rights = append(rights, "Role Based Access Control Administrator, or Owner, on the same: for the role assignments")
	}
	if t.options.Subnet != "" {
		rights = append(rights, "Network Contributor on the virtual network of the subnet")
	}
	if t.options.KeyURI != "" {
		rights = append(rights, "Managed Identity Operator on the identity that uses the customer's key")
	}
	if t.keyRole != nil {
		rights = append(rights, "Contributor on the resource group of the key vault, and Role Based Access Control Administrator, or Owner, on the vault: for the role of that identity")
	}
	if t.options.Workspace != "" {
		rights = append(rights, "Log Analytics Contributor on the workspace")
	}
	return rights
}

func (t *template) commands(language, file string) []string {
	o := &t.options
	group := shText(o.ResourceGroup)
	var all []string
	if t.cloud.Azure != "AzureCloud" {
		all = append(all, "az cloud set --name "+t.cloud.Azure)
	}
	all = append(all, "az login")
	switch language {
	case ARM, Bicep:
		all = append(all,
			"az provider register --namespace Microsoft.Insights",
			"az group create --name "+group+" --location "+o.Location+" --output none",
			"az deployment group create --name penstock --resource-group "+group+" --template-file "+file+" --output none",
			"az deployment group show --name penstock --resource-group "+group+" --query properties.outputs.intake.value --output json")
	case Terraform:
		all = append(all, "az provider register --namespace Microsoft.Insights", `export ARM_SUBSCRIPTION_ID="$(az account show --query id --output tsv)"`,
			"terraform init", "terraform apply", "terraform output -json intake")
	case Script:
		all = append(all, "bash "+file)
	}
	if o.HideSecrets && !o.Entra {
		s := scriptWriter{template: t}
		plain := strings.NewReplacer("${project_name}", o.Project, `"$resource_group"`, group, "\\\n  ", "")
		for _, value := range []expr{hubString{t.policy}, storageString{t.storage}} {
			all = append(all, plain.Replace(s.fetch(value)))
		}
	}
	return all
}

// list tells the resources with the names that they will have.
func (t *template) list() []DeployedResource {
	var all []DeployedResource
	for _, r := range t.resources {
		all = append(all, DeployedResource{r.kind.name, t.known(r.name), r.about})
	}
	return all
}

// known is a name as it will be, as far as that is known.
func (t *template) known(e expr) string {
	switch e := e.(type) {
	case text:
		return string(e)
	case project:
		return t.options.Project
	case join:
		var b strings.Builder
		for _, one := range e {
			b.WriteString(t.known(one))
		}
		return b.String()
	}
	return ""
}
