/**
 * The tables, the same as in SQLite but for two: `tail` and `notices`. Times are microseconds since the epoch, grant
 * times whole seconds as in their claims. Paths have the collation C: they compare bytewise, which is the order of
 * listings (spec 02 §10.8). Everything lives in a schema of its own, so that the tables of another server in `public`
 * are never touched.
 */
export const initial = `
CREATE TABLE settings (
  name text PRIMARY KEY,
  value bytea NOT NULL
);

-- One row: the last event and the last notice given out. Ids rise in commit order and are never reused, times rise with
-- them, because every transaction that writes holds the lock of spec 03 §8.2 while it reads and changes this row.
CREATE TABLE tail (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  event_id bigint NOT NULL DEFAULT 0,
  event_at bigint NOT NULL DEFAULT 0,
  notice_id bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO tail DEFAULT VALUES;

-- What is committed beside events and somebody may hold in memory: read by every instance in the order of commit.
-- A notice comes after the event of that id.
CREATE TABLE notices (
  id bigint PRIMARY KEY,
  after_event bigint NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL
);

-- A deleted account keeps its row (and so the key that its last events name) until a later schema prunes the log.
CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_key text NOT NULL,
  disabled boolean NOT NULL DEFAULT false,
  used_bytes bigint NOT NULL DEFAULT 0,
  created_at bigint NOT NULL,
  deleted_at bigint,
  -- Newest event id when the account was deleted: its own events up to there are to be removed.
  log_end bigint,
  is_swept boolean NOT NULL DEFAULT false,
  storage_mb bigint,
  rate_read text,
  rate_write text,
  rate_read_burst bigint,
  rate_write_burst bigint,
  allowed_write_paths text
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX users_public_key ON users (public_key) WHERE deleted_at IS NULL;
CREATE INDEX users_to_sweep ON users (id) WHERE deleted_at IS NOT NULL AND NOT is_swept;

CREATE TABLE user_keys (
  user_id bigint NOT NULL REFERENCES users (id),
  generation bigint NOT NULL,
  root_key_id bytea NOT NULL,
  wrapped bytea NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (user_id, generation)
);

CREATE TABLE signup_tokens (
  lookup bytea PRIMARY KEY,
  sealed bytea NOT NULL,
  created_at bigint NOT NULL,
  used_at bigint,
  used_by text,
  storage_mb bigint,
  rate_read text,
  rate_write text,
  rate_read_burst bigint,
  rate_write_burst bigint,
  allowed_write_paths text
);

CREATE TABLE cookie_sessions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  secret_hash bytea NOT NULL UNIQUE,
  user_id bigint NOT NULL REFERENCES users (id),
  capabilities text NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX cookie_sessions_user ON cookie_sessions (user_id);

CREATE TABLE grants (
  id text PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users (id),
  client_id text NOT NULL,
  client_key text NOT NULL,
  capabilities text NOT NULL,
  issued_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  revoked_at bigint,
  created_at bigint NOT NULL
);
CREATE INDEX grants_user ON grants (user_id);

CREATE TABLE bearers (
  grant_id text PRIMARY KEY REFERENCES grants (id) ON DELETE CASCADE,
  token_hash bytea NOT NULL UNIQUE,
  expires_at bigint NOT NULL
);

CREATE TABLE spent_proofs (
  proof text PRIMARY KEY,
  expires_at bigint NOT NULL
);
CREATE INDEX spent_proofs_expiry ON spent_proofs (expires_at);

CREATE TABLE entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL,
  path text COLLATE "C" NOT NULL,
  content_length bigint NOT NULL,
  content_type text NOT NULL,
  etag text NOT NULL,
  created_at bigint NOT NULL,
  modified_at bigint NOT NULL,
  last_modified text NOT NULL,
  blob_id text NOT NULL,
  is_inline boolean NOT NULL,
  key_generation bigint NOT NULL
);
CREATE UNIQUE INDEX entries_user_path ON entries (user_id, path);
CREATE INDEX entries_blob ON entries (blob_id) WHERE NOT is_inline;

-- Sealed bytes of small bodies, one row per inline entry; sealed bytes do not compress.
CREATE TABLE inline_bodies (
  entry_id bigint PRIMARY KEY,
  bytes bytea NOT NULL
);
ALTER TABLE inline_bodies ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE locks (
  user_id bigint NOT NULL,
  path text COLLATE "C" NOT NULL,
  token_hash bytea NOT NULL,
  expires_at bigint NOT NULL,
  PRIMARY KEY (user_id, path)
);
CREATE INDEX locks_expiry ON locks (expires_at);

CREATE TABLE events (
  id bigint PRIMARY KEY,
  user_id bigint NOT NULL,
  is_private boolean NOT NULL,
  path text COLLATE "C" NOT NULL,
  content_hash text,
  at bigint NOT NULL
);
CREATE INDEX events_user ON events (user_id, is_private, id);
CREATE INDEX events_public ON events (id) WHERE NOT is_private;
`
