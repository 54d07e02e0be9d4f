-- +goose Up
-- Times are milliseconds since 1970.
CREATE TABLE hunt_history (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  owner        TEXT NOT NULL,
  query        TEXT NOT NULL,
  range_from   INTEGER NOT NULL,
  range_to     INTEGER NOT NULL,
  started      INTEGER NOT NULL,
  milliseconds INTEGER NOT NULL,
  rows         INTEGER NOT NULL,
  cut          TEXT NOT NULL,             -- why there were more rows; empty: there were not
  outcome      TEXT NOT NULL,
  error        TEXT NOT NULL
);
CREATE INDEX hunt_history_owner ON hunt_history (owner, id);

-- +goose Down
DROP TABLE hunt_history;
