package simulate

import (
	"container/heap"
	"slices"
)

// step is one record of an attack, and when it is published.
type step struct {
	at, order int64
	emit      func()
}

type stepHeap []step

func (h stepHeap) Len() int { return len(h) }
func (h stepHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].order < h[j].order
}
func (h stepHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *stepHeap) Push(x any)   { *h = append(*h, x.(step)) }
func (h *stepHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

func (h *stepHeap) pop() step { return heap.Pop(h).(step) }

// story is an attack that is being told: its records come one after the other, a little apart, each as long after what
// it tells as the devices' reports take.
type story struct {
	t   *Tenant
	at  int64 // publication of the next step
	lag int64
	n   int64
}

// Stories are the names of the attacks, in the order in which they come.
func Stories() []string {
	names := make([]string, len(attacks))
	for i, a := range attacks {
		names[i] = a.name
	}
	return names
}

type attack struct {
	name string
	tell func(*story)
}

func findStory(name string) *attack {
	i := slices.IndexFunc(attacks, func(a attack) bool { return a.name == name })
	if i < 0 {
		return nil
	}
	return &attacks[i]
}

// plan begins an attack when its time has come.
func (t *Tenant) plan() {
	if t.config.Stories < 0 || t.now < t.attack {
		return
	}
	t.attack = t.now + t.config.Stories.Nanoseconds()
	next := &attacks[t.turn%len(attacks)]
	if len(t.config.Only) > 0 {
		next = findStory(t.config.Only[t.turn%len(t.config.Only)])
	}
	t.turn++
	next.tell(&story{t: t, at: t.now, lag: 20 * second})
}

// then tells the next step, after a pause of up to the given time.
func (s *story) then(pause int64, emit func()) {
	s.at += pause/2 + s.t.rng.Int64N(pause/2+1)
	s.n++
	heap.Push(&s.t.steps, step{s.at, s.n, emit})
}

// on lets a device report promptly while the attack goes on, so that its steps are told in their order.
func (s *story) on(d *device) *device {
	d.lag, d.pinnedUntil = s.lag, s.at+20*minute
	return d
}

// now is when what a step without a device tells has happened.
func (s *story) now() int64 { return (s.t.now - s.lag) / 100 * 100 }

// raise is the alert at the end; build is called when it is due.
func (s *story) raise(pause int64, build func() *alert) {
	s.then(pause, func() {
		a := build()
		a.at = s.now()
		s.t.raise(a)
	})
}

// actor is a process of an attack: kept apart from the device's own, which come and go.
type actor struct {
	device *device
	process
}

// run starts a program with a command line as a child of parent (nil: what runs as the desktop) and tells it. The actor is
// filled when the step is told, so that later steps can refer to it.
func (s *story) run(pause int64, d *device, parent *actor, name, command string) *actor {
	return s.runAs(pause, d, parent, name, command, false)
}

func (s *story) runAs(pause int64, d *device, parent *actor, name, command string, system bool) *actor {
	a := &actor{device: d}
	s.then(pause, func() {
		t := s.t
		at := t.clock(d)
		var from *process
		if parent != nil {
			from = &parent.process
		} else {
			from = d.desktop(name)
		}
		t.fork(d, &a.process, from, t.world.programs.byName[d.platform][name], at)
		a.command = t.fill(nil, command, d)
		if system {
			a.account, a.integrity, a.elevation, a.logon, a.session = &d.system, "System", "TokenElevationTypeDefault", 999, 0
		} else if d.platform == windows && parent != nil {
			a.account, a.integrity, a.elevation, a.logon, a.session = parent.account, parent.integrity, parent.elevation, parent.logon, parent.session
		}
		t.processOf(d, at, &a.process, from)
	})
	return a
}

// desktop is the resident process that starts what people and services start.
func (d *device) desktop(name string) *process {
	parent := map[int]string{windows: "explorer.exe", linux: "nginx", macOS: "Finder"}[d.platform]
	if name == "PSEXESVC.exe" {
		parent = "services.exe"
	}
	return d.running(parent, nil)
}

func (s *story) connects(pause int64, a *actor, c connection) {
	s.then(pause, func() {
		if c.action == "" {
			c.action = "ConnectionSuccess"
		}
		c.local, c.protocol = 49152+s.t.rng.Int64N(16000), "TcpV4"
		s.t.connection(a.device, s.t.clock(a.device), &a.process, c)
	})
}

func (s *story) writes(pause int64, a *actor, f file) {
	s.then(pause, func() { s.t.file(a.device, s.t.clock(a.device), &a.process, f) })
}

func (s *story) sets(pause int64, a *actor, c registryChange) {
	s.then(pause, func() { s.t.registry(a.device, s.t.clock(a.device), &a.process, c) })
}

func (s *story) event(pause int64, a *actor, e deviceEvent) {
	s.then(pause, func() { s.t.deviceEvent(a.device, s.t.clock(a.device), &a.process, e) })
}

func (s *story) loads(pause int64, a *actor, name string) {
	s.then(pause, func() {
		w := s.t.world
		i := slices.IndexFunc(w.libraries, func(l library) bool { return l.name == name })
		s.t.library(a.device, s.t.clock(a.device), &a.process, &w.libraries[i])
	})
}

// victim is a workstation and its owner.
func (s *story) victim() *device { return s.on(pick(s.t.rng, s.t.world.windows)) }

// attacker is an address from the ranges for documentation (RFC 5737), so that nobody's host is named.
func (s *story) attacker() string {
	return pick(s.t.rng, []string{"203.0.113.", "198.51.100.", "192.0.2."}) + string(appendNumber(nil, 2+s.t.rng.IntN(250)))
}

func (a *actor) entity(role string) entity {
	return entity{kind: "Process", role: role, device: a.device, process: a.evidence()}
}

func machine(d *device) entity { return entity{kind: "Machine", role: "Impacted", device: d} }

func person(d *device, u *user) entity {
	return entity{kind: "User", role: "Impacted", device: d, user: u}
}
