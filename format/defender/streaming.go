package defender

import (
	_ "embed"
	"fmt"

	"github.com/goccy/go-yaml"
)

//go:embed streaming.yaml
var streamingText []byte

// Choice is what Defender's streaming settings have of a table, and what becomes of whoever leaves it out.
type Choice struct {
	Group   string `yaml:"group"`   // under which the portal has it
	Needs   string `yaml:"needs"`   // the product without which it never comes
	Without string `yaml:"without"` // what is lost
}

// Tick is the way to the box of a table in the Defender portal.
func (c Choice) Tick(table string) string {
	if c.Group == "" {
		return ""
	}
	return "Event Types, " + c.Group + ", " + table
}

// Streaming are the choices of Defender's streaming settings, by table.
func Streaming() (map[string]Choice, error) {
	all := map[string]Choice{}
	if err := yaml.UnmarshalWithOptions(streamingText, &all, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read streaming.yaml: %w", err)
	}
	return all, nil
}
