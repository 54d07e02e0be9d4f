package eventhubtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Hub describes an Event Hub.
type Hub struct {
	Name string
	// Partitions is how many there are; 0 means 4, at most 1024. A hub that is found on disk with more keeps them.
	Partitions int
	// ConsumerGroups are those besides "$Default", which is always there.
	ConsumerGroups []string
	// Retention is how many bytes a partition keeps; 0 means 64 MiB. Events go in steps of a sixteenth of it.
	Retention int64
}

const (
	defaultPartitions = 4
	maxPartitions     = 1024
	defaultRetention  = 64 << 20
	defaultGroup      = "$Default"
)

var hubName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,255}$`)

func (h Hub) withDefaults() (Hub, error) {
	if !hubName.MatchString(h.Name) {
		return h, fmt.Errorf("hub name %q: letters, digits, '.', '_' and '-' were expected, the first a letter or digit", h.Name)
	}
	if h.Partitions == 0 {
		h.Partitions = defaultPartitions
	}
	if h.Partitions < 1 || h.Partitions > maxPartitions {
		return h, fmt.Errorf("hub %s: %d partitions, 1 to %d were expected", h.Name, h.Partitions, maxPartitions)
	}
	if h.Retention == 0 {
		h.Retention = defaultRetention
	}
	if h.Retention < 0 {
		return h, fmt.Errorf("hub %s: negative retention", h.Name)
	}
	h.ConsumerGroups = append([]string{defaultGroup}, h.ConsumerGroups...)
	return h, nil
}

// hub is an Event Hub that is open.
type hub struct {
	Hub
	dir     string
	created time.Time
	turn    atomic.Uint64 // round robin

	mu         sync.RWMutex
	partitions []*partition
	receivers  map[string][]*receiver // by group and partition
}

// hubState is what a hub that lives on disk remembers of itself.
type hubState struct {
	Created    time.Time `json:"created"`
	Partitions int       `json:"partitions"`
}

const hubFile = "hub.json"

// openHub opens a hub below dir, or in memory when dir is empty.
func openHub(dir string, spec Hub, now time.Time) (*hub, error) {
	spec, err := spec.withDefaults()
	if err != nil {
		return nil, err
	}
	h := &hub{Hub: spec, created: now, receivers: map[string][]*receiver{}}
	if dir != "" {
		h.dir = filepath.Join(dir, strings.ToLower(spec.Name))
		if err := h.recall(); err != nil {
			return nil, err
		}
	}
	if err := h.grow(h.Partitions); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// recall takes over what an earlier run left on disk.
func (h *hub) recall() error {
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return fmt.Errorf("create directory of hub %s: %w", h.Name, err)
	}
	b, err := os.ReadFile(filepath.Join(h.dir, hubFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read state of hub %s: %w", h.Name, err)
	}
	var s hubState
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("read state of hub %s: %s: %w", h.Name, filepath.Join(h.dir, hubFile), err)
	}
	h.created = s.Created
	h.Partitions = min(max(h.Partitions, s.Partitions), maxPartitions)
	return nil
}

// grow opens partitions until there are n.
func (h *hub) grow(n int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.partitions) < n {
		id := strconv.Itoa(len(h.partitions))
		dir := ""
		if h.dir != "" {
			dir = filepath.Join(h.dir, id)
		}
		p, err := openPartition(dir, id, h.Retention)
		if err != nil {
			return fmt.Errorf("open partition %s of hub %s: %w", id, h.Name, err)
		}
		h.partitions = append(h.partitions, p)
	}
	h.Partitions = len(h.partitions)
	if h.dir == "" {
		return nil
	}
	b, err := json.Marshal(hubState{h.created, h.Partitions})
	if err != nil {
		return fmt.Errorf("write state of hub %s: %w", h.Name, err)
	}
	path := filepath.Join(h.dir, hubFile)
	if err := os.WriteFile(path+".tmp", b, 0o600); err != nil {
		return fmt.Errorf("write state of hub %s: %w", h.Name, err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return fmt.Errorf("write state of hub %s: %w", h.Name, err)
	}
	return nil
}

// all returns the partitions in order.
func (h *hub) all() []*partition {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Clone(h.partitions)
}

// partition returns a partition by its id, nil if there is none.
func (h *hub) partition(id string) *partition {
	h.mu.RLock()
	defer h.mu.RUnlock()
	i, err := strconv.Atoi(id)
	if err != nil || i < 0 || i >= len(h.partitions) || strconv.Itoa(i) != id {
		return nil
	}
	return h.partitions[i]
}

// choose returns the partition for events that were sent to the hub: by the hash of the key, else in turn.
func (h *hub) choose(key string) *partition {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if key == "" {
		return h.partitions[(h.turn.Add(1)-1)%uint64(len(h.partitions))]
	}
	sum := fnv.New32a()
	sum.Write([]byte(key))
	return h.partitions[sum.Sum32()%uint32(len(h.partitions))]
}

func (h *hub) hasGroup(name string) bool {
	return slices.ContainsFunc(h.ConsumerGroups, func(g string) bool { return strings.EqualFold(g, name) })
}

func (h *hub) close() error {
	var errs []error
	for _, p := range h.all() {
		errs = append(errs, p.close())
	}
	return errors.Join(errs...)
}

// remove closes the hub and deletes what it has on disk.
func (h *hub) remove() error {
	err := h.close()
	if h.dir != "" {
		err = errors.Join(err, os.RemoveAll(h.dir))
	}
	return err
}
