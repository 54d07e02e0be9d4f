package eventhubtest

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"penstock/eventhubtest/amqp"
)

// address is what a link is attached to: a node of the server ("$cbs" or "$management"), or a hub, perhaps a partition
// of it, perhaps seen by a consumer group.
type address struct{ node, hub, group, partition string }

const (
	nodeClaims     = "$cbs"
	nodeManagement = "$management"
)

// parseAddress understands "$cbs", "$management", "hub/$management", "hub", "hub/Partitions/0" and
// "hub/ConsumerGroups/group/Partitions/0", also as the path of a URL.
func parseAddress(s string) (address, bool) {
	if strings.Contains(s, "://") {
		u, err := url.Parse(s)
		if err != nil {
			return address{}, false
		}
		s = u.Path
	}
	p := strings.Split(strings.Trim(s, "/"), "/")
	switch {
	case len(p) == 1 && (p[0] == nodeClaims || p[0] == nodeManagement):
		return address{node: p[0]}, true
	case len(p) == 1 && p[0] != "":
		return address{hub: p[0]}, true
	case len(p) == 2 && p[1] == nodeManagement:
		return address{node: nodeManagement, hub: p[0]}, true
	case len(p) == 3 && strings.EqualFold(p[1], "Partitions"):
		return address{hub: p[0], partition: p[2]}, true
	case len(p) == 5 && strings.EqualFold(p[1], "ConsumerGroups") && strings.EqualFold(p[3], "Partitions"):
		return address{hub: p[0], group: p[2], partition: p[4]}, true
	}
	return address{}, false
}

// attach answers a client that wants a link. It runs without the mutex, which it takes for writing only, since it looks
// at hubs and at the links of other connections.
func (c *conn) attach(channel uint16, a *amqp.Attach) error {
	c.mu.Lock()
	s := c.sessions[channel]
	if s == nil || s.links[a.Handle] != nil || a.Handle >= maxLinks {
		c.mu.Unlock()
		return &amqp.Error{Condition: "amqp:not-allowed", Description: fmt.Sprintf("no link can be attached as handle %d on channel %d", a.Handle, channel)}
	}
	c.mu.Unlock()
	state := linkState{session: s, handle: a.Handle}
	name := ""
	if a.Role == amqp.RoleReceiver && a.Source != nil {
		name = a.Source.Address
	} else if a.Role == amqp.RoleSender && a.Target != nil {
		name = a.Target.Address
	}
	addr, ok := parseAddress(name)
	switch {
	case !ok:
		s.refuse(state, a, notFound(c.server, name))
	case addr.node != "":
		c.attachNode(state, a, addr)
	case a.Role == amqp.RoleSender:
		c.attachSender(state, a, addr)
	default:
		c.attachReceiver(state, a, addr)
	}
	return nil
}

// answer echoes an attach; the settle modes of the client are kept.
func (s *session) answer(a *amqp.Attach) *amqp.Attach {
	out := &amqp.Attach{Name: a.Name, Handle: a.Handle, Role: !a.Role, SndSettleMode: a.SndSettleMode,
		RcvSettleMode: a.RcvSettleMode, Source: a.Source, Target: a.Target, MaxMessageSize: maxMessageSize, Properties: a.Properties}
	if a.Role == amqp.RoleReceiver {
		out.InitialDeliveryCount = new(uint32)
	}
	return out
}

// refusedLink keeps the handle of a link that was refused until the client detaches it, too.
type refusedLink struct{ linkState }

func (*refusedLink) flow(*amqp.Flow) {}
func (*refusedLink) gone()           {}

// refuse answers with an attach that lacks what was asked for, and a detach that says why (part 2.6.3).
func (s *session) refuse(state linkState, a *amqp.Attach, err *amqp.Error) {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	out := s.answer(a)
	if a.Role == amqp.RoleReceiver {
		out.Source = nil
	} else {
		out.Target = nil
	}
	c.send(s.channel, out)
	l := &refusedLink{state}
	s.links[a.Handle] = l
	s.detach(l, err)
}

func (c *conn) attachNode(state linkState, a *amqp.Attach, addr address) {
	s := state.session
	c.mu.Lock()
	defer c.mu.Unlock()
	c.send(s.channel, s.answer(a))
	if a.Role == amqp.RoleReceiver {
		r := &replies{linkState: state, node: addr.node}
		if a.Target != nil {
			r.address = a.Target.Address
		}
		s.links[a.Handle] = r
		return
	}
	in := &inbound{linkState: state, take: func(m incoming) any { return c.request(s, addr, m) }}
	s.links[a.Handle] = in
	in.begin(a)
}

// permit checks what holds for every link to a hub.
func (c *conn) permit(addr address, claim string) (*hub, *amqp.Error) {
	if err := c.server.faults.throttled(addr.hub, time.Now()); err != nil {
		return nil, err
	}
	c.mu.Lock()
	allowed := c.claims.allow(addr.hub, time.Now())
	c.mu.Unlock()
	if !allowed {
		return nil, denied(c.server, addr.hub, claim)
	}
	h := c.server.find(addr.hub)
	if h == nil {
		return nil, notFound(c.server, addr.hub)
	}
	if addr.group != "" && !h.hasGroup(addr.group) {
		return nil, groupNotFound(c.server, h, addr.group)
	}
	if addr.partition != "" && h.partition(addr.partition) == nil {
		return nil, partitionInvalid(h)
	}
	return h, nil
}

func (c *conn) attachSender(state linkState, a *amqp.Attach, addr address) {
	s := state.session
	h, refusal := c.permit(addr, "Send")
	if refusal == nil && addr.group != "" {
		refusal = &amqp.Error{Condition: "amqp:not-allowed", Description: "A sender goes to a hub or to a partition, not to a consumer group."}
	}
	if refusal != nil {
		s.refuse(state, a, refusal)
		return
	}
	state.hub, state.part = h.Name, addr.partition
	in := &inbound{linkState: state, take: func(m incoming) any { return c.publish(h, addr.partition, m) }}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.send(s.channel, s.answer(a))
	s.links[a.Handle] = in
	in.begin(a)
}

func (c *conn) attachReceiver(state linkState, a *amqp.Attach, addr address) {
	s := state.session
	h, refusal := c.permit(addr, "Listen")
	if refusal == nil && addr.group == "" {
		refusal = &amqp.Error{Condition: "amqp:not-allowed", Description: "A receiver goes to hub/ConsumerGroups/group/Partitions/id."}
	}
	if refusal != nil {
		s.refuse(state, a, refusal)
		return
	}
	state.hub, state.part = h.Name, addr.partition
	p := h.partition(addr.partition)
	start, refusal := startOf(p, a.Source.Filter)
	if refusal != nil {
		s.refuse(state, a, refusal)
		return
	}
	r := newReceiver(c, state, h, p, addr.group, a, start)
	losers, lost := h.claim(r)
	for _, l := range losers {
		l.detach(stolen(r, l))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.send(s.channel, s.answer(a))
	s.links[a.Handle] = r
	if lost == nil {
		lost = r.lost
	}
	if lost != nil { // refusing the attach itself would make the SDKs try again until their time-out
		s.detach(r, lost)
		return
	}
	c.pumps.Go(r.run)
}
