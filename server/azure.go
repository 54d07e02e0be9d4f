package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
	"penstock/azure"
)

// Azure helps to set up what an intake reads from: deployments, the steps in Defender's portal, the size. It asks nobody, and
// changes nothing. What is wrong with what was asked for is a Mistake, or Mistakes, of the package azure.
type Azure interface {
	Guide(o azure.DeploymentOptions) (*AzureGuide, error)
	Template(language string, o azure.DeploymentOptions) (*azure.Deployment, error)
	Plan(o azure.PlanOrder, result string) (*azure.CapacityPlan, error)
	CheckNamespace(text string) *azure.NamespaceCheck
}

// AzureGuide is the way from nothing to events, with all there is to choose from.
type AzureGuide struct {
	azure.SetupGuide
	Clouds List[AzureCloud] `json:"clouds" doc:"The commercial one first"`
	Tables List[AzureTable] `json:"tables" doc:"That are known to be streamed, by name"`
	Query  string           `json:"query" doc:"In KQL, for Hunting, Advanced hunting in Defender's portal: measures the tenant's volume; its result goes to POST /azure/plan"`
}

// AzureCloud is one of Microsoft's clouds.
type AzureCloud struct {
	ID          string `json:"id" example:"gcc-high"`
	Name        string `json:"name" example:"GCC High"`
	About       string `json:"about"`
	Portal      string `json:"portal,omitempty" doc:"Host of Defender's portal; absent: Defender does not stream from there" example:"security.microsoft.us"`
	AzurePortal string `json:"azurePortal" example:"portal.azure.us"`
	Login       string `json:"login" example:"login.microsoftonline.us"`
	EventHubs   string `json:"eventHubs" doc:"What the host of a namespace ends with" example:"servicebus.usgovcloudapi.net"`
	Storage     string `json:"storage" doc:"The endpoint suffix of storage accounts" example:"core.usgovcloudapi.net"`
	Location    string `json:"location" doc:"A region, as an example" example:"usgovvirginia"`
}

// AzureTable is a table that Defender streams.
type AzureTable struct {
	Name    string  `json:"name" example:"DeviceProcessEvents"`
	About   string  `json:"about" doc:"What it has"`
	Use     string  `json:"use" doc:"What it is good for"`
	Without string  `json:"without" doc:"What is lost where it is not ticked"`
	From    string  `json:"from" enum:"device,user,mailbox,workload,alert" doc:"What makes its records"`
	Listed  bool    `json:"listed" doc:"Whether Microsoft's list of streamed event types names it; the others have been seen in streams all the same"`
	Share   float64 `json:"share" doc:"Its usual part of the volume, of 1: of the bytes of the simulator's mix, measured"`
	Bytes   int     `json:"bytes" doc:"Of a record on the wire, likewise"`
	Rules   int     `json:"rules" doc:"Built-in rules that look at it"`
	Only    int     `json:"only" doc:"Built-in rules that look at it alone: without it they never match"`
}

type azureGuideInput struct {
	Project       string   `query:"project" maxLength:"64" doc:"Prefix of the names; by default acme"`
	Cloud         string   `query:"cloud" maxLength:"32" doc:"Id of the cloud; by default commercial"`
	ResourceGroup string   `query:"resourceGroup" maxLength:"90"`
	Tier          string   `query:"tier" maxLength:"16"`
	Tables        []string `query:"tables" maxItems:"100" doc:"That have a hub each; none: one hub takes all"`
}

type azureTemplateInput struct {
	Body struct {
		Language string                  `json:"language" enum:"arm,bicep,terraform,az"`
		Options  azure.DeploymentOptions `json:"options"`
	}
}

type azurePlanInput struct {
	Body struct {
		azure.PlanOrder
		Result string `json:"result,omitempty" maxLength:"1048576" doc:"Result of the measuring query as the portal exports it, CSV or JSON, instead of measured"`
	}
}

type azureNamespaceInput struct {
	Body struct {
		Text string `json:"text" maxLength:"8192" doc:"What was pasted"`
	}
}

func (s *Server) registerAzure(api huma.API) {
	const what, tag = "setup kit", "azure"
	a := s.backends.Azure
	asking := func(id, path, summary string) huma.Operation {
		return noting(change(access.IntakesWrite, http.MethodPost, id, path, tag, summary), quietKey)
	}
	huma.Register(api, get(access.IntakesWrite, "azureGuide", "/azure/guide", tag, "The way from nothing to events: clouds, steps with their rights and values, tables"), room(s, a, what, "write the guide",
		func(_ context.Context, a Azure, in *azureGuideInput) (*AzureGuide, error) {
			g, err := a.Guide(azure.DeploymentOptions{Project: in.Project, Cloud: in.Cloud, ResourceGroup: in.ResourceGroup, Tier: in.Tier, Tables: in.Tables})
			return g, azureError(err, "")
		}))
	huma.Register(api, asking("azureTemplate", "/azure/template", "Write a deployment of an Event Hub and its storage"), room(s, a, what, "write a deployment",
		func(_ context.Context, a Azure, in *azureTemplateInput) (*azure.Deployment, error) {
			d, err := a.Template(in.Body.Language, in.Body.Options)
			return d, azureError(err, "options.")
		}))
	huma.Register(api, asking("azurePlan", "/azure/plan", "Say how large the Event Hub must be, with the arithmetic"), room(s, a, what, "plan an Event Hub",
		func(_ context.Context, a Azure, in *azurePlanInput) (*azure.CapacityPlan, error) {
			p, err := a.Plan(in.Body.PlanOrder, in.Body.Result)
			return p, azureError(err, "")
		}))
	huma.Register(api, asking("azureNamespace", "/azure/namespace", "Say whether a text is the resource ID of a namespace, and what it is otherwise"), room(s, a, what, "check a resource ID",
		func(_ context.Context, a Azure, in *azureNamespaceInput) (*azure.NamespaceCheck, error) {
			return a.CheckNamespace(in.Body.Text), nil
		}))
}

// azureError tells what is wrong with what was asked for, each beside its field; where says what the fields are in.
func azureError(err error, where string) error {
	var all azure.Mistakes
	if !errors.As(err, &all) {
		var one *azure.Mistake
		if !errors.As(err, &one) {
			return err
		}
		all = azure.Mistakes{one}
	}
	form := &FormError{}
	for _, m := range all {
		form.Mistakes = append(form.Mistakes, FormMistake{where + m.Field, m.Message})
	}
	return form
}
