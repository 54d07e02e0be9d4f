-- +goose Up
-- Times are milliseconds since 1970. Tokens are random and kept as their SHA-256 alone.
CREATE TABLE account (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL UNIQUE,       -- in small letters
  display    TEXT NOT NULL,
  role       TEXT NOT NULL,
  intakes    TEXT,                       -- JSON list of those whose events may be seen; NULL: all
  disabled   INTEGER NOT NULL,
  passphrase TEXT NOT NULL,              -- argon2id with its parameters; empty: none is taken
  issuer     TEXT NOT NULL,              -- OpenID Connect: who vouches, and under which subject; empty: a local account
  subject    TEXT NOT NULL,
  handle     BLOB NOT NULL UNIQUE,       -- by which passkeys name the account
  totp       INTEGER,                    -- since when codes are asked for
  totp_step  INTEGER NOT NULL,           -- of the last code that was taken: none is taken twice
  created    INTEGER NOT NULL,
  changed    INTEGER NOT NULL,
  seen       INTEGER                     -- last sign-in
);
CREATE UNIQUE INDEX account_subject ON account (issuer, subject) WHERE issuer <> '';

CREATE TABLE recovery_code (
  account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  hash    BLOB NOT NULL,
  PRIMARY KEY (account, hash)
) WITHOUT ROWID;

CREATE TABLE passkey (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  account    INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  credential BLOB NOT NULL UNIQUE,       -- id that the authenticator gave
  name       TEXT NOT NULL,
  data       TEXT NOT NULL,              -- JSON: public key, counter, flags
  created    INTEGER NOT NULL,
  used       INTEGER
);
CREATE INDEX passkey_account ON passkey (account);

CREATE TABLE session (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  hash    BLOB NOT NULL UNIQUE,
  began   INTEGER NOT NULL,
  used    INTEGER NOT NULL,
  address TEXT NOT NULL,                 -- that it was last used from
  agent   TEXT NOT NULL,                 -- what the browser calls itself
  method  TEXT NOT NULL                  -- by which it was signed in
);
CREATE INDEX session_account ON session (account);

-- One-time links: for the first administrator (account is NULL), for new accounts and for those who lost what they sign in with.
CREATE TABLE invitation (
  hash    BLOB PRIMARY KEY,
  account INTEGER REFERENCES account (id) ON DELETE CASCADE,
  expires INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE api_key (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  name        TEXT NOT NULL UNIQUE,
  hash        BLOB NOT NULL UNIQUE,
  role        TEXT NOT NULL,
  permissions TEXT,                      -- JSON list; NULL: all of the role
  intakes     TEXT,                      -- JSON list; NULL: all
  maker       TEXT NOT NULL,
  created     INTEGER NOT NULL,
  expires     INTEGER,
  used        INTEGER,
  address     TEXT NOT NULL              -- that it was last used from
);

-- +goose Down
DROP TABLE api_key;
DROP TABLE invitation;
DROP TABLE session;
DROP TABLE passkey;
DROP TABLE recovery_code;
DROP TABLE account;
