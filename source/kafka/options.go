// Package kafka reads topics of Apache Kafka, and hubs of Event Hubs by their Kafka endpoint. The partitions are shared
// among the members of a consumer group.
//
// The hub of a message is its topic, the sequence number its offset. Where reading of a partition begins is decided here: at
// the later of what the journal has and what the group has committed. The journal knows better what this process has read,
// since offsets are committed to the group only after they are durable; the group knows better when another process has
// read on meanwhile. What the topic still has is compared with that, so that messages which have expired and a topic that
// was made anew are noticed, told apart and put on record.
package kafka

import (
	"context"
	"log/slog"
	"time"

	"penstock/config"
	"penstock/source"
)

// Kind of this source.
const Kind = "kafka"

// Options of a Source. Intake and Config are needed.
type Options struct {
	Intake    string
	Config    config.Kafka // as Load has checked it
	Instance  string       // names this process to others of the group; may be empty
	Resume    source.Resume
	Restored  source.Restored  // nil: the intake was not restored
	Incidents source.Incidents // may be nil
	Log       *slog.Logger     // slog.Default()

	// CommitInterval is how often offsets that are durable are committed to the group; 2 s.
	CommitInterval time.Duration
	// StatusInterval is how often the brokers are asked for the ends of partitions; 15 s.
	StatusInterval time.Duration
	// SessionTimeout is how long the group waits for a member that is silent; 45 s.
	SessionTimeout time.Duration
	// MaxBackoff is the longest wait between two attempts to connect; 1 min.
	MaxBackoff time.Duration
	// Token gives the token of oauthbearer; nil: that of Config.Credential.
	Token func(ctx context.Context, scope string) (string, error)
}

func (o *Options) setDefaults() {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	setDefault(&o.CommitInterval, 2*time.Second)
	setDefault(&o.StatusInterval, 15*time.Second)
	setDefault(&o.SessionTimeout, 45*time.Second)
	setDefault(&o.MaxBackoff, time.Minute)
	if o.Config.Prefetch == 0 {
		o.Config.Prefetch = 64 << 20
	}
	if o.Config.Group == "" {
		o.Config.Group = "penstock"
	}
	if o.Config.OnGap == "" {
		o.Config.OnGap = "earliest"
	}
	if o.Config.SASL.Mechanism == "" {
		o.Config.SASL.Mechanism = "none"
	}
	if o.Token == nil {
		o.Token = o.entraToken
	}
}

func setDefault(d *time.Duration, to time.Duration) {
	if *d == 0 {
		*d = to
	}
}
