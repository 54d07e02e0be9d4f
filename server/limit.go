package server

import (
	"container/list"
	"net/netip"
	"sync"

	"golang.org/x/time/rate"
)

// limits keep one address from taking everything.
type limits struct {
	general *limiter // every request
	signIn  *limiter // attempts to sign in
	push    *limiter // requests that bring events
}

// The rates of one address: enough for an office behind one address, too few to guess passphrases or to stop others.
const (
	signInRate, signInBurst = 0.2, 20 // one in five seconds
	maxLimited              = 10_000
)

func newLimits(perSecond, pushes int) *limits {
	return &limits{newLimiter(rate.Limit(perSecond), 5*perSecond), newLimiter(signInRate, signInBurst), newLimiter(rate.Limit(pushes), 5*pushes)}
}

// limiter limits the rate of each address. It is bounded: when it is full, who asked longest ago is forgotten.
type limiter struct {
	limit rate.Limit
	burst int

	mu    sync.Mutex
	known map[string]*list.Element
	order *list.List // of *limited, the latest in front
}

type limited struct {
	address string
	*rate.Limiter
}

func newLimiter(limit rate.Limit, burst int) *limiter {
	return &limiter{limit: limit, burst: burst, known: map[string]*list.Element{}, order: list.New()}
}

func (l *limiter) allow(address string) bool {
	address = network(address)
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.known[address]
	if !ok {
		if len(l.known) >= maxLimited {
			delete(l.known, l.order.Remove(l.order.Back()).(*limited).address)
		}
		e = l.order.PushFront(&limited{address, rate.NewLimiter(l.limit, l.burst)})
		l.known[address] = e
	}
	l.order.MoveToFront(e)
	return e.Value.(*limited).Allow()
}

// network is what belongs to one customer of a provider: an address of version 4, and 64 bits of version 6.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Is4() || ip.Is4In6() {
		return address
	}
	p, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}
