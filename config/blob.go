package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
)

// Blob is a storage account that Defender exports to, and how to get at it.
type Blob struct {
	Account              string   `yaml:"account" doc:"Name of the storage account, or its blob endpoint as https://contoso.blob.core.windows.net; comes from the connection string where there is one"`
	ConnectionString     Secret   `yaml:"connection_string" doc:"Connection string of the storage account; without it, and without sas, Microsoft Entra ID is used"`
	ConnectionStringFile string   `yaml:"connection_string_file" doc:"File that holds the connection string"`
	SAS                  Secret   `yaml:"sas" doc:"Shared access signature with the rights to read and to list, instead of a connection string: the token or the whole address"`
	SASFile              string   `yaml:"sas_file" doc:"File that holds the shared access signature"`
	Credential           Identity `yaml:"credential" doc:"How to sign in with Microsoft Entra ID; the role is Storage Blob Data Reader"`
	Containers           []string `yaml:"containers" doc:"Containers to read; all that begin with container_prefix when empty, those that are made later too"`
	ContainerPrefix      string   `yaml:"container_prefix" default:"insights-logs-advancedhunting-" doc:"What the containers of tables begin with"`
	Start                Start    `yaml:"start" default:"earliest" doc:"Where to begin without a checkpoint: earliest, latest, or a time, which is rounded down to the hour"`
	Poll                 Duration `yaml:"poll" default:"30s" doc:"How often it is looked for new records of the current hour"`
	Sweep                Duration `yaml:"sweep" default:"10m" doc:"How often all blobs are looked at, for hours that grew late"`
	Parallel             int      `yaml:"parallel" default:"4" doc:"Blobs that are read at the same time; each takes some 10 MiB of memory, 40 MiB at worst"`
}

// bucket is the name of a container.
var bucket = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9]){2,62}$`)

func (k *checker) blob(b *Blob, key string) {
	k.secret(&b.ConnectionString, b.ConnectionStringFile, key+".connection_string")
	k.secret(&b.SAS, b.SASFile, key+".sas")
	switch {
	case b.ConnectionString != "" && b.SAS != "":
		k.wrong(key+".sas", "give either connection_string or sas")
		return
	case b.ConnectionString != "":
		k.blobString(b, key)
	case b.SAS != "":
		k.sas(b, key)
	default:
		k.identity(&b.Credential, key+".credential")
	}
	k.blobAccount(b, key)
	for i, name := range b.Containers {
		if !bucket.MatchString(name) {
			k.wrong(fmt.Sprintf("%s.containers[%d]", key, i), fmt.Sprintf("expected the name of a container, got %q", name))
		}
	}
	if len(b.Containers) == 0 && b.ContainerPrefix == "" {
		k.wrong(key+".container_prefix", "expected what the names of the containers begin with, or containers")
	}
	if b.Poll.Or0() < time.Second {
		k.wrong(key+".poll", "expected at least 1s")
	}
	if b.Sweep.Or0() < b.Poll.Or0() {
		k.wrong(key+".sweep", "expected at least as long as poll")
	}
	if b.Parallel < 1 || b.Parallel > 64 {
		k.wrong(key+".parallel", "expected 1 to 64")
	}
}

// blobString takes the account from the connection string.
func (k *checker) blobString(b *Blob, key string) {
	c, err := service.NewClientFromConnectionString(b.ConnectionString.Reveal(), nil)
	if err != nil {
		k.wrong(key+".connection_string", "is no connection string of a storage account, which begins with DefaultEndpointsProtocol=…: copy it anew from the portal (Access keys)")
		return
	}
	address, _, _ := strings.Cut(c.URL(), "?")
	address = strings.TrimSuffix(address, "/")
	if b.Account != "" && b.Account != address && !strings.HasPrefix(address, "https://"+b.Account+".") {
		k.wrong(key+".account", "the connection string names the account already: leave account out")
	}
	b.Account = address
}

// sas takes from the address of a shared access signature what it says, and keeps the token.
func (k *checker) sas(b *Blob, key string) {
	text := strings.TrimPrefix(b.SAS.Reveal(), "?")
	if address, token, ok := strings.Cut(text, "?"); ok {
		u, err := sas.ParseURL(address)
		if err != nil || u.Host == "" {
			k.wrong(key+".sas", "is no address with a shared access signature")
			return
		}
		b.Account = u.Scheme + "://" + u.Host
		if name := u.IPEndpointStyleInfo.AccountName; name != "" { // of an address without a name, as Azurite's
			b.Account += "/" + name
		}
		if u.ContainerName != "" && len(b.Containers) == 0 {
			b.Containers = []string{u.ContainerName}
		}
		text = token
	}
	values, err := url.ParseQuery(text)
	if err != nil || values.Get("sig") == "" {
		k.wrong(key+".sas", "is no shared access signature, which has sv=… and sig=… in it: copy it anew from the portal (Shared access signature)")
		return
	}
	b.SAS = Secret(text)
}

func (k *checker) blobAccount(b *Blob, key string) {
	switch {
	case b.Account == "":
		if b.ConnectionString == "" {
			k.wrong(key+".account", "expected the name of a storage account, or a connection_string")
		}
	case !strings.Contains(b.Account, "://"):
		b.Account = "https://" + b.Account + ".blob.core.windows.net"
	default:
		if u, err := url.Parse(b.Account); err != nil || u.Host == "" {
			k.wrong(key+".account", fmt.Sprintf("expected the name of a storage account or its blob endpoint, got %q", b.Account))
		}
		b.Account = strings.TrimSuffix(b.Account, "/")
	}
}
