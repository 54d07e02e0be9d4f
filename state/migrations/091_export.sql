-- +goose Up
-- Times are milliseconds since 1970.
CREATE TABLE export_job (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  owner       TEXT NOT NULL,
  wanted      TEXT NOT NULL,              -- what was asked for, JSON
  state       TEXT NOT NULL,
  created     INTEGER NOT NULL,
  started     INTEGER,
  finished    INTEGER,
  done        INTEGER NOT NULL DEFAULT 0, -- events written
  total       INTEGER NOT NULL DEFAULT 0,
  bytes       INTEGER NOT NULL DEFAULT 0, -- of the file
  cut         INTEGER NOT NULL DEFAULT 0, -- the file has less than what was found
  error       TEXT NOT NULL DEFAULT ''
);
CREATE INDEX export_job_state ON export_job (state, id);

-- +goose Down
DROP TABLE export_job;
