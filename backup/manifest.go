// Package backup copies what a Penstock keeps, while it runs or not, and puts it back.
//
// A backup is what the data folder would hold had the machine lost its power at that moment: databases copied by SQLite,
// the segments that the catalogue names, and of the journal everything that the databases have not taken over yet,
// with the positions of the sources. A Penstock that starts on it goes on as after a power cut, and reads again from the
// hub what came since. Nothing is asked of the running process: it may be stuck, or gone.
//
// In a folder, backups share the segments that they have in common:
//
//	segments/table=…/day=…/ID-MARK.parquet   the pool; a file is never changed, and deleted with the last backup that names it
//	backups/20261126T093000Z/manifest.json   a backup; without its manifest it is none
//	backups/20261126T093000Z/state.db, …     what it does not share
//
// An archive (.tar.zst) is one backup in a file: the data folder below "data/", and the manifest as its last entry.
package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"time"

	"penstock/journal"
)

// Manifest says what a backup holds.
type Manifest struct {
	Format        int               `json:"format"` // formatVersion
	Made          time.Time         `json:"made"`
	Penstock      string            `json:"penstock"` // its version
	Data          string            `json:"data"`     // the folder that was copied
	WithoutEvents bool              `json:"withoutEvents,omitempty"`
	WithoutKey    bool              `json:"withoutKey,omitempty"`
	Schemas       map[string]int64  `json:"schemas"` // of the databases, by file
	Segments      int64             `json:"segments"`
	Events        int64             `json:"events"` // in segments; what is in the journal comes on top
	Positions     []journal.Reached `json:"positions"`
	Files         []File            `json:"files"`
}

// File is one file of a backup.
type File struct {
	Path   string `json:"path"` // in the data folder, with slashes
	At     string `json:"at"`   // in the backup's folder or archive
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

const (
	formatVersion = 1
	manifestName  = "manifest.json"
	maxManifest   = 256 << 20
	archivePrefix = "data/"
)

// Bytes is how large all files are together.
func (m *Manifest) Bytes() (n int64) {
	for i := range m.Files {
		n += m.Files[i].Size
	}
	return n
}

// readManifest reads a manifest, and refuses paths that lead out of the folders that they belong to.
func readManifest(r io.Reader) (*Manifest, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err != nil {
		return nil, fmt.Errorf("read the manifest: %w", err)
	}
	if len(b) > maxManifest {
		return nil, errors.New("the manifest is too large to be one")
	}
	var m Manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("read the manifest: %w", err)
	}
	if m.Format != formatVersion {
		return nil, fmt.Errorf("the backup has format %d, and this Penstock knows %d: use the version that made it (%s) or a later one", m.Format, formatVersion, m.Penstock)
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		if !local(f.Path) || !local(f.At) || f.Size < 0 || seen[f.Path] {
			return nil, fmt.Errorf("the manifest names %q, which cannot be", f.Path)
		}
		seen[f.Path] = true
	}
	return &m, nil
}

// local tells whether a path of a backup stays within its folder.
func local(p string) bool {
	return p != "" && path.Clean(p) == p && filepath.IsLocal(filepath.FromSlash(p)) && !strings.ContainsAny(p, "\\\x00")
}
