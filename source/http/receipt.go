package http

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"penstock/state"
)

// The bounds of what is remembered of requests with an Idempotency-Key, for each intake.
const (
	keepReceipts = 24 * time.Hour
	maxReceipts  = 10_000
	// pruneEvery is after how many new ones those that are too many are deleted.
	pruneEvery = 200
)

// errReused is an Idempotency-Key that was used for another request.
var errReused = errors.New("the Idempotency-Key was used for another request")

// Receipts remember which requests with an Idempotency-Key are durable, so that one that is sent again is answered and
// not taken again. Of a request only hashes are kept: what its answer says follows from its events.
type Receipts struct {
	db *state.DB

	mu       sync.Mutex
	underWay map[receipt]chan struct{} // closed when it is over
	added    int
}

// receipt names a request: by the intake, and the hash of its Idempotency-Key.
type receipt struct {
	intake string
	key    [sha256.Size]byte
}

// NewReceipts are those that lie in db.
func NewReceipts(db *state.DB) *Receipts {
	return &Receipts{db: db, underWay: map[receipt]chan struct{}{}}
}

// begin asks whether a request is durable already; digest is what it consists of. While the same is under way it waits.
// When it is not, end is to be called with what became of it.
func (r *Receipts) begin(ctx context.Context, of receipt, digest [sha256.Size]byte) (durable bool, end func(durable bool) error, err error) {
	for {
		r.mu.Lock()
		other := r.underWay[of]
		if other == nil {
			r.underWay[of] = make(chan struct{})
			r.mu.Unlock()
			break
		}
		r.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return false, nil, errLate
		}
	}
	durable, err = r.find(ctx, of, digest)
	if durable || err != nil {
		r.over(of)
		return durable, nil, err
	}
	return false, func(durable bool) error {
		defer r.over(of)
		if !durable {
			return nil
		}
		return r.keep(context.WithoutCancel(ctx), of, digest)
	}, nil
}

func (r *Receipts) over(of receipt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.underWay[of])
	delete(r.underWay, of)
}

func (r *Receipts) find(ctx context.Context, of receipt, digest [sha256.Size]byte) (bool, error) {
	var was []byte
	err := r.db.Reader.QueryRowContext(ctx, `SELECT digest FROM push_receipt WHERE intake = ? AND key = ? AND time >= ?`,
		of.intake, of.key[:], time.Now().Add(-keepReceipts).UnixMilli()).Scan(&was)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look for a request that was sent before: %w", err)
	case string(was) != string(digest[:]):
		return false, errReused
	}
	return true, nil
}

func (r *Receipts) keep(ctx context.Context, of receipt, digest [sha256.Size]byte) error {
	r.mu.Lock()
	prune := r.added%pruneEvery == 0 // the first one of a process too
	r.added++
	r.mu.Unlock()
	err := r.db.Change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO push_receipt (intake, key, digest, time) VALUES (?,?,?,?)
			ON CONFLICT DO UPDATE SET digest = excluded.digest, time = excluded.time`, of.intake, of.key[:], digest[:], time.Now().UnixMilli())
		if err != nil || !prune {
			return err
		}
		if _, err = tx.ExecContext(ctx, `DELETE FROM push_receipt WHERE time < ?`, time.Now().Add(-keepReceipts).UnixMilli()); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM push_receipt WHERE (intake, key) IN (
			SELECT intake, key FROM (SELECT intake, key, row_number() OVER (PARTITION BY intake ORDER BY time DESC) AS place FROM push_receipt) WHERE place > ?)`, maxReceipts)
		return err
	})
	if err != nil {
		return fmt.Errorf("remember a request: %w", err)
	}
	return nil
}
