-- +goose Up
-- Times are milliseconds since 1970. Sequence numbers first and last are both included.
CREATE TABLE ledger_span (
  id          INTEGER PRIMARY KEY,
  intake      TEXT NOT NULL,
  hub         TEXT NOT NULL,
  partition   TEXT NOT NULL,
  generation  INTEGER NOT NULL,          -- counts how often the hub was made anew
  replay      INTEGER NOT NULL,          -- 1: out of the quarantine; the sequence numbers say nothing
  hour        INTEGER NOT NULL,          -- in which it was read
  first       INTEGER NOT NULL,
  last        INTEGER NOT NULL,
  messages    INTEGER NOT NULL,
  records     INTEGER NOT NULL,
  kept        INTEGER NOT NULL,
  repeated    INTEGER NOT NULL,
  quarantined INTEGER NOT NULL,
  filtered    INTEGER NOT NULL,
  heartbeats  INTEGER NOT NULL
);
CREATE INDEX ledger_span_hour ON ledger_span (hour);
CREATE INDEX ledger_span_place ON ledger_span (intake, hub, partition, generation, first);

CREATE TABLE ledger_partition (
  intake      TEXT NOT NULL,
  hub         TEXT NOT NULL,
  partition   TEXT NOT NULL,
  generation  INTEGER NOT NULL,
  newest      INTEGER NOT NULL,          -- highest sequence number of the generation
  enqueued    INTEGER NOT NULL,          -- latest moment at which the hub took one of its messages
  span        INTEGER NOT NULL REFERENCES ledger_span (id), -- that grows
  PRIMARY KEY (intake, hub, partition)
) WITHOUT ROWID;

CREATE TABLE ledger_start (
  id          INTEGER PRIMARY KEY,
  intake      TEXT NOT NULL,
  hub         TEXT NOT NULL,
  partition   TEXT NOT NULL,
  time        INTEGER NOT NULL,
  checkpoint  INTEGER,
  hub_first   INTEGER,
  hub_last    INTEGER,
  begins      TEXT NOT NULL,
  reason      TEXT NOT NULL,
  UNIQUE (intake, hub, partition, time)
);
CREATE INDEX ledger_start_time ON ledger_start (time);

CREATE TABLE incident (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  kind        TEXT NOT NULL,
  intake      TEXT NOT NULL,
  hub         TEXT NOT NULL,
  partition   TEXT NOT NULL,
  first       INTEGER,
  last        INTEGER,
  message     TEXT NOT NULL,
  opened      INTEGER NOT NULL,
  closed      INTEGER
);
CREATE UNIQUE INDEX incident_open ON incident (kind, intake, hub, partition, ifnull(first, -1)) WHERE closed IS NULL;
CREATE INDEX incident_opened ON incident (opened);
CREATE INDEX incident_place ON incident (intake, hub, partition, kind);

-- +goose Down
DROP TABLE incident;
DROP TABLE ledger_start;
DROP TABLE ledger_partition;
DROP TABLE ledger_span;
