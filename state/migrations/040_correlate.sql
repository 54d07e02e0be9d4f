-- +goose Up
-- Times are microseconds since 1970.
CREATE TABLE correlation_hit (
  correlation TEXT NOT NULL,
  grp         TEXT NOT NULL,             -- values of the fields by which it groups
  time        INTEGER NOT NULL,          -- of the event
  rule        TEXT NOT NULL,             -- that matched
  event       BLOB NOT NULL,
  value       TEXT NOT NULL,             -- whose distinct values are counted
  note        TEXT NOT NULL,             -- what an alert says of the event
  PRIMARY KEY (correlation, grp, time, event, rule)
) WITHOUT ROWID;
CREATE INDEX correlation_hit_time ON correlation_hit (correlation, time);

CREATE TABLE correlation_finding (
  correlation TEXT NOT NULL,
  grp         TEXT NOT NULL,
  id          TEXT NOT NULL,
  first       INTEGER NOT NULL,
  last        INTEGER NOT NULL,
  PRIMARY KEY (correlation, grp, id)
) WITHOUT ROWID;
CREATE INDEX correlation_finding_last ON correlation_finding (correlation, last);

-- +goose Down
DROP TABLE correlation_finding;
DROP TABLE correlation_hit;
