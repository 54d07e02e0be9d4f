package access

import (
	"container/list"
	"sync"
	"time"
)

const (
	maxThrottled = 20_000
	maxBackOff   = 15 * time.Minute
	forgetAfter  = time.Hour // without an attempt
)

// throttle holds back who tries too often: after some free attempts each failure doubles the time to the next one.
// It is bounded; when it is full, who was quiet for the longest is forgotten.
type throttle struct {
	now  func() time.Time
	free int

	mu      sync.Mutex
	entries map[string]*list.Element
	order   *list.List // of *attempts, the latest in front
}

type attempts struct {
	key    string
	count  int
	last   time.Time
	resume time.Time
}

func newThrottle(now func() time.Time, free int) *throttle {
	return &throttle{now: now, free: free, entries: map[string]*list.Element{}, order: list.New()}
}

// try counts an attempt as failed before it is made, so that many at once are many failures; succeed takes that back.
// The error is a *Wait when it may not be made yet.
func (t *throttle) try(key string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	e, ok := t.entries[key]
	if !ok {
		if len(t.entries) >= maxThrottled {
			oldest := t.order.Back()
			delete(t.entries, t.order.Remove(oldest).(*attempts).key)
		}
		e = t.order.PushFront(&attempts{key: key})
		t.entries[key] = e
	}
	a := e.Value.(*attempts)
	if now.Sub(a.last) > forgetAfter {
		a.count = 0
	}
	if wait := a.resume.Sub(now); wait > 0 {
		return &Wait{wait}
	}
	t.order.MoveToFront(e)
	a.count++
	a.last = now
	if over := a.count - t.free; over >= 0 {
		a.resume = now.Add(min(maxBackOff, time.Second<<min(over, 20)))
	}
	return nil
}

// succeed forgets the failures of key.
func (t *throttle) succeed(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e, ok := t.entries[key]; ok {
		t.order.Remove(e)
		delete(t.entries, key)
	}
}

// relent takes back one attempt of key: it was no failure, but says nothing of those before.
func (t *throttle) relent(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e, ok := t.entries[key]; ok {
		a := e.Value.(*attempts)
		a.count--
		a.resume = time.Time{}
	}
}
