// Package catalogue keeps the rules that an installation knows, whoever wrote them, and what people have decided about
// each: whether it is enabled, how urgent it is, what it is not to see. Out of both it makes the live set, on which events
// are tried, and replaces it whenever something changes.
package catalogue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"penstock/attack"
	"penstock/census"
	"penstock/sigma"
	"penstock/sigma/pipeline"
	"penstock/state"
)

// Options of a Catalogue. Router must be there; the zero values of the others mean what is named.
type Options struct {
	Router pipeline.Router
	Sigma  sigma.Options // how rules are read

	Builtin fs.FS               // rules that come with the program; nil: none
	Version string              // of the program, and so of its rules
	Seen    func() *census.View // what has arrived; nil: that is not known, and no rule is graded by it
	Fired   Activity            // nil: that is not known
	Proofs  Proofs              // nil: none but that a rule has fired

	Bounds     Bounds
	Settle     time.Duration    // how long changes are gathered before the live set is made anew; 300 ms
	Now        func() time.Time // nil: time.Now
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Catalogue is the rules and the decisions. Its methods may be called at the same time.
type Catalogue struct {
	db      *state.DB
	options Options
	log     *slog.Logger
	matrix  *attack.Matrix
	now     func() time.Time

	mu       sync.Mutex // held by whoever changes something
	register atomic.Pointer[register]
	changed  chan struct{} // something is to be compiled

	compiling sync.Mutex // held by whoever makes a live set; pool and rested are theirs
	pool      *pool      // nil: nothing was compiled yet
	rested    time.Time  // from when on the next set may be compiled, unless it is urgent
	live      atomic.Pointer[Set]
	updated   atomic.Pointer[chan struct{}] // closed when the live set is replaced

	grades atomic.Pointer[grades] // the last that were made
}

// By is who changes something, and why.
type By struct{ Who, Reason string }

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("there is no such rule")
	ErrConflict = errors.New("somebody has changed this meanwhile: look at it again, then repeat the change")
	ErrInvalid  = errors.New("this cannot be done")
)

// notFound is an ErrNotFound about something else than a rule.
type notFound string

// Error says what is not there.
func (e notFound) Error() string { return string(e) }

// Is reports that something was not found.
func (e notFound) Is(target error) bool { return target == ErrNotFound }

const (
	errNoPack      notFound = "there is no such pack"
	errNoException notFound = "there is no such exception, or it has ended already"
)

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// Open reads the catalogue that lies in db, brings the built-in rules up to date, and compiles the live set.
func Open(ctx context.Context, db *state.DB, o Options) (*Catalogue, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Settle == 0 {
		o.Settle = 300 * time.Millisecond
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Catalogue{db: db, options: o, log: o.Logger, matrix: attack.Enterprise(), now: o.Now, changed: make(chan struct{}, 1)}
	first := make(chan struct{})
	c.updated.Store(&first)
	reg, err := c.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the rule catalogue: %w", err)
	}
	c.register.Store(reg)
	if err := c.installBuiltin(ctx); err != nil {
		return nil, err
	}
	c.Refresh()
	if o.Registerer != nil {
		o.Registerer.MustRegister(collector{c})
	}
	return c, nil
}

// installBuiltin brings the built-in rules to what the program has.
func (c *Catalogue) installBuiltin(ctx context.Context) error {
	if c.options.Builtin == nil {
		return nil
	}
	files, err := ReadFS(c.options.Builtin, Bounds{})
	if err != nil {
		return fmt.Errorf("read the built-in rules: %w", err)
	}
	p := c.register.Load().packs[BuiltinPack]
	if p != nil && p.Hash == files.Hash() {
		return nil
	}
	report, err := c.install(ctx, &Installation{
		Pack: BuiltinPack, Version: c.options.Version, Origin: "Penstock", Files: files, Policy: &Policy{MaxEffort: Intermediate},
	}, By{Who: "penstock", Reason: "comes with the program"})
	if err != nil {
		return fmt.Errorf("install the built-in rules: %w", err)
	}
	for _, p := range report.Problems {
		c.log.Error("a built-in rule is broken", "file", p.File, "line", p.Line, "problem", p.Message)
	}
	return nil
}

// publish replaces the register. The caller holds mu.
func (c *Catalogue) publish(reg *register) {
	c.register.Store(reg)
	select {
	case c.changed <- struct{}{}:
	default: // it is known already
	}
}
