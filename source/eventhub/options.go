// Package eventhub reads from Azure Event Hubs with Microsoft's SDK. Its Processor shares the partitions among the
// processes of a consumer group, by way of a checkpoint store in Blob storage, or gives all of them to a single process
// that keeps no store.
//
// Where reading of a partition begins is decided here and not by the checkpoint store: the journal knows best. The
// sequence numbers that the hub still has are compared with the wanted one, so that messages which have expired and a
// hub that was made anew are noticed, told apart and put on record.
package eventhub

import (
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/config"
	"penstock/source"
)

// Options of a Source. Intake and Config are needed.
type Options struct {
	Intake string
	Config config.EventHub // as Load has checked it
	// Tables are those of which Config.Tables says "*".
	Tables []string
	// Instance tells this process from others that share the consumer group. It should stay the same over restarts,
	// since a process takes back at once what was its own. Empty: a new one each time.
	Instance  string
	Resume    source.Resume    // may be nil
	Restored  source.Restored  // nil: the intake was not restored
	Incidents source.Incidents // may be nil
	Log       *slog.Logger     // slog.Default()

	// ClaimInterval is how often the claims on partitions are renewed, and lost ones reopened; 10 s with storage, 2 s
	// without.
	ClaimInterval time.Duration
	// ClaimExpiry is how long a partition belongs to a process that has ceased to renew its claim; 6 claim intervals.
	ClaimExpiry time.Duration
	// StatusInterval is how often the hub is asked for its partitions and their ends; 15 s.
	StatusInterval time.Duration
	// CheckpointInterval is how often the positions are written to storage; 5 s.
	CheckpointInterval time.Duration
	// Retry is how the SDK repeats what fails.
	Retry azeventhubs.RetryOptions
	// MaxBackoff is the longest wait between two attempts to connect; 1 min.
	MaxBackoff time.Duration
	// TLS is used for connections to the hub; nil: the system's certificates.
	TLS *tls.Config
}

func (o *Options) setDefaults() {
	shared := o.Config.Storage != nil
	if shared {
		setDefault(&o.ClaimInterval, 10*time.Second)
	}
	setDefault(&o.ClaimInterval, 2*time.Second)
	setDefault(&o.ClaimExpiry, 6*o.ClaimInterval)
	setDefault(&o.StatusInterval, 15*time.Second)
	setDefault(&o.CheckpointInterval, 5*time.Second)
	setDefault(&o.MaxBackoff, time.Minute)
	setDefault(&o.Retry.RetryDelay, time.Second)
	setDefault(&o.Retry.MaxRetryDelay, 10*time.Second)
	if o.Instance == "" {
		o.Instance = "penstock-" + rand.Text()
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Config.Prefetch == 0 {
		o.Config.Prefetch = 64 << 20
	}
	if o.Config.ConsumerGroup == "" {
		o.Config.ConsumerGroup = azeventhubs.DefaultConsumerGroup
	}
	if o.Config.OnGap == "" {
		o.Config.OnGap = "earliest"
	}
}

func setDefault(d *time.Duration, to time.Duration) {
	if *d == 0 {
		*d = to
	}
}

// hubs are the names of the hubs to read. Those that only may be there, since nobody named them, are in optional:
// Defender creates the hub of a table with the first event of the table.
func (o *Options) hubs() (names []string, optional map[string]bool, err error) {
	c := &o.Config
	names, optional = slices.Clone(c.Hubs), make(map[string]bool)
	if c.Hub != "" {
		names = append(names, c.Hub)
	}
	for _, table := range c.Tables {
		if table != "*" {
			names = append(names, c.TableHubPrefix+strings.ToLower(table))
			continue
		}
		for _, known := range o.Tables {
			name := c.TableHubPrefix + strings.ToLower(known)
			names, optional[name] = append(names, name), true
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		return nil, nil, fmt.Errorf("intake %s: there is no hub to read", o.Intake)
	}
	return names, optional, nil
}
