package sourcetest

import (
	"strings"
	"sync"
)

// Restored stands for the mark of a restore.
type Restored struct {
	mu   sync.Mutex
	done []string
}

// Untouched is as source.Restored has it.
func (r *Restored) Untouched(hub string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.done {
		if strings.HasPrefix(one, hub+"/") {
			return false
		}
	}
	return true
}

// Due is as source.Restored has it.
func (r *Restored) Due(hub, partition string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.done {
		if one == hub+"/"+partition {
			return false
		}
	}
	return true
}

// Done is as source.Restored has it.
func (r *Restored) Done(hub, partition string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done = append(r.done, hub+"/"+partition)
	return nil
}
