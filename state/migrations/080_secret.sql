-- +goose Up
-- What nobody may read in a copy of this database: encrypted under the key file that lies beside it.
CREATE TABLE secret (
  name   TEXT PRIMARY KEY,               -- what it belongs to, as notify/3
  key    TEXT NOT NULL,                  -- id of the key that opens it
  sealed BLOB NOT NULL                   -- nonce and ciphertext, XChaCha20-Poly1305, bound to name and key
) WITHOUT ROWID;

-- +goose Down
DROP TABLE secret;
