// Package rules holds the rules that come with Penstock, written in Sigma, and the records that prove each of them: such as
// it must match and near misses that it must not. README.md says how to write one.
package rules

import (
	"embed"
	"io/fs"
)

//go:embed */*.yml
var texts embed.FS

//go:embed */*.test.yaml
var proofs embed.FS

// FS has the rules' files, one rule each but for correlations, which have the rules that they count with them:
// family/slug.yml. Their tests are not in it.
func FS() fs.FS { return texts }
