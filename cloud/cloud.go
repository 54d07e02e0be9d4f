// Package cloud knows Microsoft's clouds and the names that differ between them: the ends of hosts, where one signs in, for
// whom tokens are. It is the only place that does; what was pasted, the configuration, sign-in, the doctor and the
// deployments all ask it. More clouds, and other names for these, come from penstock.yaml (key clouds).
package cloud

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

// Cloud is one of Microsoft's clouds, with the names that differ between them.
type Cloud struct {
	ID              string `yaml:"id" doc:"Id, as the key cloud names it; that of a cloud which is built in replaces it"`
	Name            string `yaml:"name" doc:"Name that is shown; the id when empty"`
	About           string `yaml:"about" doc:"What is to be known of it"`
	Portal          string `yaml:"portal" doc:"Host of Defender's portal; empty: Defender does not stream from there"`
	AzurePortal     string `yaml:"azure_portal" doc:"Host of the Azure portal"`
	Login           string `yaml:"login" doc:"Host of Microsoft Entra ID, as login.microsoftonline.com"`
	Management      string `yaml:"management" doc:"Host of Azure Resource Manager; deployments need it"`
	EventHubs       string `yaml:"event_hubs" doc:"What the host of a namespace ends with, as servicebus.windows.net"`
	HubAudience     string `yaml:"hub_audience" default:"https://eventhubs.azure.net" doc:"For what Event Hubs wants a token"`
	Storage         string `yaml:"storage" doc:"The endpoint suffix of storage accounts, as core.windows.net"`
	StorageAudience string `yaml:"storage_audience" default:"https://storage.azure.com" doc:"For what storage accounts want a token"`
	KeyVault        string `yaml:"key_vault" doc:"What the host of a key vault ends with; deployments with a customer-managed key need it"`
	Azure           string `yaml:"azure" doc:"What the Azure CLI calls it (az cloud set --name); deployments need it"`
	Terraform       string `yaml:"terraform" doc:"What Terraform's provider calls it (environment)"`
	Location        string `yaml:"location" doc:"A region, as the default of deployments"`
}

//go:embed clouds.yaml
var text []byte

var read = sync.OnceValues(func() (List, error) {
	var list List
	if err := yaml.UnmarshalWithOptions(text, &list, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read clouds.yaml: %w", err)
	}
	return list, nil
})

// Known are the clouds that are built in, the commercial one first.
func Known() (List, error) {
	list, err := read()
	return slices.Clone(list), err
}

// List is the clouds that there are. The first is that of names which do not say of which they are.
type List []Cloud

// With adds clouds of one's own, which count for more than those of the same id, and puts home first; empty: the first stays.
func (l List) With(own []Cloud, home string) (List, error) {
	all := slices.Clone(l)
	for _, c := range own {
		if i := slices.IndexFunc(all, func(o Cloud) bool { return o.ID == c.ID }); i >= 0 {
			all[i] = c
		} else {
			all = append(all, c)
		}
	}
	if home == "" {
		return all, nil
	}
	c, err := all.Find(home)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(o Cloud) bool { return o.ID == home })
	return slices.Insert(all, 0, c), nil
}

// Find is the cloud of an id; of none, the first. The error says which there are.
func (l List) Find(id string) (Cloud, error) {
	var ids []string
	for _, c := range l {
		if c.ID == id || id == "" {
			return c, nil
		}
		ids = append(ids, c.ID)
	}
	return Cloud{}, fmt.Errorf("there is no cloud %q; there are %s", id, strings.Join(ids, ", "))
}

// Of is the first cloud that a host is of: that of a namespace, of a storage account, of a portal or of Entra ID.
func (l List) Of(host string) (Cloud, bool) {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for _, c := range l {
		if c.Holds(host) || below(host, c.KeyVault) {
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

// Holds reports whether a host is a namespace of Event Hubs or a storage account of the cloud.
func (c *Cloud) Holds(host string) bool {
	host = strings.ToLower(host)
	return below(host, c.EventHubs) || below(host, c.Storage)
}

func below(host, suffix string) bool {
	return suffix != "" && strings.HasSuffix(host, "."+strings.ToLower(suffix))
}

// Namespace is the host of a namespace; a name with a period in it is one already.
func (c *Cloud) Namespace(name string) string {
	if strings.Contains(name, ".") {
		return name
	}
	return name + "." + c.EventHubs
}

// BlobEndpoint is the address of the blobs of a storage account; an address stays as it is.
func (c *Cloud) BlobEndpoint(account string) string {
	switch {
	case strings.Contains(account, "://"):
		return strings.TrimSuffix(account, "/")
	case strings.Contains(account, "."):
		return "https://" + account
	}
	return "https://" + account + ".blob." + c.Storage
}
