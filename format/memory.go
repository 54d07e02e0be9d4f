package format

import "sync"

// memory remembers what was found out about a text, where finding out costs far more than looking up and the same texts
// come again and again. Two generations bound it: what the older one holds is forgotten unless it is asked for before
// the younger one is full. It is safe for concurrent use.
type memory[V any] struct {
	find       func(text string) V
	mu         sync.RWMutex
	young, old map[string]V
}

// memorySize is the number of texts of a generation.
const memorySize = 8192

func newMemory[V any](find func(text string) V) *memory[V] {
	return &memory[V]{find: find, young: make(map[string]V)}
}

// lookup takes no memory for a text of the younger generation.
func (m *memory[V]) lookup(text []byte) V {
	m.mu.RLock()
	v, ok := m.young[string(text)]
	if ok {
		m.mu.RUnlock()
		return v
	}
	v, ok = m.old[string(text)]
	m.mu.RUnlock()
	key := string(text)
	if !ok {
		v = m.find(key)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.young) >= memorySize {
		m.young, m.old = make(map[string]V), m.young
	}
	m.young[key] = v
	return v
}
