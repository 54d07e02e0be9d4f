-- +goose Up
CREATE TABLE segment (
  id         INTEGER PRIMARY KEY,
  table_name TEXT NOT NULL,
  day        TEXT NOT NULL,             -- of event time, UTC, YYYY-MM-DD
  level      INTEGER NOT NULL,          -- how often its rows were merged
  rows       INTEGER NOT NULL,
  bytes      INTEGER NOT NULL,          -- index included
  min_time   INTEGER NOT NULL,          -- event time, microseconds since 1970
  max_time   INTEGER NOT NULL,
  created    INTEGER NOT NULL,          -- milliseconds since 1970
  damaged    TEXT                       -- why it was set aside
);
CREATE TABLE journal_cursor (cursor INTEGER NOT NULL);
INSERT INTO journal_cursor VALUES (0);
CREATE TABLE segment_number (last INTEGER NOT NULL);
INSERT INTO segment_number VALUES (0);

-- +goose Down
DROP TABLE segment;
DROP TABLE journal_cursor;
DROP TABLE segment_number;
