package retro

import (
	"errors"
	"fmt"
	"time"

	"penstock/search"
)

// Kind is what a job is for.
type Kind string

// The kinds of jobs.
const (
	Detect    Kind = "detect"    // run rules over what is stored, as if they had been there
	Test      Kind = "test"      // see what a rule would have matched, before it is enabled
	Exception Kind = "exception" // see what an exception would have hidden
	Diff      Kind = "diff"      // see what another version of mapping or rules would change
)

// State is how far a job has come.
type State string

// The states of jobs. What has failed or was cancelled keeps what it had found.
const (
	Queued    State = "queued"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// ended tells whether a job will do no more.
func (s State) ended() bool { return s != Queued && s != Running }

// Role is what a file of a work is.
type Role string

// The roles of files.
const (
	RuleFile      Role = "rule"      // Sigma
	ExceptionFile Role = "exception" // as the catalogue takes it
	MappingFile   Role = "mapping"   // that overrides or extends the mapping
)

// File is a text that a job works with.
type File struct {
	Role Role   `json:"role" enum:"rule,exception,mapping"`
	Name string `json:"name" maxLength:"1024" doc:"For messages about what is wrong in it"`
	Text string `json:"text"`
}

// Work is what a job is to do. It is kept with the job, so that the job can be done again.
type Work struct {
	Kind   Kind      `json:"kind" enum:"detect,test,exception,diff"`
	Rules  []string  `json:"rules,omitempty" doc:"Ids of the catalogue's rules; none: all that are enabled, or those of the files"`
	Files  []File    `json:"files,omitempty" doc:"Rules to try, an exception, or of a diff the other version of mapping and rules"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to" doc:"Not in it"`
	Tables []string  `json:"tables,omitempty" doc:"Advanced hunting tables; none: all"`
	Query  string    `json:"query,omitempty" maxLength:"8192" doc:"Only events for which it holds"`
	Alerts bool      `json:"alerts,omitempty" doc:"Matches become alerts"`
	Notify bool      `json:"notify,omitempty" doc:"And those are notified"`
	By     string    `json:"by,omitempty" doc:"Who wants it"`
}

// The bounds of a work.
const (
	maxFiles  = 10_000
	maxText   = 16 << 20 // bytes of all files
	maxRules  = 50_000
	maxTables = 200
)

// WorkError says what is wrong with a work; it is the caller's to mend.
type WorkError struct{ Message string }

func (e *WorkError) Error() string { return e.Message }

// check tells what is wrong with a work, and parses its query.
func (w *Work) check(parse func(string) (*search.Query, error)) (*search.Query, error) {
	wrong := func(format string, args ...any) error { return &WorkError{fmt.Sprintf(format, args...)} }
	switch w.Kind {
	case Detect, Test, Exception, Diff:
	default:
		return nil, wrong("There are no jobs of kind %q: it is detect, test, exception or diff.", w.Kind)
	}
	if !w.From.Before(w.To) {
		return nil, wrong("The time range is empty: from must be before to.")
	}
	if len(w.Files) > maxFiles || len(w.Rules) > maxRules || len(w.Tables) > maxTables {
		return nil, wrong("A job takes at most %d files, %d rules and %d tables.", maxFiles, maxRules, maxTables)
	}
	has := map[Role]bool{}
	size := 0
	for _, f := range w.Files {
		switch f.Role {
		case RuleFile, ExceptionFile, MappingFile:
			has[f.Role] = true
		default:
			return nil, wrong("File %s has the role %q: it is rule, exception or mapping.", f.Name, f.Role)
		}
		size += len(f.Name) + len(f.Text)
	}
	switch {
	case size > maxText:
		return nil, wrong("The files of a job are at most %d MiB together.", maxText>>20)
	case w.Kind == Exception && !has[ExceptionFile]:
		return nil, wrong("Add the exception that is to be tried, as a file of role exception.")
	case w.Kind == Test && !has[RuleFile] && len(w.Rules) == 0:
		return nil, wrong("Add the rule that is to be tried, as a file of role rule or by its id.")
	case w.Kind == Diff && !has[RuleFile] && !has[MappingFile]:
		return nil, wrong("Add what is to be compared with the version in force, as files of role mapping or rule.")
	case w.Kind != Detect && (w.Alerts || w.Notify):
		return nil, wrong("Only a detect job makes alerts of what it finds.")
	case w.Notify && !w.Alerts:
		return nil, wrong("Only alerts are notified: say alerts as well.")
	}
	q, err := parse(w.Query)
	if err != nil {
		return nil, fmt.Errorf("the query of the job: %w", err)
	}
	return q, nil
}

// Job is some work and what has come of it.
type Job struct {
	ID         int64         `json:"id"`
	Work       Work          `json:"work"`
	State      State         `json:"state" enum:"queued,running,done,failed,cancelled"`
	Created    time.Time     `json:"created"`
	Started    *time.Time    `json:"started,omitempty"`
	Finished   *time.Time    `json:"finished,omitempty"`
	Done       int64         `json:"done" doc:"Stored rows that have been looked at"`
	Total      int64         `json:"total" doc:"Of so many"`
	Events     int64         `json:"events" doc:"Events that the rules were tried on; known at the end"`
	Unreadable int64         `json:"unreadable" doc:"Rows that damage of the disk has taken"`
	Matches    int64         `json:"matches" doc:"Of any rule; of a diff, those that were gained and lost"`
	Bucket     time.Duration `json:"-"` // width of the buckets in which matches are counted
	Error      string        `json:"error,omitempty"`
}

// ErrNotFound is returned for an id that is no job's.
var ErrNotFound = errors.New("there is no such job")

// ErrBusy is what Start returns while too many jobs wait.
var ErrBusy = fmt.Errorf("%d jobs are waiting already: cancel some, or wait for them", maxQueued)

// Interrupted is the Error of a job during which the program ended.
const Interrupted = "interrupted: the program ended while it ran; it can be started again"
