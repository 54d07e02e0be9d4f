-- +goose Up
-- Times are milliseconds since 1970.
CREATE TABLE saved_query (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  owner       TEXT NOT NULL,
  name        TEXT NOT NULL COLLATE NOCASE,
  query       TEXT NOT NULL,
  range_from  TEXT NOT NULL,             -- as it was written: now-24h, or a time
  range_to    TEXT NOT NULL,
  columns     TEXT NOT NULL,             -- JSON
  split       TEXT NOT NULL,
  shared      INTEGER NOT NULL DEFAULT 0,
  created     INTEGER NOT NULL,
  changed     INTEGER NOT NULL,
  UNIQUE (owner, name)
);
CREATE INDEX saved_query_shared ON saved_query (shared);

-- +goose Down
DROP TABLE saved_query;
