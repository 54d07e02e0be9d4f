package blob

import (
	"context"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
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

// list tells every blob of a container whose name begins with a prefix, in the order of the names.
func list(ctx context.Context, client *service.Client, name, prefix string, tell func(*container.BlobItem) error) error {
	pager := client.NewContainerClient(name).NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &prefix})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the blobs of %s: %w", name, err)
		}
		for _, item := range page.Segment.BlobItems {
			if err := tell(item); err != nil {
				return err
			}
		}
	}
	return nil
}
