package access

import (
	"container/list"
	"sync"
	"time"
)

const (
	maxCeremonies = 5000
	ceremonyTime  = 5 * time.Minute
)

// ceremonies are the sign-ins and enrolments that are under way: what was handed to the browser, and comes back with an
// answer. Each is answered once. They are not kept over a restart: whoever is in the middle of one begins again.
type ceremonies struct {
	now func() time.Time

	mu    sync.Mutex
	open  map[string]*list.Element
	order *list.List // of *ceremony, the oldest in front
}

type ceremony struct {
	token   string
	account int64
	expires time.Time
	value   any
}

func newCeremonies(now func() time.Time) *ceremonies {
	return &ceremonies{now: now, open: map[string]*list.Element{}, order: list.New()}
}

// begin keeps what a ceremony is about; the token finds it again. When there are too many the oldest is forgotten.
func (c *ceremonies) begin(account int64, value any) string {
	token, _ := newToken()
	c.mu.Lock()
	defer c.mu.Unlock()
	for e := c.order.Front(); e != nil; e = c.order.Front() {
		first := e.Value.(*ceremony)
		if len(c.open) < maxCeremonies && c.now().Before(first.expires) {
			break
		}
		c.order.Remove(e)
		delete(c.open, first.token)
	}
	c.open[token] = c.order.PushBack(&ceremony{token, account, c.now().Add(ceremonyTime), value})
	return token
}

// end takes a ceremony out; ErrExpired where there is none that is about a T.
func end[T any](c *ceremonies, token string) (account int64, value T, err error) {
	return find[T](c, token, true)
}

// peek leaves it in.
func peek[T any](c *ceremonies, token string) (account int64, value T, err error) {
	return find[T](c, token, false)
}

func find[T any](c *ceremonies, token string, remove bool) (account int64, value T, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.open[token]
	if !ok {
		return 0, value, ErrExpired
	}
	found := e.Value.(*ceremony)
	value, ok = found.value.(T)
	if !ok || !c.now().Before(found.expires) {
		return 0, value, ErrExpired
	}
	if remove {
		c.order.Remove(e)
		delete(c.open, token)
	}
	return found.account, value, nil
}
