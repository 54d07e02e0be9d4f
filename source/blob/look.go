package blob

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
	"golang.org/x/sync/errgroup"

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

// look finds what has grown: in the hours that may still be written each time, in all of them now and then. Trouble with
// one container does not hold up the others; the first is returned.
func (s *Source) look(ctx context.Context, containers []string) error {
	whole := time.Since(s.swept) >= s.options.Config.Sweep.Or0()
	begun := time.Now()
	var g errgroup.Group
	g.SetLimit(s.options.Config.Parallel)
	errs := make([]error, len(containers))
	for i, name := range containers {
		g.Go(func() error {
			errs[i] = s.lookInto(ctx, name, whole)
			return nil
		})
	}
	_ = g.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	if whole {
		s.swept = begun
	}
	return nil
}

func (s *Source) lookInto(ctx context.Context, name string, whole bool) error {
	s.mu.Lock()
	var roots []string
	for root := range s.roots[name] {
		roots = append(roots, root)
	}
	s.mu.Unlock()
	p := &pass{source: s, container: name, seen: map[*blob]bool{}}
	if whole || len(roots) == 0 {
		if err := list(ctx, s.client, name, "", p.see); err != nil {
			return err
		}
		return p.missing(ctx)
	}
	now := time.Now().UTC()
	for _, root := range roots {
		for date := hotSince(now); !date.After(now); date = date.Add(24 * time.Hour) {
			if err := list(ctx, s.client, name, dayPrefix(root, date.Format(time.DateOnly)), p.see); err != nil {
				return err
			}
		}
	}
	return nil
}

// pass is one look at the blobs of a container.
type pass struct {
	source    *Source
	container string
	day       *day // that the last blob was of
	seen      map[*blob]bool
}

// maxBlobs bounds the blobs of a day; Defender writes 24.
const maxBlobs = 4096

// see takes note of a blob.
func (p *pass) see(item *container.BlobItem) error {
	s := p.source
	n, ok := parseName(*item.Name)
	if !ok {
		s.stranger(p.container, *item.Name)
		return nil
	}
	start := s.options.Config.Start
	if !start.Time.IsZero() && !n.hour().Add(time.Hour).After(start.Time) {
		return nil
	}
	k := key{p.container, n.partition()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.roots[p.container] == nil {
		s.roots[p.container] = map[string]bool{}
	}
	if len(s.roots[p.container]) < maxDays {
		s.roots[p.container][n.root] = true
	}
	if p.day == nil || p.day.key != k {
		if p.day = s.days[k]; p.day == nil {
			var err error
			if p.day, err = s.open(k, n); err != nil {
				return err
			}
		}
	}
	b := p.day.sees(n, item)
	if b == nil {
		return &source.Problem{
			Message: fmt.Sprintf("The day %s of the container %s has more than %d blobs.", k.partition, k.container, maxBlobs),
			Hint:    "Defender writes one an hour. Give Penstock a container that nothing else writes to.", Time: time.Now(),
		}
	}
	p.seen[b] = true
	hot := n.day >= hotSince(time.Now()).Format(time.DateOnly)
	if s.days[k] != nil || !hot && !b.unread(p.day.places[n.rest]) {
		return nil
	}
	if len(s.days) >= maxDays && !hot {
		s.more = true
		return nil
	}
	s.days[k] = p.day
	return nil
}

// sees notes how a blob is now; nil where there are too many.
func (d *day) sees(n name, item *container.BlobItem) *blob {
	b := d.blobs[n.rest]
	if b == nil {
		if len(d.blobs) >= maxBlobs {
			return nil
		}
		b = &blob{name: n}
		d.blobs[n.rest] = b
	}
	properties := item.Properties
	b.size, b.created = 0, seconds(properties.CreationTime)
	if properties.ContentLength != nil {
		b.size = *properties.ContentLength
	}
	if properties.LastModified != nil {
		b.modified = *properties.LastModified
	}
	if properties.ETag != nil {
		b.tag = tagOf(bare(string(*properties.ETag)))
	}
	return b
}

// bare is an ETag without quotes, which lists leave out and headers do not.
func bare(etag string) string {
	if len(etag) >= 2 && etag[0] == '"' && etag[len(etag)-1] == '"' {
		return etag[1 : len(etag)-1]
	}
	return etag
}

// open begins a day where the journal is.
func (s *Source) open(k key, n name) (*day, error) {
	d := &day{key: k, root: n.root, date: n.day, places: places{}, blobs: map[string]*blob{}, state: source.Running, last: -1}
	d.start = &source.Start{Time: time.Now(), Begins: "the first line", Reason: "there is no checkpoint"}
	if s.options.Resume == nil {
		return d, nil
	}
	at, ok := s.options.Resume(k.container, k.partition)
	if !ok {
		return d, nil
	}
	var err error
	if d.places, err = parseOffset(at.Offset); err != nil {
		return nil, fmt.Errorf("%s, %s: %w", k.container, k.partition, err)
	}
	d.next, d.last, d.enqueued = at.Sequence+1, at.Sequence, at.Enqueued
	d.start.Checkpoint, d.start.Begins, d.start.Reason = &at.Sequence, fmt.Sprintf("sequence %d", d.next), "it follows the last line in the journal"
	return d, nil
}

// stranger says once of a container that there are blobs in it which are not Defender's.
func (s *Source) stranger(container, blob string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.strangers[container] && len(s.strangers) < maxDays {
		s.strangers[container] = true
		s.log.Warn("a blob is left alone, since it has not the name of one that Defender writes, and so are others like it", "container", container, "blob", blob)
	}
}

// missing finds the blobs that went away before they were read.
func (p *pass) missing(ctx context.Context) error {
	s := p.source
	type loss struct {
		d     *day
		b     *blob
		bytes int64
		next  int64
	}
	var losses []loss
	s.mu.Lock()
	for _, d := range s.days {
		for rest, b := range d.blobs {
			if d.container != p.container || p.seen[b] {
				continue
			}
			if bytes, _ := b.behind(d.places[rest]); bytes > 0 {
				losses = append(losses, loss{d, b, bytes, d.next})
				continue
			}
			delete(d.blobs, rest)
		}
	}
	s.mu.Unlock()
	var errs []error
	for _, l := range losses {
		err := s.incident(ctx, source.Incident{
			Kind: source.GapExpired, Hub: l.d.container, Partition: l.d.partition, First: &l.next,
			Message: fmt.Sprintf("The blob %s was deleted before its last %d bytes were read. Lengthen the lifecycle rule of the storage account, or find out why reading stood still.", l.b.full(), l.bytes),
		})
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.mu.Lock()
		delete(l.d.blobs, l.b.rest)
		s.mu.Unlock()
	}
	return errors.Join(errs...)
}
