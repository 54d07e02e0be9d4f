package defender

import (
	_ "embed"
	"fmt"

	"github.com/goccy/go-yaml"
)

//go:embed format.yaml
var aboutText []byte

// Format is what the catalogue of formats says of this one.
type Format struct {
	ID          string            `yaml:"id"`
	UUID        string            `yaml:"uuid"` // by which other catalogues of formats know it
	Name        string            `yaml:"name"`
	Description string            `yaml:"description"`
	Tables      map[string]string `yaml:"tables"` // what each is about; those with a mapping of their own
	Setup       []SetupValue      `yaml:"setup"`
}

// SetupValue is a value that the setup of an intake asks for, in the order of the form.
type SetupValue struct {
	Field       string `yaml:"field"` // of the intake's settings
	Label       string `yaml:"label"`
	Explanation string `yaml:"explanation"`
	Where       string `yaml:"where"` // it is found
	Example     string `yaml:"example"`
	Default     string `yaml:"default"`
	Secret      bool   `yaml:"secret"`
	Optional    bool   `yaml:"optional"`
}

// About is the format's entry in the catalogue.
func About() (*Format, error) {
	f := new(Format)
	if err := yaml.UnmarshalWithOptions(aboutText, f, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read format.yaml: %w", err)
	}
	return f, nil
}
