package format

import (
	"sync"

	"github.com/ua-parser/uap-go/uaparser"

	"penstock/ecs"
)

// agent is what the rules of uap-core say of a user agent.
type agent struct{ name, version, device, os, osVersion ecs.Value }

// newAgents remembers what the rules say: going through them costs a thousand times what a record does, and a tenant's
// user agents are few. The rules take a while to compile, and not everybody has tables with user agents.
func newAgents() *memory[*agent] {
	parser := sync.OnceValues(func() (*uaparser.Parser, error) { return uaparser.New() })
	return newMemory(func(text string) *agent {
		p, err := parser()
		if err != nil {
			return nil // the rules are embedded, and a test compiles them
		}
		return describe(p.Parse(text))
	})
}

func describe(c *uaparser.Client) *agent {
	return &agent{
		name: ecs.StringOf(c.UserAgent.Family), version: ecs.StringOf(c.UserAgent.ToVersionString()),
		device: ecs.StringOf(c.Device.Family), os: ecs.StringOf(c.Os.Family), osVersion: ecs.StringOf(c.Os.ToVersionString()),
	}
}

func (n *normalizer) userAgent(s *agentSlots, agents *memory[*agent]) {
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
