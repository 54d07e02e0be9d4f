package blob

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	azblob "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"

	"penstock/source"
	"penstock/source/entra"
)

// stepTimeout bounds one check.
const stepTimeout = 20 * time.Second

// probe holds what the checks share.
type probe struct {
	options    *Options
	client     *service.Client
	containers []string
	sample     string // a blob, as container and name
}

// Walk checks the way to the blobs step by step and tells each step when it begins and when it is over. It stops at the
// first thing that is wrong, which it returns as well; nothing is read into the journal.
func Walk(ctx context.Context, o Options, tell func(source.Step)) error {
	o.setDefaults()
	p := &probe{options: &o}
	return source.WalkChecks(ctx, []source.Check{
		{Name: "name", Run: p.resolve}, {Name: "port", Run: p.port}, {Name: "sign-in", Run: p.signIn}, {Name: "containers", Run: p.list}, {Name: "blobs", Run: p.look}, {Name: "reading", Run: p.read},
	}, stepTimeout, p.blame, tell)
}

func (p *probe) blame(check string, err error) (*source.Problem, string) {
	return explain(err, p.options, strings.Join(p.options.Config.Containers, ", ")), p.keyOf(check, err)
}

// keyOf is the key of the configuration that is probably to blame for an error of a step.
func (p *probe) keyOf(step string, err error) string {
	c := &p.options.Config
	switch {
	case bloberror.HasCode(err, bloberror.ContainerNotFound):
		return "containers"
	case step == "name", step == "port":
		return "account"
	case c.ConnectionString != "":
		return "connection_string"
	case c.SAS != "":
		return "sas"
	case entra.Failed(err), step == "sign-in":
		return "credential"
	}
	return "account"
}

func (p *probe) address() (host, port string, err error) {
	u, err := url.Parse(p.options.Config.Account)
	if err != nil {
		return "", "", fmt.Errorf("read the address of the storage account: %w", err)
	}
	port = u.Port()
	if port == "" {
		port = "443"
		if u.Scheme == "http" {
			port = "80"
		}
	}
	return u.Hostname(), port, nil
}

func (p *probe) resolve(ctx context.Context) (string, error) {
	host, _, err := p.address()
	if err != nil {
		return "", err
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s is %s", host, strings.Join(addresses, ", ")), nil
}

// port opens a connection, unless a proxy stands in between.
func (p *probe) port(ctx context.Context) (string, error) {
	host, port, err := p.address()
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.options.Config.Account, nil)
	if err != nil {
		return "", err
	}
	if proxy, err := http.ProxyFromEnvironment(request); err == nil && proxy != nil {
		return "", nil
	}
	address := net.JoinHostPort(host, port)
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	conn.Close()
	return address + " is open", nil
}

func (p *probe) signIn(ctx context.Context) (detail string, err error) {
	c := &p.options.Config
	if p.client, err = p.options.service(); err != nil {
		return "", err
	}
	if c.ConnectionString != "" {
		return "", nil
	}
	if c.SAS != "" {
		if when := Expired(c.SAS.Reveal()); when != "" {
			return "", &source.Problem{Message: fmt.Sprintf("The shared access signature expired at %s.", when), Hint: "Make a new one with the rights to read and to list, for containers and objects.", Time: time.Now()}
		}
		values, err := url.ParseQuery(c.SAS.Reveal())
		if err != nil || values.Get("se") == "" {
			return "the shared access signature says no end", nil //nolint:nilerr // a stored access policy may hold the end
		}
		return "the shared access signature ends at " + values.Get("se"), nil
	}
	return entra.Check(ctx, c.Credential, c.Cloud.StorageAudience)
}

// list finds the containers.
func (p *probe) list(ctx context.Context) (string, error) {
	c := &p.options.Config
	if len(c.Containers) > 0 {
		p.containers = c.Containers
		return "named: " + shown(c.Containers), nil
	}
	var err error
	if p.containers, err = listContainers(ctx, p.client, c.ContainerPrefix); err != nil {
		return "", err
	}
	if len(p.containers) == 0 {
		return "none begins with " + c.ContainerPrefix + " yet; Defender creates the container of a table with its first record", nil
	}
	return fmt.Sprintf("%d: %s", len(p.containers), shown(p.containers)), nil
}

// shownNames is how many names a step shows.
const shownNames = 5

func shown(names []string) string {
	if len(names) > shownNames {
		return strings.Join(names[:shownNames], ", ") + fmt.Sprintf(" and %d more", len(names)-shownNames)
	}
	return strings.Join(names, ", ")
}

// errEnough ends a list that has shown what was wanted.
var errEnough = errors.New("enough")

// look lists each container, and finds a blob to read.
func (p *probe) look(ctx context.Context) (string, error) {
	if len(p.containers) == 0 {
		return "", nil
	}
	filled, strange := 0, ""
	for _, name := range p.containers {
		err := list(ctx, p.client, name, "", func(item *container.BlobItem) error {
			n, ok := parseName(*item.Name)
			if !ok {
				strange = name + "/" + *item.Name
				return nil
			}
			filled++
			if item.Properties.ContentLength != nil && *item.Properties.ContentLength > 0 {
				p.sample = name + "/" + n.full()
			}
			return errEnough
		})
		if err != nil && !errors.Is(err, errEnough) {
			return "", err
		}
	}
	detail := fmt.Sprintf("%d of %d containers hold blobs of Defender", filled, len(p.containers))
	if filled == 0 && strange != "" {
		detail += "; what is there has other names, as " + strange + ", and is left alone"
	}
	return detail, nil
}

// read asks for one byte, which needs a right that listing does not.
func (p *probe) read(ctx context.Context) (string, error) {
	name, blobName, ok := strings.Cut(p.sample, "/")
	if !ok {
		return "", nil
	}
	response, err := p.client.NewContainerClient(name).NewBlobClient(blobName).DownloadStream(ctx, &azblob.DownloadStreamOptions{Range: azblob.HTTPRange{Count: 1}})
	var status *azcore.ResponseError
	if errors.As(err, &status) && status.StatusCode == http.StatusForbidden && p.options.Config.ConnectionString == "" && p.options.Config.SAS == "" {
		return "", &source.Problem{
			Message: "The containers can be listed, but there is no right to read what is in them.",
			Hint:    "Give the identity the role Storage Blob Data Reader on the account (Reader alone does not let it see data); that takes some minutes to act.", Time: time.Now(), Cause: err,
		}
	}
	if err != nil {
		return "", err
	}
	response.Body.Close()
	return p.sample + " can be read", nil
}
