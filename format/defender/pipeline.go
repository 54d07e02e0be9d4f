package defender

import (
	"fmt"

	"penstock/format"
	"penstock/sigma/pipeline"
)

// Pipeline says which tables answer the logsources of Sigma rules, and what their fields are there (sigma/*.yaml). The
// plan is the mapping that events are made with: rules may use its fields too.
func Pipeline(plan *format.Plan) (*pipeline.Pipeline, error) {
	entries, err := embedded.ReadDir("sigma")
	if err != nil {
		return nil, fmt.Errorf("list the embedded logsources: %w", err)
	}
	var definitions []*pipeline.Definition
	for _, e := range entries {
		name := "sigma/" + e.Name()
		data, err := embedded.ReadFile(name)
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
