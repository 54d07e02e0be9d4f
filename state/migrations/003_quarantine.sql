-- +goose Up
CREATE TABLE quarantine (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  time         INTEGER NOT NULL,         -- when it was read, milliseconds since 1970
  intake       TEXT NOT NULL,
  hub          TEXT NOT NULL,
  partition    TEXT NOT NULL,
  sequence     INTEGER NOT NULL,
  enqueued     INTEGER NOT NULL,         -- milliseconds since 1970; 0: not known
  record_index INTEGER NOT NULL,         -- -1: the whole message
  reason       TEXT NOT NULL,
  detail       TEXT NOT NULL,
  size         INTEGER NOT NULL,         -- bytes before compression
  stored       INTEGER NOT NULL,         -- and after
  body         BLOB NOT NULL             -- zstd
);
CREATE INDEX quarantine_reason ON quarantine (reason, id);
CREATE TABLE quarantine_total (stored INTEGER NOT NULL);
INSERT INTO quarantine_total VALUES (0);
-- +goose StatementBegin
CREATE TRIGGER quarantine_added AFTER INSERT ON quarantine BEGIN
  UPDATE quarantine_total SET stored = stored + new.stored;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER quarantine_removed AFTER DELETE ON quarantine BEGIN
  UPDATE quarantine_total SET stored = stored - old.stored;
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE quarantine;
DROP TABLE quarantine_total;
