// Package azure helps with what has to be there in Azure before events arrive: it writes deployments of an Event Hub and its
// storage, knows the steps in Defender's portal, and tells how large the hub must be. It asks nobody: all it knows it has
// with it.
package azure

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

// Cloud is one of Microsoft's clouds, with the names that differ between them.
type Cloud struct {
	ID          string `yaml:"id"`
	Name        string `yaml:"name"`
	About       string `yaml:"about"`
	Portal      string `yaml:"portal"` // host of Defender's portal; empty: Defender does not stream from there
	AzurePortal string `yaml:"azurePortal"`
	Login       string `yaml:"login"`      // host of Entra ID
	Management  string `yaml:"management"` // host of Azure Resource Manager
	EventHubs   string `yaml:"eventHubs"`  // what the host of a namespace ends with, without the period before it
	Storage     string `yaml:"storage"`    // the endpoint suffix of storage accounts, as core.windows.net
	KeyVault    string `yaml:"keyVault"`
	Azure       string `yaml:"azure"`     // as the Azure CLI calls it
	Terraform   string `yaml:"terraform"` // as Terraform's provider calls it
	Location    string `yaml:"location"`  // a region, as an example
}

// Commercial is the cloud of those who have not said another.
const Commercial = "commercial"

//go:embed clouds.yaml
var cloudsText []byte

var readClouds = sync.OnceValues(func() ([]Cloud, error) {
	var list []Cloud
	if err := yaml.UnmarshalWithOptions(cloudsText, &list, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read clouds.yaml: %w", err)
	}
	return list, nil
})

// Clouds are those that there are, the commercial one first.
func Clouds() ([]Cloud, error) {
	list, err := readClouds()
	return append([]Cloud(nil), list...), err
}

// FindCloud is the cloud of an id; of none, the commercial one.
func FindCloud(id string) (Cloud, error) {
	if id == "" {
		id = Commercial
	}
	list, err := readClouds()
	if err != nil {
		return Cloud{}, err
	}
	var ids []string
	for _, c := range list {
		if c.ID == id {
			return c, nil
		}
		ids = append(ids, c.ID)
	}
	return Cloud{}, &Mistake{"cloud", fmt.Sprintf("There is no cloud %q; there are %s.", id, strings.Join(ids, ", "))}
}

// CloudOf is the first cloud that a host is of: that of a namespace, of a storage account, of a portal or of Entra ID.
func CloudOf(host string) (Cloud, bool) {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	list, err := readClouds()
	if err != nil {
		return Cloud{}, false
	}
	for _, c := range list {
		if strings.HasSuffix(host, "."+c.EventHubs) || strings.HasSuffix(host, "."+c.Storage) || strings.HasSuffix(host, "."+c.KeyVault) {
			return c, true
		}
		for _, one := range []string{c.Portal, c.AzurePortal, c.Login, c.Management} {
			if one != "" && host == one {
				return c, true
			}
		}
	}
	return Cloud{}, false
}
