package azure

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"penstock/cloud"
)

// SetupGuide is the way from nothing to events in one cloud, for one project.
type SetupGuide struct {
	Cloud   string      `json:"cloud" doc:"Id of the cloud"`
	Steps   []GuideStep `json:"steps" nullable:"false"`
	Streams bool        `json:"streams" doc:"Whether Defender XDR streams from this cloud"`
	Clouds  cloud.List  `json:"-"` // those that there are
}

// GuideStep is one step of it.
type GuideStep struct {
	ID     string       `json:"id" yaml:"id" example:"stream"`
	Title  string       `json:"title" yaml:"title"`
	Where  string       `json:"where" yaml:"where" doc:"The page, with the names of the menus"`
	Link   string       `json:"link,omitempty" yaml:"link" doc:"Address of that page"`
	Right  string       `json:"right" yaml:"right" doc:"What whoever does it must be allowed"`
	Text   string       `json:"text" yaml:"text"`
	Values []GuideValue `json:"values,omitempty" nullable:"false" yaml:"values" doc:"To be copied"`
	Check  string       `json:"check,omitempty" yaml:"check" enum:"deployment,id,connection,arrival" doc:"What can be looked at afterwards: id by POST /azure/namespace, connection by POST /intakes/test, arrival by the intake's tables"`
}

// GuideValue is a value that is copied.
type GuideValue struct {
	Label string `json:"label" yaml:"label"`
	Value string `json:"value" yaml:"value"`
}

//go:embed guide.yaml
var guideText []byte

var readGuide = sync.OnceValues(func() ([]GuideStep, error) {
	var steps []GuideStep
	if err := yaml.UnmarshalWithOptions(guideText, &steps, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read guide.yaml: %w", err)
	}
	return steps, nil
})

// GuideFor is the guide with the names of a cloud and a project. Without a project, acme stands for it.
func GuideFor(o DeploymentOptions) (*SetupGuide, error) {
	if o.Project == "" {
		o.Project = "acme"
	}
	t, err := newTemplate(o)
	if err != nil {
		return nil, err
	}
	steps, err := readGuide()
	if err != nil {
		return nil, err
	}
	hub := "" // each table has its own
	if len(t.options.Tables) == 0 {
		hub = t.known(t.hubs[0].name)
	}
	portal := t.cloud.Portal
	if portal == "" {
		portal = "(no portal of Defender in this cloud)"
	}
	names := strings.NewReplacer(
		"{portal}", portal, "{azurePortal}", t.cloud.AzurePortal, "{namespace}", t.known(t.namespace.name), "{hub}", hub, "{resourceGroup}", t.options.ResourceGroup,
		"{consumerGroup}", t.known(t.group), "{storageAccount}", t.known(t.storage.name), "{container}", t.known(t.container.name),
	)
	g := &SetupGuide{Cloud: t.cloud.ID, Streams: t.cloud.Portal != "", Clouds: t.options.Clouds}
	for _, s := range steps {
		s.Where, s.Text, s.Right = names.Replace(s.Where), names.Replace(s.Text), names.Replace(s.Right)
		s.Link = names.Replace(s.Link)
		if !g.Streams {
			s.Link = ""
		}
		values := s.Values
		s.Values = nil
		for _, v := range values {
			if v.Value = names.Replace(v.Value); v.Value == "" {
				v.Value = "(left empty)"
			}
			s.Values = append(s.Values, v)
		}
		g.Steps = append(g.Steps, s)
	}
	return g, nil
}
