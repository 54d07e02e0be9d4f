-- +goose Up
-- What somebody has said in place of the default; one row at most.
CREATE TABLE retention (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  age      INTEGER NOT NULL,             -- milliseconds; 0: for ever
  bytes    INTEGER NOT NULL,             -- 0: no limit
  who      TEXT NOT NULL,
  changed  INTEGER NOT NULL              -- milliseconds since 1970
);

-- +goose Down
DROP TABLE retention;
