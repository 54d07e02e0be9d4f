// Package notify tells people and programs outside of alerts: by signed webhooks, e-mail, Slack and Microsoft Teams.
//
// What happens to alerts becomes deliveries in the state database, one a target, in the transaction that moves the cursor
// over the changes; a delivery stays pending until its target took it, so that each is made at least once, whatever is
// killed. What was tried, and what came of it, is on record.
package notify

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"penstock/secret"
	"penstock/state"
)

// Kinds of changes that a target may want to hear of.
const (
	Created   = "created"
	Reopened  = "reopened"
	Escalated = "escalated" // its urgency rose into a higher band
)

// Change is something that happened to an alert.
type Change struct {
	ID    int64 // ascending
	Alert string
	Kind  string
	Time  time.Time
}

// Alert is what a notification says of one. The names are those that templates use.
type Alert struct {
	ID          string    `json:"id"`
	Change      string    `json:"change"` // created, reopened, escalated
	Title       string    `json:"title"`
	Description string    `json:"description"`
	Urgency     int       `json:"urgency"` // 0 to 100
	Band        string    `json:"band"`    // low, medium, high, critical
	Level       string    `json:"level"`   // of the rule
	Status      string    `json:"status"`
	RuleID      string    `json:"ruleId"`
	Rule        string    `json:"rule"`
	Author      string    `json:"author"` // of the rule; its licence may want it to be named
	Tactics     []string  `json:"tactics"`
	Techniques  []string  `json:"techniques"`
	Hosts       []string  `json:"hosts"`
	Users       []string  `json:"users"`
	Count       int64     `json:"count"` // of occurrences
	FirstSeen   time.Time `json:"firstSeen"`
	LastSeen    time.Time `json:"lastSeen"`
	URL         string    `json:"url"` // of its page; empty where no address is configured
}

// Alerts is where changes and alerts come from.
type Alerts interface {
	// Changes that came after the one with the id, oldest first, limit at most.
	Changes(ctx context.Context, after int64, limit int) ([]Change, error)
	// Alert tells of one as it is now; ErrNoAlert where it is gone.
	Alert(ctx context.Context, id string) (*Alert, error)
}

// Errors of this package.
var (
	ErrNoAlert    = errors.New("there is no such alert")
	ErrNoTarget   = errors.New("there is no such notification target")
	ErrNoDelivery = errors.New("there is no such delivery that has failed")
	ErrSameName   = errors.New("another notification target has this name; choose a different one")
)

// Options of a Notifier. Zero values mean the default that is named.
type Options struct {
	Client     *http.Client  // one that follows no redirects and waits 15 s
	Interval   time.Duration // between looks for changes; 2 s
	GiveUp     time.Duration // after so long a delivery has failed; 24 h
	Keep       time.Duration // deliveries that have ended; 30 days
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Notifier keeps targets and delivers to them. Its methods may be called at the same time; Run by one goroutine alone.
type Notifier struct {
	db      *state.DB
	secrets *secret.Store
	alerts  Alerts
	options Options
	log     *slog.Logger
	metrics *metrics
	senders map[Kind]sender
	pace    map[int64]*pace // by target; of Run alone
}

// New makes the notifier whose targets lie in db, and their secrets in secrets.
func New(db *state.DB, secrets *secret.Store, alerts Alerts, o Options) *Notifier {
	if o.Client == nil {
		o.Client = &http.Client{
			Timeout:       15 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	if o.Interval == 0 {
		o.Interval = 2 * time.Second
	}
	if o.GiveUp == 0 {
		o.GiveUp = 24 * time.Hour
	}
	if o.Keep == 0 {
		o.Keep = 30 * 24 * time.Hour
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	n := &Notifier{db: db, secrets: secrets, alerts: alerts, options: o, log: o.Logger, metrics: newMetrics(o.Registerer), pace: map[int64]*pace{}}
	n.senders = map[Kind]sender{
		Webhook: &webhook{o.Client}, Slack: &slack{o.Client}, Teams: &teams{o.Client}, Email: email{},
	}
	return n
}
