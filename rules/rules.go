// Package rules holds the rules that come with Penstock, written in Sigma, and the records that prove each of them: such as
// it must match and near misses that it must not. README.md says how to write one.
package rules

import (
	"embed"
	"fmt"
	"io/fs"

	"penstock/sigma"
)

//go:embed */*.yml
var texts embed.FS

//go:embed */*.test.yaml
var proofs embed.FS

// FS has the rules' files, one rule each but for correlations, which have the rules that they count with them:
// family/slug.yml. Their tests are not in it.
func FS() fs.FS { return texts }

// All reads the rules.
func All() (*sigma.Collection, error) {
	files, err := fs.Glob(texts, "*/*.yml")
	if err != nil {
		return nil, fmt.Errorf("list the built-in rules: %w", err)
	}
	parts := make([]*sigma.Collection, len(files))
	for i, file := range files {
		data, err := texts.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read a built-in rule: %w", err)
		}
		parts[i] = sigma.Read(file, data, sigma.Options{})
	}
	return sigma.Resolve(parts...), nil
}
