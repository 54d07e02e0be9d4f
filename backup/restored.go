package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"penstock/journal"
	"penstock/source"
)

// restoredName is the mark that a restore leaves in the data folder. No backup has it.
const restoredName = "restored.json"

// Restored is what a restore leaves for the sources. A storage container and a consumer group outlive the Penstock that was
// lost, and may say of a partition that more was read than the backup holds: each partition is taken back once to what it
// holds.
type Restored struct {
	Made time.Time `json:"made"`     // when the backup was
	Put  time.Time `json:"restored"` // when it was put back
	// Begun are the partitions that were taken back already, as HUB/PARTITION, of each intake of which the backup has positions.
	Begun map[string][]string `json:"begun"`

	path string
	mu   sync.Mutex
}

// markRestored leaves the mark in a folder.
func markRestored(dir string, made time.Time, positions []journal.Reached) error {
	r := &Restored{Made: made, Put: time.Now().UTC().Truncate(time.Second), Begun: map[string][]string{}, path: filepath.Join(dir, restoredName)}
	for i := range positions {
		r.Begun[positions[i].Intake] = []string{}
	}
	return r.write()
}

// ReadRestored reads the mark of a data folder; nil: nothing was restored to it.
func ReadRestored(data string) (*Restored, error) {
	r := &Restored{path: filepath.Join(data, restoredName)}
	text, err := os.ReadFile(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(text, r)
	}
	if err != nil {
		return nil, fmt.Errorf("read the mark of the restore %s: %w", r.path, err)
	}
	return r, nil
}

// ForgetRestored takes the mark away: what others of the group have read counts again.
func ForgetRestored(data string) error {
	if err := os.Remove(filepath.Join(data, restoredName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget the restore: %w", err)
	}
	return nil
}

func (r *Restored) write() error {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return fmt.Errorf("write the mark of the restore: %w", err)
	}
	return replaceFile(r.path, bytes.NewReader(text))
}

// counts is how long the mark does: nothing keeps events for longer (Event Hubs 90 days, with Premium), so that there is
// nothing to take back for a hub that comes later.
const counts = 90 * 24 * time.Hour

// Of is what concerns an intake; nil: nothing does.
func (r *Restored) Of(intake string) source.Restored {
	if r == nil || time.Since(r.Put) > counts {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.Begun[intake]; !ok {
		return nil
	}
	return restoredIntake{r, intake}
}

type restoredIntake struct {
	*Restored
	intake string
}

func (r restoredIntake) Untouched(hub string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !slices.ContainsFunc(r.Begun[r.intake], func(one string) bool { return strings.HasPrefix(one, hub+"/") })
}

func (r restoredIntake) Due(hub, partition string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !slices.Contains(r.Begun[r.intake], hub+"/"+partition)
}

func (r restoredIntake) Done(hub, partition string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if one := hub + "/" + partition; !slices.Contains(r.Begun[r.intake], one) {
		r.Begun[r.intake] = append(r.Begun[r.intake], one)
		return r.write()
	}
	return nil
}
