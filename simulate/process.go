package simulate

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// process is a process of a device. What it knows of its parents is copied, for they may be gone.
type process struct {
	image         *image
	pid           uint32
	created       int64
	unique        uint64
	account       *account
	command       []byte
	logon         int64
	session       int64
	parentPID     uint32
	parentCreated int64
	parentName    string
	integrity     string
	elevation     string
}

const transient = 20

// start boots a device: its resident processes run when the simulation begins.
func (t *Tenant) start(d *device) {
	at := d.boot
	for _, p := range t.world.programs.resident[d.platform] {
		at += 40_000_000 + t.rng.Int64N(2*second)
		d.processes = append(d.processes, process{})
		t.launch(d, &d.processes[len(d.processes)-1], p, at)
		d.resident = len(d.processes)
	}
	for range transient {
		d.processes = append(d.processes, process{})
	}
	for i := range transient {
		t.launch(d, &d.processes[d.resident+i], t.anyProgram(d), at+t.rng.Int64N(minute))
	}
	d.clock = max(d.clock, at+minute)
}

func (t *Tenant) anyProgram(d *device) *program {
	c := t.world.programs
	n := t.rng.IntN(c.total[d.platform])
	for _, p := range c.noise[d.platform] {
		if n -= p.weight; n < 0 {
			return p
		}
	}
	panic("simulate: the weights of the programs do not sum up")
}

// spawn starts a program in the place of the oldest process that is not resident.
func (t *Tenant) spawn(d *device, p *program, at int64) *process {
	slot := &d.processes[d.resident+d.turn]
	d.turn = (d.turn + 1) % transient
	t.launch(d, slot, p, at)
	return slot
}

// launch fills slot with a new process of program p, started by the first of its usual parents that runs.
func (t *Tenant) launch(d *device, slot *process, p *program, at int64) {
	var parent *process
	for _, name := range p.parents {
		if parent = d.running(name, slot); parent != nil {
			break
		}
	}
	if parent == nil && d.resident > 0 {
		parent = &d.processes[t.rng.IntN(d.resident)]
	}
	t.fork(d, slot, parent, p, at)
	slot.command = slot.command[:0]
	if len(p.commands) > 0 {
		slot.command = t.fill(slot.command, pick(t.rng, p.commands), d)
	}
}

// fork sets slot to a new process without a command line; parent nil is the kernel.
func (t *Tenant) fork(d *device, slot, parent *process, p *program, at int64) {
	command := slot.command[:0]
	d.nextPID += uint32(4 * (1 + t.rng.IntN(40)))
	if d.nextPID > 60_000 {
		d.nextPID = 4000 + uint32(4*t.rng.IntN(100))
	}
	next := process{image: &p.images[d.image], pid: d.nextPID, created: at, unique: t.rng.Uint64() >> 8, account: &d.user, command: command, logon: d.logon, session: 1, integrity: "Medium", elevation: "TokenElevationTypeLimited", parentPID: 4, parentCreated: d.boot, parentName: "System"}
	if p.system || d.server && d.platform != linux {
		next.account, next.logon, next.session, next.integrity, next.elevation = &d.system, 999, 0, "System", "TokenElevationTypeDefault"
	}
	if d.platform != windows {
		next.integrity, next.elevation, next.logon = "", "None", 0
	}
	if parent != nil {
		next.parentPID, next.parentCreated, next.parentName = parent.pid, parent.created, parent.image.program.name
	}
	*slot = next
}

// running is the process of that name other than not, nil if there is none.
func (d *device) running(name string, not *process) *process {
	for i := range d.processes {
		p := &d.processes[i]
		if p != not && p.image != nil && p.image.program.name == name {
			return p
		}
	}
	return nil
}

// byPID is the process a child was started by, as long as it runs.
func (d *device) byPID(pid uint32, created int64) *process {
	for i := range d.processes {
		if p := &d.processes[i]; p.pid == pid && p.created == created {
			return p
		}
	}
	return nil
}

// anyProcess is one of those that do something: mostly the younger ones.
func (t *Tenant) anyProcess(d *device) *process {
	if t.rng.IntN(4) == 0 {
		return &d.processes[t.rng.IntN(d.resident)]
	}
	return &d.processes[d.resident+t.rng.IntN(transient)]
}

// fill appends a template. {n} is a number, {N} a large one, {v} a version, {x} eight hexadecimal digits, {X} the same in
// capitals, {h} a SHA-256, {g} and {G} a GUID, {w} and {W} a word, {f} the name of a document, {u} the user, {d} a
// domain, {p} a path, {q} a long text in base64, {s} the server's name.
func (t *Tenant) fill(dst []byte, template string, d *device) []byte {
	for {
		i := strings.IndexByte(template, '{')
		if i < 0 || i+2 >= len(template) {
			return append(dst, template...)
		}
		if template[i+2] != '}' {
			dst = append(dst, template[:i+1]...)
			template = template[i+1:]
			continue
		}
		dst = append(dst, template[:i]...)
		dst = t.placeholder(dst, template[i+1], d)
		template = template[i+3:]
	}
}

func (t *Tenant) placeholder(dst []byte, kind byte, d *device) []byte {
	rng := t.rng
	switch kind {
	case 'n':
		return strconv.AppendInt(dst, rng.Int64N(9000), 10)
	case 'N':
		return strconv.AppendUint(dst, rng.Uint64()>>3, 10)
	case 'v':
		return append(append(dst, "20251119-"...), byte('0'+rng.IntN(10)))
	case 'x':
		return appendHex(dst, rng, 8)
	case 'X':
		return upper(dst, appendHex(dst, rng, 8))
	case 'h':
		return appendHex(dst, rng, 64)
	case 'g':
		return appendGUID(dst, rng)
	case 'G':
		return upper(dst, appendGUID(dst, rng))
	case 'w':
		return append(dst, pick(rng, words)...)
	case 'W':
		return append(dst, pick(rng, vendors)...)
	case 'f':
		dst = append(append(append(dst, pick(rng, words)...), '_'), pick(rng, words)...)
		return strconv.AppendInt(append(dst, '_'), rng.Int64N(100_000), 10)
	case 'u':
		return append(dst, d.owner.name...)
	case 'd':
		return append(dst, t.anyHost().name...)
	case 'p':
		dst = append(append(append(dst, pick(rng, words)...), '/'), pick(rng, words)...)
		return appendHex(append(dst, "?id="...), rng, 12)
	case 'q':
		return appendBase64(dst, rng, 72)
	case 's':
		return append(dst, d.short...)
	}
	return append(dst, '{', kind, '}')
}

// upper turns what was appended to before into capitals.
func upper(before, all []byte) []byte {
	for i := len(before); i < len(all); i++ {
		if c := all[i]; c >= 'a' && c <= 'z' {
			all[i] = c - 32
		}
	}
	return all
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

func appendBase64(dst []byte, rng *rand.Rand, n int) []byte {
	for n > 0 {
		v := rng.Uint64()
		for i := 0; i < 10 && n > 0; i++ {
			dst = append(dst, base64Digits[v&63])
			v >>= 6
			n--
		}
	}
	return dst
}

// anyHost is a host of the internet: the well-known services for the most part.
func (t *Tenant) anyHost() remote {
	if t.rng.IntN(10) < 6 {
		return t.world.hosts[t.rng.IntN(len(services))]
	}
	return pick(t.rng, t.world.hosts)
}
