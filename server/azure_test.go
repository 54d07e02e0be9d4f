package server

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/azure"
)

// kit answers as the backend does, without the counts of rules.
type kit struct{}

func (kit) Guide(o azure.DeploymentOptions) (*AzureGuide, error) {
	g, err := azure.GuideFor(o)
	if err != nil {
		return nil, err
	}
	return &AzureGuide{SetupGuide: *g}, nil
}

func (kit) Template(language string, o azure.DeploymentOptions) (*azure.Deployment, error) {
	return azure.Deploy(language, o)
}

func (kit) Plan(o azure.PlanOrder, result string) (*azure.CapacityPlan, error) {
	if result != "" {
		var err error
		if o.Measured, err = azure.ReadMeasured(strings.NewReader(result)); err != nil {
			return nil, err
		}
	}
	return azure.MakePlan(o)
}

func (kit) CheckNamespace(text string) *azure.NamespaceCheck { return azure.CheckNamespaceID(text) }

func TestTheSetupKitAnswersAndNamesTheFieldThatIsWrong(t *testing.T) {
	b := allOf(newFake(time.Now().UTC(), 1))
	b.Azure = kit{}
	s := newServer(t, Options{}, b)
	for _, c := range []struct {
		method, path, body string
		status             int
		contains           string
	}{
		{"GET", "/azure/guide?project=contoso&cloud=gcc-high", "", 200, `contosoehns`},
		{"GET", "/azure/guide?project=Contoso", "", 422, `"field":"project"`},
		{"GET", "/azure/guide?cloud=moon", "", 422, `"field":"cloud"`},
		{"POST", "/azure/template", `{"language":"bicep","options":{"project":"contoso"}}`, 200, `"file":"penstock.bicep"`},
		{"POST", "/azure/template", `{"language":"bicep","options":{"project":"contoso","tier":"Basic","maxUnits":4}}`, 422, `"location":"body.options.maxUnits"`},
		{"POST", "/azure/template", `{"language":"pulumi","options":{"project":"contoso"}}`, 422, "language"},
		{"POST", "/azure/plan", `{"devices":1000}`, 200, `"tier":"Standard"`},
		{"POST", "/azure/plan", `{"result":"Table,Days,Events,Bytes,PeakEvents,PeakBytes\nDeviceEvents,30,3000,3000000,10,9000"}`, 200, `"measured":true`},
		{"POST", "/azure/plan", `{"result":"a,b\n1,2"}`, 422, `"field":"measured"`},
		{"POST", "/azure/plan", `{}`, 422, `"field":"devices"`},
		{"POST", "/azure/namespace", `{"text":"acmeehns"}`, 200, `"kind":"name"`},
	} {
		status, _, text := do(t, s, c.method, "/api/v1"+c.path, func(r *http.Request) {
			r.Header.Set("Content-Type", "application/json")
			r.Body = io.NopCloser(strings.NewReader(c.body))
		})
		if status != c.status || !strings.Contains(text, c.contains) {
			t.Errorf("%s %s %s: %d %.400s\nwant %d with %s", c.method, c.path, c.body, status, text, c.status, c.contains)
		}
	}
}

func TestWhatADeploymentTellsIsWhatAnIntakeIsMadeWith(t *testing.T) {
	for _, o := range []azure.DeploymentOptions{{Project: "acme"}, {Project: "acme", Entra: true}, {Project: "acme", HideSecrets: true}, {Project: "acme", Tables: []string{"DeviceProcessEvents", "EmailEvents"}}} {
		d, err := azure.Deploy(azure.ARM, o)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Outputs map[string]struct {
				Value json.RawMessage `json:"value"`
			} `json:"outputs"`
		}
		if err := json.Unmarshal([]byte(d.Text), &doc); err != nil {
			t.Fatal(err)
		}
		dec := json.NewDecoder(strings.NewReader(string(doc.Outputs["intake"].Value)))
		dec.DisallowUnknownFields()
		var settings IntakeSettings
		if err := dec.Decode(&settings); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
		if settings.HubName == nil || settings.ConsumerGroup == nil || settings.StorageContainer == nil || (settings.HubConnectionString != nil) == (o.Entra || o.HideSecrets) || (settings.Namespace != nil) != o.Entra {
			t.Errorf("%+v: %s", o, doc.Outputs["intake"].Value)
		}
		if several := "insights-logs-advancedhunting-deviceprocessevents, insights-logs-advancedhunting-emailevents"; !slices.Equal(settings.ChosenTables, o.Tables) || len(o.Tables) > 0 && *settings.HubName != several {
			t.Errorf("%+v: %s", o, doc.Outputs["intake"].Value)
		}
	}
}
