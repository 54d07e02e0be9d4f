package format

import (
	"bytes"
	"strings"
	"unsafe"

	"golang.org/x/net/publicsuffix"

	"penstock/ecs"
)

// derivedFields are the fields that follow from others, with those that they follow from. Every table has slots for them.
var derivedFields = []string{
	"source.address", "source.ip", "source.domain", "source.registered_domain", "source.subdomain", "source.top_level_domain",
	"destination.address", "destination.ip", "destination.domain", "destination.registered_domain", "destination.subdomain",
	"destination.top_level_domain",
	"related.ip", "related.hash", "related.user", "related.hosts",
	"url.original", "url.full", "url.scheme", "url.domain", "url.port", "url.path", "url.query",
	"url.registered_domain", "url.subdomain", "url.top_level_domain",
	"user_agent.original", "user_agent.name", "user_agent.version", "user_agent.device.name", "user_agent.os.name",
	"user_agent.os.version",
	"user.name",
	"file.hash.md5", "file.hash.sha1", "file.hash.sha256",
	"process.hash.md5", "process.hash.sha1", "process.hash.sha256",
	"process.parent.hash.md5", "process.parent.hash.sha1", "process.parent.hash.sha256",
}

// derived are the slots of those fields in one table.
type derived struct {
	source, destination endpoint
	relatedIP           relation
	relatedHash         relation
	relatedUser         relation
	relatedHosts        relation
	url                 urlSlots
	domainOf            names
	agent               agentSlots
}

type endpoint struct {
	address, ip, domain int
	names               names
}

// names are the slots of the parts of a domain.
type names struct{ registered, subdomain, top int }

// relation is a slot that gathers the distinct values of others.
type relation struct {
	slot int
	from []int
}

type urlSlots struct{ original, full, scheme, domain, port, path, query int }

type agentSlots struct{ original, name, version, device, os, osVersion int }

func newDerived(slot map[string]int) derived {
	namesOf := func(object string) names {
		return names{slot[object+".registered_domain"], slot[object+".subdomain"], slot[object+".top_level_domain"]}
	}
	endpointOf := func(object string) endpoint {
		return endpoint{slot[object+".address"], slot[object+".ip"], slot[object+".domain"], namesOf(object)}
	}
	gather := func(name string, from ...string) relation {
		r := relation{slot: slot[name]}
		for _, f := range from {
			r.from = append(r.from, slot[f])
		}
		return r
	}
	return derived{
		source: endpointOf("source"), destination: endpointOf("destination"),
		relatedIP: gather("related.ip", "source.ip", "destination.ip"),
		relatedHash: gather("related.hash", "file.hash.md5", "file.hash.sha1", "file.hash.sha256",
			"process.hash.md5", "process.hash.sha1", "process.hash.sha256",
			"process.parent.hash.md5", "process.parent.hash.sha1", "process.parent.hash.sha256"),
		relatedUser:  gather("related.user", "user.name"),
		relatedHosts: gather("related.hosts", "source.domain", "destination.domain", "url.domain"),
		url: urlSlots{slot["url.original"], slot["url.full"], slot["url.scheme"], slot["url.domain"], slot["url.port"],
			slot["url.path"], slot["url.query"]},
		domainOf: namesOf("url"),
		agent: agentSlots{slot["user_agent.original"], slot["user_agent.name"], slot["user_agent.version"],
			slot["user_agent.device.name"], slot["user_agent.os.name"], slot["user_agent.os.version"]},
	}
}

// derive sets the fields that follow from those that the assignments set.
func (n *normalizer) derive(p *Plan) {
	d := &n.plan.derive
	for _, e := range []*endpoint{&d.source, &d.destination} {
		n.address(e)
		n.domainParts(p, e.domain, &e.names)
	}
	for _, r := range []*relation{&d.relatedIP, &d.relatedHash, &d.relatedUser, &d.relatedHosts} {
		n.relate(r)
	}
	if n.values[d.url.original].Kind == ecs.String {
		n.url(&d.url)
	}
	n.domainParts(p, d.url.domain, &d.domainOf)
	if n.values[d.agent.original].Kind == ecs.String {
		n.userAgent(&d.agent, p.agents)
	}
}

// fill sets a slot that no assignment has set.
func (n *normalizer) fill(slot int, v ecs.Value) {
	if n.values[slot].Kind == ecs.None {
		n.put(slot, v)
	}
}

// address is the domain, else the ip: the reference intake prefers the name where it knows both.
func (n *normalizer) address(e *endpoint) {
	for _, slot := range [...]int{e.domain, e.ip} {
		if v := n.values[slot]; v.Kind != ecs.None {
			n.fill(e.address, v)
			return
		}
	}
}

func (n *normalizer) relate(r *relation) {
	arena := n.ev.Arena()
	at := len(*arena)
	*arena = append(*arena, '[')
	for k, slot := range r.from {
		v := n.values[slot]
		if v.Kind != ecs.String || n.repeats(r.from[:k], v) {
			continue
		}
		if len(*arena) > at+1 {
			*arena = append(*arena, ',')
		}
		*arena = append(*arena, v.JSON...)
	}
	if len(*arena) == at+1 {
		*arena = (*arena)[:at]
		return
	}
	*arena = append(*arena, ']')
	n.fill(r.slot, ecs.Value{JSON: (*arena)[at:], Kind: ecs.List})
}

func (n *normalizer) repeats(slots []int, v ecs.Value) bool {
	for _, slot := range slots {
		if bytes.Equal(n.values[slot].JSON, v.JSON) && n.values[slot].Kind != ecs.None {
			return true
		}
	}
	return false
}

// domainParts splits a domain by the public suffix list (https://publicsuffix.org), if it ends with a suffix on it.
func (n *normalizer) domainParts(p *Plan, slot int, names *names) {
	v := n.values[slot]
	if v.Kind != ecs.String {
		return
	}
	text := n.textOf(v)
	dot := bytes.IndexByte(text, '.')
	if dot <= 0 || dot == len(text)-1 || !isDomain(text) {
		return
	}
	suffix := p.domains.lookup(text)
	if suffix == 0 || suffix >= len(text) {
		return
	}
	cut := len(text) - suffix
	rest := text[:cut-1]
	start := bytes.LastIndexByte(rest, '.') + 1
	n.fill(names.top, n.quoted(text[cut:]))
	n.fill(names.registered, n.quoted(text[start:]))
	if start > 0 {
		n.fill(names.subdomain, n.quoted(rest[:start-1]))
	}
}

// suffixLength is the length of a domain's public suffix, 0 where no rule of the list is for it.
func suffixLength(domain string) int {
	suffix, icann := publicsuffix.PublicSuffix(strings.Map(lowerASCII, domain))
	if !icann && strings.IndexByte(suffix, '.') < 0 {
		return 0
	}
	return len(suffix)
}

// lowerASCII leaves other letters alone, so that no length changes.
func lowerASCII(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// unsafeString is text as a string without a copy, for a call that does not keep it.
func unsafeString(text []byte) string {
	return unsafe.String(unsafe.SliceData(text), len(text)) //nolint:gosec // the bytes do not change during the call
}

// isDomain keeps addresses and other text away from the suffix list.
func isDomain(text []byte) bool {
	if _, ok := parseIP(text); ok || len(text) > 253 || bytes.Contains(text, []byte("..")) {
		return false
	}
	for _, c := range text {
		if c <= ' ' || c == '/' || c == '\\' || c == ':' || c == '@' || c == '"' {
			return false
		}
	}
	return true
}
