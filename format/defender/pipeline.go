package defender

import (
	"embed"
	"fmt"

	"penstock/format"
	"penstock/sigma/pipeline"
)

//go:embed sigma/*.yaml
var logsources embed.FS

// Pipeline says which tables answer the logsources of Sigma rules, and what their fields are there (sigma/*.yaml). The
// plan is the mapping that events are made with: rules may use its fields too.
func Pipeline(plan *format.Plan) (*pipeline.Pipeline, error) {
	entries, err := logsources.ReadDir("sigma")
	if err != nil {
		return nil, fmt.Errorf("list the embedded logsources: %w", err)
	}
	var definitions []*pipeline.Definition
	for _, e := range entries {
		name := "sigma/" + e.Name()
		data, err := logsources.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the embedded logsources: %w", err)
		}
		d, err := pipeline.ParseDefinition(name, data)
		if err != nil {
			return nil, err
		}
		definitions = append(definitions, d)
	}
	return pipeline.New(plan, definitions...)
}
