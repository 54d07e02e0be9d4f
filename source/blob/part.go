package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azblob "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
)

// part is a part of a blob, and what the blob was when it was asked for.
type part struct {
	body     []byte
	end      int64 // of the part in the blob
	size     int64 // of the blob
	created  int64
	tag      string
	modified time.Time
}

// whole reports whether the blob ends with the part.
func (p *part) whole() bool { return p.end >= p.size }

var (
	errGone    = errors.New("the blob is gone")
	errShorter = errors.New("the blob ends before that")
)

// get asks for a part of a blob, into the buffer where it is large enough.
func (s *Source) get(ctx context.Context, container string, b *blob, of azblob.HTTPRange, buffer []byte) (*part, error) {
	response, err := s.client.NewContainerClient(container).NewBlobClient(b.full()).DownloadStream(ctx, &azblob.DownloadStreamOptions{Range: of})
	var status *azcore.ResponseError
	switch {
	case errors.As(err, &status) && status.StatusCode == http.StatusNotFound:
		return nil, errGone
	case errors.As(err, &status) && status.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		return nil, errShorter
	case err != nil:
		return nil, err
	}
	defer response.Body.Close()
	if response.ContentLength == nil || *response.ContentLength > of.Count {
		return nil, errors.New("the storage account has answered with another part than was asked for")
	}
	n := *response.ContentLength
	if int64(cap(buffer)) < n {
		buffer = make([]byte, n)
	}
	p := &part{body: buffer[:n], end: of.Offset + n, created: seconds(response.CreationTime)}
	if _, err := io.ReadFull(response.Body, p.body); err != nil {
		return nil, fmt.Errorf("the connection broke: %w", err)
	}
	p.size = p.end
	if response.ContentRange != nil {
		_, total, _ := strings.Cut(*response.ContentRange, "/")
		if size, err := strconv.ParseInt(total, 10, 64); err == nil {
			p.size = size
		}
	}
	if response.ETag != nil {
		p.tag = tagOf(bare(string(*response.ETag)))
	}
	if response.LastModified != nil {
		p.modified = *response.LastModified
	}
	return p, nil
}
