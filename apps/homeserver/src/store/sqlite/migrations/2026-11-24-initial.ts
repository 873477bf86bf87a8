/**
 * First schema. Times are microseconds since the epoch, grant times whole seconds as in their claims. Paths compare
 * bytewise (BINARY), which is the order of listings (spec 02 §10.8). Neither entries nor events declare foreign keys:
 * each write reads its user in the same transaction, and checking twice costs on the hot path.
 */
export const initial = `
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- A deleted account keeps its row (and so the key that its last events name) until a later schema prunes the log.
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  public_key TEXT NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0,
  used_bytes INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER,
  -- Newest event id when the account was deleted: its own events up to there are to be removed.
  log_end INTEGER,
  is_swept INTEGER NOT NULL DEFAULT 0,
  storage_mb INTEGER,
  rate_read TEXT,
  rate_write TEXT,
  rate_read_burst INTEGER,
  rate_write_burst INTEGER,
  allowed_write_paths TEXT
) STRICT;
CREATE UNIQUE INDEX users_public_key ON users (public_key) WHERE deleted_at IS NULL;
CREATE INDEX users_to_sweep ON users (id) WHERE deleted_at IS NOT NULL AND is_swept = 0;

CREATE TABLE user_keys (
  user_id INTEGER NOT NULL REFERENCES users (id),
  generation INTEGER NOT NULL,
  root_key_id BLOB NOT NULL,
  wrapped BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, generation)
) STRICT, WITHOUT ROWID;

CREATE TABLE signup_tokens (
  lookup BLOB PRIMARY KEY,
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  used_at INTEGER,
  used_by TEXT,
  storage_mb INTEGER,
  rate_read TEXT,
  rate_write TEXT,
  rate_read_burst INTEGER,
  rate_write_burst INTEGER,
  allowed_write_paths TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE cookie_sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  secret_hash BLOB NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES users (id),
  capabilities TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX cookie_sessions_user ON cookie_sessions (user_id);

CREATE TABLE grants (
  id TEXT PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  client_id TEXT NOT NULL,
  client_key TEXT NOT NULL,
  capabilities TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_user ON grants (user_id);

CREATE TABLE bearers (
  grant_id TEXT PRIMARY KEY REFERENCES grants (id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE spent_proofs (
  proof TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_proofs_expiry ON spent_proofs (expires_at);

CREATE TABLE entries (
  id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL,
  path TEXT NOT NULL,
  content_length INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  etag TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL,
  last_modified TEXT NOT NULL,
  blob_id TEXT NOT NULL,
  is_inline INTEGER NOT NULL,
  key_generation INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX entries_user_path ON entries (user_id, path);
CREATE INDEX entries_blob ON entries (blob_id) WHERE is_inline = 0;

-- Sealed bytes of small bodies, one row per inline entry.
CREATE TABLE inline_bodies (
  entry_id INTEGER PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE locks (
  user_id INTEGER NOT NULL,
  path TEXT NOT NULL,
  token_hash BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX locks_expiry ON locks (expires_at);

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL,
  is_private INTEGER NOT NULL,
  path TEXT NOT NULL,
  content_hash TEXT,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX events_user ON events (user_id, is_private, id);
CREATE INDEX events_public ON events (id) WHERE is_private = 0;
`
