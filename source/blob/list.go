package blob

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"penstock/source"
)

// containers are those to read.
func (s *Source) containers(ctx context.Context) ([]string, error) {
	if len(s.options.Config.Containers) > 0 {
		return s.options.Config.Containers, nil
	}
	return listContainers(ctx, s.client, s.options.Config.ContainerPrefix)
}

func listContainers(ctx context.Context, client *service.Client, prefix string) ([]string, error) {
	var list []string
	pager := client.NewListContainersPager(&service.ListContainersOptions{Prefix: &prefix})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the containers: %w", err)
		}
		for _, item := range page.ContainerItems {
			list = append(list, *item.Name)
		}
	}
	return list, nil
}

// containerError is what went wrong with a container.
type containerError struct {
	container string
	err       error
}

func (e *containerError) Error() string {
	return fmt.Sprintf("list the blobs of %s: %v", e.container, e.err)
}

func (e *containerError) Unwrap() error { return e.err }

// list tells every blob of a container whose name begins with a prefix, in the order of the names.
func list(ctx context.Context, client *service.Client, name, prefix string, tell func(*container.BlobItem) error) error {
	pager := client.NewContainerClient(name).NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &prefix})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return &containerError{name, err}
		}
		if page.Segment == nil {
			address, _, _ := strings.Cut(client.URL(), "?") // a signature may follow
			return &source.Problem{
				Message: fmt.Sprintf("What answers at %s/%s is no container of a storage account.", strings.TrimSuffix(address, "/"), name),
				Hint:    "Check the name of the container and the address of the account, which ends before it.", Time: time.Now(),
			}
		}
		for _, item := range page.Segment.BlobItems {
			if err := tell(item); err != nil {
				return err
			}
		}
	}
	return nil
}
