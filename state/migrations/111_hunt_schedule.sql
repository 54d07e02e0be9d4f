-- +goose Up
-- Times are milliseconds since 1970.
CREATE TABLE hunt_schedule (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  name        TEXT NOT NULL COLLATE NOCASE UNIQUE,
  standing    TEXT NOT NULL,             -- what is to be hunted and when, JSON
  enabled     INTEGER NOT NULL,
  revision    INTEGER NOT NULL,          -- counts changes by people
  created     INTEGER NOT NULL,
  created_by  TEXT NOT NULL,
  changed     INTEGER NOT NULL,
  changed_by  TEXT NOT NULL,
  due         INTEGER NOT NULL,          -- up to which moment the next run looks
  attempts    INTEGER NOT NULL DEFAULT 0, -- of that run, which have failed
  suppressed  INTEGER NOT NULL DEFAULT 0  -- no run before this moment
);
CREATE TABLE hunt_run (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  schedule     INTEGER NOT NULL REFERENCES hunt_schedule (id) ON DELETE CASCADE,
  started      INTEGER NOT NULL,
  range_from   INTEGER NOT NULL,
  range_to     INTEGER NOT NULL,
  milliseconds INTEGER NOT NULL,
  state        TEXT NOT NULL,
  rows         INTEGER NOT NULL,
  findings     INTEGER NOT NULL,
  error        TEXT NOT NULL
);
CREATE INDEX hunt_run_schedule ON hunt_run (schedule, id);

-- +goose Down
DROP TABLE hunt_run;
DROP TABLE hunt_schedule;
