-- +goose Up
-- Times are milliseconds since 1970.
CREATE TABLE retro_job (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  kind        TEXT NOT NULL,
  work        TEXT NOT NULL,             -- what was asked for, JSON, without the texts of files
  files       TEXT,                      -- these, JSON; NULL: none, or no longer kept
  state       TEXT NOT NULL,
  created     INTEGER NOT NULL,
  started     INTEGER,
  finished    INTEGER,
  done        INTEGER NOT NULL DEFAULT 0, -- rows looked at
  total       INTEGER NOT NULL DEFAULT 0,
  events      INTEGER NOT NULL DEFAULT 0,
  unreadable  INTEGER NOT NULL DEFAULT 0,
  matches     INTEGER NOT NULL DEFAULT 0,
  bucket      INTEGER NOT NULL DEFAULT 0, -- milliseconds of a bucket of retro_count
  error       TEXT NOT NULL DEFAULT '',
  difference  TEXT                        -- what a diff found, JSON
);
CREATE INDEX retro_job_state ON retro_job (state, id);

CREATE TABLE retro_rule (
  job         INTEGER NOT NULL REFERENCES retro_job (id) ON DELETE CASCADE,
  rule        TEXT NOT NULL,
  title       TEXT NOT NULL,
  level       TEXT NOT NULL,
  matches     INTEGER NOT NULL,
  PRIMARY KEY (job, rule)
) WITHOUT ROWID;

CREATE TABLE retro_count (
  job         INTEGER NOT NULL REFERENCES retro_job (id) ON DELETE CASCADE,
  rule        TEXT NOT NULL,
  start       INTEGER NOT NULL,
  matches     INTEGER NOT NULL,
  PRIMARY KEY (job, rule, start)
) WITHOUT ROWID;

CREATE TABLE retro_match (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  job         INTEGER NOT NULL REFERENCES retro_job (id) ON DELETE CASCADE,
  rule        TEXT NOT NULL,
  event       TEXT NOT NULL,             -- 32 hexadecimal digits
  table_name  TEXT NOT NULL,
  time        INTEGER NOT NULL,
  summary     TEXT NOT NULL
);
CREATE INDEX retro_match_rule ON retro_match (job, rule, id);

-- +goose Down
DROP TABLE retro_match;
DROP TABLE retro_count;
DROP TABLE retro_rule;
DROP TABLE retro_job;
