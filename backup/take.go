package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"penstock/journal"
)

// Options say what is copied.
type Options struct {
	Data          string // the data folder
	Config        string // the configuration file, which is copied too; empty: none
	Version       string // of this program
	WithoutEvents bool   // what is in the lake stays out
	WithoutKey    bool   // the keys of secrets and certificates stay out
	Keep          int    // backups in the folder, this one counted; 0: all
	// Segments lists the files that a copy of the lake's catalogue names.
	Segments func(ctx context.Context, catalogue string) ([]Segment, error)
}

// Segment is a file of the lake, which never changes.
type Segment struct {
	Path    string // in the lake's folder
	Mark    string // tells it from another of the same path in another lake
	Rows    int64
	Spare   bool // the lake does without it when it is missing
	Primary bool // one for each segment
}

// Result is what a backup has come to.
type Result struct {
	Manifest *Manifest
	Name     string // of the backup in its folder, or of the archive
	New      int64  // bytes that were written
	Removed  []string
}

// attempts is how often a backup is begun anew because the running process deleted what it needs. Segments that were
// copied stay, so that each is shorter than the one before.
const attempts = 8

// Take makes a backup in the folder to, or in the archive to if its name ends in .tar.zst.
func Take(ctx context.Context, to string, o Options) (_ *Result, err error) {
	if _, err := os.Stat(filepath.Join(o.Data, "state.db")); err != nil {
		return nil, fmt.Errorf("there is no Penstock's data in %s: %w", o.Data, err)
	}
	if inside(to, o.Data) {
		return nil, fmt.Errorf("%s is within the data folder %s: a backup belongs on another disk", to, o.Data)
	}
	t := &taking{Options: o, made: time.Now().UTC().Truncate(time.Second)}
	if strings.HasSuffix(to, archiveSuffix) {
		t.sink, err = newArchive(to)
	} else {
		t.sink, err = openFolder(to, t.made, o.Keep)
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.sink.abort())
		}
	}()
	return t.run(ctx)
}

// inside tells whether a path is dir or below it.
func inside(path, dir string) bool {
	a, err1 := filepath.Abs(path)
	d, err2 := filepath.Abs(dir)
	if err1 != nil || err2 != nil {
		return false
	}
	rel, err := filepath.Rel(d, a)
	return err == nil && filepath.IsLocal(rel)
}

// sink is where a backup goes.
type sink interface {
	stage() string // folder for what the backup does not share with others
	// segment keeps a file of the lake; it opens it only if it is not there yet.
	segment(s *Segment, open func() (*os.File, error)) (File, error)
	// finish makes the backup count.
	finish(ctx context.Context, m *Manifest) (*Result, error)
	abort() error
}

// taking is a backup under way.
type taking struct {
	Options
	sink sink
	made time.Time
}

func (t *taking) run(ctx context.Context) (*Result, error) {
	if !t.WithoutEvents {
		if err := t.ahead(ctx); err != nil {
			return nil, err
		}
	}
	var m *Manifest
	for n := 1; ; n++ {
		if err := clearFolder(t.sink.stage()); err != nil {
			return nil, err
		}
		var err error
		m, err = t.moment(ctx)
		if err == nil {
			break
		}
		if n == attempts || !errors.Is(err, journal.ErrMoved) && !errors.Is(err, fs.ErrNotExist) || ctx.Err() != nil {
			return nil, err
		}
	}
	if err := t.rest(); err != nil {
		return nil, err
	}
	return t.sink.finish(ctx, m)
}

// clearFolder empties a folder.
func clearFolder(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("clear %s: %w", dir, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create %s: %w", dir, err)
	}
	return nil
}

// ahead copies most of the lake before the moment of the backup, which is then short.
func (t *taking) ahead(ctx context.Context) error {
	if err := clearFolder(t.sink.stage()); err != nil {
		return err
	}
	segments, _, err := t.catalogue(ctx)
	if err != nil {
		return err
	}
	for i := range segments {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := t.segment(&segments[i]); err != nil && !errors.Is(err, fs.ErrNotExist) { // it may have been merged
			return err
		}
	}
	return nil
}

// catalogue copies the lake's catalogue, and lists what it names.
func (t *taking) catalogue(ctx context.Context) ([]Segment, int64, error) {
	path := filepath.Join(t.sink.stage(), "lake", "catalogue.db")
	if err := os.RemoveAll(path); err != nil {
		return nil, 0, fmt.Errorf("copy the catalogue: %w", err)
	}
	schema, err := copyDatabase(ctx, filepath.Join(t.Data, "lake", "catalogue.db"), path)
	if err != nil {
		return nil, 0, fmt.Errorf("copy the catalogue: %w", err)
	}
	segments, err := t.Segments(ctx, path)
	return segments, schema, err
}

func (t *taking) segment(s *Segment) (File, error) {
	return t.sink.segment(s, func() (*os.File, error) { return os.Open(filepath.Join(t.Data, "lake", filepath.FromSlash(s.Path))) })
}

// moment copies what must fit together. The journal is held before the databases are copied and ends after: so it has
// everything behind the cursors that they hold.
func (t *taking) moment(ctx context.Context) (*Manifest, error) {
	held, err := journal.OpenCapture(filepath.Join(t.Data, "journal"))
	if err != nil {
		return nil, err
	}
	defer held.Close()
	m := &Manifest{
		Format: formatVersion, Made: t.made, Penstock: t.Version, Data: t.Data, WithoutEvents: t.WithoutEvents, WithoutKey: t.WithoutKey, Schemas: map[string]int64{},
	}
	if err := t.whileHeld(ctx, held, m); err != nil {
		return nil, err
	}
	if err := held.Look(); err != nil {
		return nil, err
	}
	m.Positions, err = held.Copy(func(name string, content io.Reader, size int64) error {
		return writeFile(filepath.Join(t.sink.stage(), "journal", filepath.FromSlash(name)), io.LimitReader(content, size))
	})
	return m, err
}

// lookEvery is how often the journal is looked at while the databases are copied: much more often than it can be read
// through.
const lookEvery = 250 * time.Millisecond

func (t *taking) whileHeld(ctx context.Context, held *journal.Capture, m *Manifest) error {
	copied := make(chan struct{})
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if err := held.Look(); err != nil {
					return err
				}
			case <-copied:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	g.Go(func() error {
		defer close(copied)
		return t.copyMoment(ctx, m)
	})
	return g.Wait()
}

// copyMoment copies databases, segments and the window's runs. The runs come last: each begins where the journal ends
// that no run covers, and the copy of the journal ends later.
func (t *taking) copyMoment(ctx context.Context, m *Manifest) (err error) {
	if m.Schemas["state.db"], err = copyDatabase(ctx, filepath.Join(t.Data, "state.db"), filepath.Join(t.sink.stage(), "state.db")); err != nil {
		return fmt.Errorf("copy the state: %w", err)
	}
	if !t.WithoutEvents {
		var segments []Segment
		if segments, m.Schemas["lake/catalogue.db"], err = t.catalogue(ctx); err != nil {
			return err
		}
		for i := range segments {
			if err := ctx.Err(); err != nil {
				return err
			}
			s := &segments[i]
			f, err := t.segment(s)
			if s.Spare && errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
			m.Files = append(m.Files, f)
			if s.Primary {
				m.Segments, m.Events = m.Segments+1, m.Events+s.Rows
			}
		}
	}
	return t.folder("window", ".ids")
}

// rest copies what stands alone.
func (t *taking) rest() error {
	if err := t.formats(); err != nil {
		return err
	}
	if !t.WithoutKey {
		if err := t.file("secrets.key"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := t.folder("acme", ""); err != nil {
			return err
		}
	}
	if t.Config == "" {
		return nil
	}
	return copyFile(t.Config, filepath.Join(t.sink.stage(), ConfigName))
}

// formats copies the formats of the data folder, without which their intakes do not collect, and the columns of the tables
// that formats have had.
func (t *taking) formats() error {
	if err := t.file("tables.json"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	list, err := filesOf(filepath.Join(t.Data, "formats"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range list {
		if err := t.file(path.Join("formats", name)); err != nil && !errors.Is(err, fs.ErrNotExist) { // it was deleted meanwhile
			return err
		}
	}
	return nil
}

// ConfigName is the name of the configuration file in a backup and where it was restored to.
const ConfigName = "penstock.yaml"

// folder copies the files of a folder without those below; one that is not there is empty.
func (t *taking) folder(name, suffix string) error {
	list, err := os.ReadDir(filepath.Join(t.Data, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("copy %s: %w", name, err)
	}
	for _, f := range list {
		if !f.Type().IsRegular() || !strings.HasSuffix(f.Name(), suffix) {
			continue
		}
		if err := t.file(path.Join(name, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) { // it expired
			return err
		}
	}
	return nil
}

func (t *taking) file(name string) error {
	return copyFile(filepath.Join(t.Data, filepath.FromSlash(name)), filepath.Join(t.sink.stage(), filepath.FromSlash(name)))
}
