package config

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"
)

// DataFolder is where the configuration in path keeps everything, for whoever needs no more of it than that: other keys
// may have mistakes, and the secrets that they name need not be in the environment.
func DataFolder(path string) (string, error) {
	text, err := readSmall(path)
	if err != nil {
		return "", fmt.Errorf("read configuration: %w", err)
	}
	c := struct {
		Data string `yaml:"data"`
	}{"data"}
	if err := yaml.Unmarshal(text, &c); err != nil {
		return "", fmt.Errorf("read the key data of %s: %w", path, err)
	}
	missing := ""
	data := environment.ReplaceAllStringFunc(c.Data, func(match string) string {
		value, set := os.LookupEnv(match[2 : len(match)-1])
		if !set {
			missing = match
		}
		return value
	})
	if missing != "" {
		return "", fmt.Errorf("read the key data of %s: the environment variable %s is not set", path, missing[2:len(missing)-1])
	}
	if filepath.IsAbs(data) {
		return data, nil
	}
	return filepath.Join(filepath.Dir(path), data), nil
}
