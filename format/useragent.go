package format

import (
	"sync"

	lru "github.com/hashicorp/golang-lru"
	"github.com/ua-parser/uap-go/uaparser"

	"penstock/ecs"
)

// agent is what the rules of uap-core say of a user agent.
type agent struct{ name, version, device, os, osVersion ecs.Value }

// userAgents remembers what was said: going through the rules costs a thousand times what a record does, and a tenant's
// user agents are few.
type userAgents struct {
	parser func() (*uaparser.Parser, error)
	known  *lru.Cache
}

// agentsKept bounds the memory: an entry is about half a kilobyte.
const agentsKept = 8192

func newUserAgents() *userAgents {
	cache, err := lru.New(agentsKept)
	if err != nil {
		panic(err) // the size is a positive constant
	}
	// The rules take a while to compile, and not everybody has tables with user agents.
	return &userAgents{known: cache, parser: sync.OnceValues(func() (*uaparser.Parser, error) { return uaparser.New() })}
}

func (a *userAgents) lookup(text []byte) *agent {
	key := string(text)
	if found, ok := a.known.Get(key); ok {
		return found.(*agent)
	}
	parser, err := a.parser()
	if err != nil {
		return nil
	}
	client := parser.Parse(key)
	found := &agent{
		name: ecs.StringOf(client.UserAgent.Family), version: ecs.StringOf(client.UserAgent.ToVersionString()),
		device: ecs.StringOf(client.Device.Family),
		os:     ecs.StringOf(client.Os.Family), osVersion: ecs.StringOf(client.Os.ToVersionString()),
	}
	a.known.Add(key, found)
	return found
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
