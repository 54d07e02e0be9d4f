package format

import (
	"sync"

	"github.com/ua-parser/uap-go/uaparser"

	"penstock/ecs"
)

// agent is what the rules of uap-core say of a user agent.
type agent struct{ name, version, device, os, osVersion ecs.Value }

// userAgents remembers what was said: going through the rules costs a thousand times what a record does, and a tenant's
// user agents are few. Two generations bound the memory: what the older one holds is forgotten unless it is asked for
// before the younger one is full.
type userAgents struct {
	parser     func() (*uaparser.Parser, error)
	mu         sync.RWMutex
	young, old map[string]*agent
}

// agentsKept is the size of a generation; an entry is about half a kilobyte.
const agentsKept = 8192

func newUserAgents() *userAgents {
	// The rules take a while to compile, and not everybody has tables with user agents.
	parser := sync.OnceValues(func() (*uaparser.Parser, error) { return uaparser.New() })
	return &userAgents{parser: parser, young: make(map[string]*agent)}
}

func (a *userAgents) lookup(text []byte) *agent {
	a.mu.RLock()
	found, ok := a.young[string(text)]
	if !ok {
		found = a.old[string(text)]
	}
	a.mu.RUnlock()
	if ok {
		return found
	}
	if found == nil {
		parser, err := a.parser()
		if err != nil {
			return nil // the rules are embedded, and a test compiles them
		}
		found = describe(parser.Parse(string(text)))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.young) >= agentsKept {
		a.young, a.old = make(map[string]*agent), a.young
	}
	a.young[string(text)] = found
	return found
}

func describe(c *uaparser.Client) *agent {
	return &agent{
		name: ecs.StringOf(c.UserAgent.Family), version: ecs.StringOf(c.UserAgent.ToVersionString()),
		device: ecs.StringOf(c.Device.Family), os: ecs.StringOf(c.Os.Family), osVersion: ecs.StringOf(c.Os.ToVersionString()),
	}
}

func (n *normalizer) userAgent(s *agentSlots, agents *userAgents) {
	found := agents.lookup(n.textOf(n.values[s.original]))
	if found == nil {
		return
	}
	for _, f := range [...]struct {
		slot  int
		value ecs.Value
	}{{s.name, found.name}, {s.version, found.version}, {s.device, found.device}, {s.os, found.os}, {s.osVersion, found.osVersion}} {
		if !isEmpty(f.value) {
			n.fill(f.slot, f.value)
		}
	}
}
