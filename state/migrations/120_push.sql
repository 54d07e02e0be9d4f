-- +goose Up
-- Keys of intakes that programs send to. Times are milliseconds since 1970.
CREATE TABLE intake_key (
  id      INTEGER PRIMARY KEY,
  intake  TEXT NOT NULL,
  hash    BLOB NOT NULL UNIQUE,          -- SHA-256 of the key, which is random
  created INTEGER NOT NULL,
  ends    INTEGER,                       -- opens nothing from then on; NULL: it is the key in force
  used    INTEGER                        -- last, to the minute
);
CREATE INDEX intake_key_intake ON intake_key (intake);

-- Requests with an Idempotency-Key that are durable, for a day.
CREATE TABLE push_receipt (
  intake TEXT NOT NULL,
  key    BLOB NOT NULL,                  -- SHA-256 of the Idempotency-Key
  digest BLOB NOT NULL,                  -- SHA-256 of what was sent
  time   INTEGER NOT NULL,
  PRIMARY KEY (intake, key)
) WITHOUT ROWID;
CREATE INDEX push_receipt_time ON push_receipt (time);

-- +goose Down
DROP TABLE push_receipt;
DROP TABLE intake_key;
