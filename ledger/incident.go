package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"penstock/journal"
	"penstock/source"
)

// The kinds of incidents that the ledger and the rooms beside the source raise; those of the source are in its package.
const (
	GapUnexplained source.IncidentKind = "gap"             // a hole in what became durable, of which the source knows nothing
	ReadElsewhere  source.IncidentKind = "read_elsewhere"  // a hole that another process of the group has read
	JournalFull    source.IncidentKind = "journal_full"    // nothing is acknowledged, for the journal has no room
	JournalDamaged source.IncidentKind = "journal_damaged" // a part of the journal cannot be read back

	gapFilled source.IncidentKind = "gap_filled" // a hole that was read after all
)

// ErrNoIncident is what Acknowledge returns for an id that is none of an open incident.
var ErrNoIncident = errors.New("there is no such open incident")

const insertIncident = `INSERT INTO incident (kind, intake, hub, partition, first, last, message, opened) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`

// Incident is something about the delivery that an operator should know.
type Incident struct {
	ID int64
	source.Incident
	Closed time.Time // zero while it lasts
}

var _ source.Incidents = (*Ledger)(nil)

// Open puts an incident on record; it does nothing when the same is open.
func (l *Ledger) Open(ctx context.Context, i source.Incident) error {
	if i.Time.IsZero() {
		i.Time = time.Now()
	}
	_, err := l.db.Writer.ExecContext(ctx, insertIncident, i.Kind, i.Intake, i.Hub, i.Partition, i.First, i.Last, i.Message, i.Time.UnixMilli())
	if err != nil {
		return fmt.Errorf("put incident %s on record: %w", i.Kind, err)
	}
	return nil
}

// Close ends the open incidents of a kind at a place.
func (l *Ledger) Close(ctx context.Context, kind source.IncidentKind, intake, hub, partition string) error {
	_, err := l.db.Writer.ExecContext(ctx, `UPDATE incident SET closed = ? WHERE kind = ? AND intake = ? AND hub = ? AND partition = ? AND closed IS NULL`,
		time.Now().UnixMilli(), kind, intake, hub, partition)
	if err != nil {
		return fmt.Errorf("end incident %s: %w", kind, err)
	}
	return nil
}

// Acknowledge ends one incident because an operator says so. A gap that is acknowledged stays in every report.
func (l *Ledger) Acknowledge(ctx context.Context, id int64) error {
	result, err := l.db.Writer.ExecContext(ctx, `UPDATE incident SET closed = ? WHERE id = ? AND closed IS NULL`, time.Now().UnixMilli(), id)
	if err != nil {
		return fmt.Errorf("acknowledge incident %d: %w", id, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrNoIncident, err)
	}
	return nil
}

// maxIncidents that are listed at once.
const maxIncidents = 1000

// Incidents that were open at any moment between from and to, newest first, 1000 at most.
func (l *Ledger) Incidents(ctx context.Context, from, to time.Time) ([]Incident, error) {
	return l.incidents(ctx, selectIncidents+`WHERE opened < ? AND (closed IS NULL OR closed >= ?) ORDER BY opened DESC, id DESC LIMIT ?`,
		to.UnixMilli(), from.UnixMilli(), maxIncidents)
}

const selectIncidents = `SELECT id, kind, intake, hub, partition, first, last, message, opened, closed FROM incident `

func (l *Ledger) incidents(ctx context.Context, query string, args ...any) ([]Incident, error) {
	rows, err := l.db.Reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	defer rows.Close()
	var list []Incident
	for rows.Next() {
		var i Incident
		var opened int64
		var closed *int64
		if err := rows.Scan(&i.ID, &i.Kind, &i.Intake, &i.Hub, &i.Partition, &i.First, &i.Last, &i.Message, &opened, &closed); err != nil {
			return nil, fmt.Errorf("read incidents: %w", err)
		}
		i.Time = moment(opened)
		if closed != nil {
			i.Closed = moment(*closed)
		}
		list = append(list, i)
	}
	return list, rows.Err()
}

const watchInterval = 2 * time.Second

// WatchJournal raises incidents about the journal until ctx ends: that it has no room, that a part of it is damaged.
func (l *Ledger) WatchJournal(ctx context.Context, j *journal.Journal) {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	reported := 0
	known, full := false, false // an incident may be open from before
	for {
		state := j.State()
		if waiting := state.Waiting != ""; !known || waiting != full {
			if err := l.journalFull(ctx, &state); err != nil {
				l.log.Error("the state of the journal cannot be put on record", "error", err)
			} else {
				known, full = true, waiting
			}
		}
		damages := j.Damages()
		for ; reported < len(damages); reported++ {
			if err := l.journalDamaged(ctx, &damages[reported]); err != nil {
				l.log.Error("damage of the journal cannot be put on record", "error", err)
				break
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (l *Ledger) journalFull(ctx context.Context, s *journal.State) error {
	if s.Waiting == "" {
		return l.Close(ctx, JournalFull, "", "", "")
	}
	return l.Open(ctx, source.Incident{Kind: JournalFull, Time: s.Since, Message: "Nothing is acknowledged: " + s.Waiting + "."})
}

func (l *Ledger) journalDamaged(ctx context.Context, d *journal.Damage) error {
	first, last := int64(d.First), int64(d.Last)
	return l.Open(ctx, source.Incident{
		Kind: JournalDamaged, First: &first, Last: &last, Time: d.Found,
		Message: fmt.Sprintf("Blocks %d to %d of the journal, in %s, cannot be read back. A copy of the segment is in the journal's folder damaged. Check the disk; the gaps show which messages were in them.", d.First, d.Last, d.Segment),
	})
}

// openIncidents is the metric of how many incidents are open.
type openIncidents struct{ ledger *Ledger }

var openDesc = prometheus.NewDesc("penstock_ledger_open_incidents", "Incidents that last, by kind.", []string{"kind"}, nil)

func (openIncidents) Describe(ch chan<- *prometheus.Desc) { ch <- openDesc }

func (o openIncidents) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), watchInterval)
	defer cancel()
	rows, err := o.ledger.db.Reader.QueryContext(ctx, `SELECT kind, count(*) FROM incident WHERE closed IS NULL GROUP BY kind`)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(openDesc, err)
		return
	}
	defer rows.Close()
	for rows.Next() {
		var kind string
		var n float64
		if err := rows.Scan(&kind, &n); err != nil {
			ch <- prometheus.NewInvalidMetric(openDesc, err)
			return
		}
		ch <- prometheus.MustNewConstMetric(openDesc, prometheus.GaugeValue, n, kind)
	}
	if err := rows.Err(); err != nil {
		ch <- prometheus.NewInvalidMetric(openDesc, err)
	}
}
