-- +goose Up
-- Intakes that are made through the API. Their secrets are in the table secret. Times are milliseconds since 1970.
CREATE TABLE intake (
  name     TEXT PRIMARY KEY,
  format   TEXT NOT NULL,
  settings TEXT NOT NULL,                -- JSON, see intakes.Settings
  paused   INTEGER NOT NULL,
  created  INTEGER NOT NULL,
  changed  INTEGER NOT NULL,
  deleted  INTEGER                       -- events, ledger and positions refer to it on: the name is not free for another hub
) WITHOUT ROWID;

-- Which tables an intake has brought, those of the configuration too.
CREATE TABLE intake_table (
  intake TEXT NOT NULL,
  name   TEXT NOT NULL,
  last   INTEGER NOT NULL,               -- when the last record was read
  PRIMARY KEY (intake, name)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE intake_table;
DROP TABLE intake;
