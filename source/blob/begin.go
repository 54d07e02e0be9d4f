package blob

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"time"

	azblob "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"penstock/journal"
	"penstock/source"
)

// startPartition holds that a start at latest is settled: what was there before it is skipped once and never again.
const startPartition = "start"

// nothing is a message without a record: it moves a position and brings nothing.
var nothing = []byte(`{"records":[]}`)

// settleStart skips what the containers hold when reading begins at latest and never began before.
func (s *Source) settleStart(ctx context.Context, containers []string, handle source.Handler) error {
	if s.begun || !s.options.Config.Start.Latest {
		return nil
	}
	account := s.options.Config.Account
	if u, err := url.Parse(account); err == nil && u.Host != "" {
		account = u.Host
	}
	if s.options.Resume != nil {
		if _, ok := s.options.Resume(account, startPartition); ok {
			s.begun = true
			return nil
		}
	}
	for _, name := range containers {
		if err := s.skip(ctx, name, handle); err != nil {
			return err
		}
	}
	now := time.Now()
	err := s.deliver(ctx, nil, handle, []source.Message{{
		Hub: account, Partition: startPartition, Read: now, Body: nothing, Position: journal.Position{Offset: now.UTC().Format(time.RFC3339), Enqueued: now},
	}})
	s.begun = err == nil
	return err
}

// skip puts the positions of a container that have none behind what it holds.
func (s *Source) skip(ctx context.Context, name string, handle source.Handler) error {
	var d *day
	end := func() error {
		if d == nil || len(d.places) == 0 {
			return nil
		}
		offset, err := offsetText(startPartition, 0, d.places)
		if err != nil {
			return err
		}
		now := time.Now()
		return s.deliver(ctx, nil, handle, []source.Message{{
			Hub: name, Partition: d.partition, Read: now, Body: nothing, Position: journal.Position{Offset: offset, Enqueued: now},
		}})
	}
	err := list(ctx, s.client, name, "", func(item *container.BlobItem) error {
		n, ok := parseName(*item.Name)
		if !ok {
			return nil
		}
		if k := (key{name, n.partition()}); d == nil || d.key != k {
			if err := end(); err != nil {
				return err
			}
			d = &day{key: k, places: places{}, blobs: map[string]*blob{}}
		}
		if s.options.Resume != nil {
			if _, ok := s.options.Resume(name, d.partition); ok {
				return nil
			}
		}
		b := d.sees(n, item)
		if b == nil {
			return fmt.Errorf("the day %s of the container %s has more than %d blobs", d.partition, name, maxBlobs)
		}
		offset, err := s.lastLine(ctx, name, b)
		if err != nil {
			return err
		}
		d.places[n.rest] = place{Offset: offset, Created: b.created}
		return nil
	})
	if err != nil {
		return err
	}
	return end()
}

// lastLine is where the last whole line of a blob ends. What was not written lately is whole.
func (s *Source) lastLine(ctx context.Context, container string, b *blob) (int64, error) {
	if b.size == 0 || time.Since(b.modified) > time.Hour {
		return b.size, nil
	}
	from := max(0, b.size-s.options.Chunk)
	part, err := s.get(ctx, container, b, azblob.HTTPRange{Offset: from, Count: b.size - from}, nil)
	if err != nil {
		return 0, err
	}
	if i := bytes.LastIndexByte(part.body, '\n'); i >= 0 {
		return from + int64(i) + 1, nil
	}
	return from, nil
}
