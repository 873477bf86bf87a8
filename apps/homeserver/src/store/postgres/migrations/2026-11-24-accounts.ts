/**
 * What changes accounts, sessions, grants and locks: one function per operation of the store, called by `apply_batch`
 * under its lock. Times and rules arrive with the job; a function compares and remembers.
 */
export const accounts = `
-- Tells every instance; see the table.
CREATE FUNCTION note(kind text, subject text) RETURNS void LANGUAGE sql AS $$
  WITH next AS (UPDATE tail SET notice_id = notice_id + 1 RETURNING notice_id, event_id)
  INSERT INTO notices (id, after_event, kind, subject) SELECT notice_id, event_id, kind, subject FROM next
$$;

CREATE FUNCTION user_exists(wanted bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM users WHERE id = wanted AND deleted_at IS NULL)
$$;

CREATE FUNCTION remember_setting(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO settings (name, value) VALUES (job->>'name', decode(job->>'value', 'hex')) ON CONFLICT DO NOTHING;
  RETURN to_jsonb((SELECT encode(value, 'hex') FROM settings WHERE name = job->>'name'));
END $$;

CREATE FUNCTION create_user(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  token signup_tokens%ROWTYPE;
  created users%ROWTYPE;
  created_time bigint := job->'now';
  token_lookup bytea := decode(job->>'tokenLookup', 'hex');
BEGIN
  IF EXISTS (SELECT FROM users WHERE public_key = job->>'publicKey' AND deleted_at IS NULL) THEN
    RETURN '["user-exists"]';
  END IF;
  IF token_lookup IS NOT NULL THEN
    SELECT * INTO token FROM signup_tokens WHERE lookup = token_lookup;
    IF NOT FOUND THEN
      RETURN '["token-unknown"]';
    ELSIF token.used_at IS NOT NULL THEN
      RETURN '["token-used"]';
    END IF;
    UPDATE signup_tokens SET used_at = created_time, used_by = job->>'publicKey' WHERE lookup = token_lookup;
  END IF;
  INSERT INTO users (public_key, created_at, storage_mb, rate_read, rate_write, rate_read_burst, rate_write_burst,
    allowed_write_paths)
  VALUES (job->>'publicKey', created_time, token.storage_mb, token.rate_read, token.rate_write, token.rate_read_burst,
    token.rate_write_burst, token.allowed_write_paths)
  RETURNING * INTO created;
  IF job ? 'key' THEN
    PERFORM insert_user_key(created.id, job->'key', created_time);
  END IF;
  RETURN jsonb_build_array('created', to_jsonb(created));
END $$;

CREATE FUNCTION insert_user_key(owner bigint, key jsonb, now bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO user_keys (user_id, generation, root_key_id, wrapped, created_at)
  VALUES (owner, (key->'generation')::bigint, decode(key->>'rootKeyId', 'hex'), decode(key->>'wrapped', 'hex'), now)
$$;

CREATE FUNCTION remember_user_key(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  owner bigint := job->'user';
  wanted bigint := job->'key'->'generation';
BEGIN
  IF user_exists(owner) AND NOT EXISTS (SELECT FROM user_keys WHERE user_id = owner AND generation = wanted) THEN
    PERFORM insert_user_key(owner, job->'key', (job->'now')::bigint);
  END IF;
  RETURN (SELECT jsonb_build_object('rootKeyId', encode(root_key_id, 'hex'), 'wrapped', encode(wrapped, 'hex'))
    FROM user_keys WHERE user_id = owner AND generation = wanted);
END $$;

CREATE FUNCTION set_user_disabled(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  UPDATE users SET disabled = (job->'disabled')::boolean
  WHERE id = (job->'user')::bigint AND deleted_at IS NULL;
  IF FOUND THEN
    PERFORM note('user-changed', job->>'user');
  END IF;
  RETURN to_jsonb(FOUND);
END $$;

-- Quotas arrive as the six columns in order, numbers and texts as they are stored.
CREATE FUNCTION replace_user_quota(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  is_replaced boolean;
  expected jsonb := job->'expected';
  next jsonb := job->'next';
BEGIN
  UPDATE users SET storage_mb = (next->>0)::bigint, rate_read = next->>1, rate_write = next->>2,
    rate_read_burst = (next->>3)::bigint, rate_write_burst = (next->>4)::bigint, allowed_write_paths = next->>5
  WHERE id = (job->'user')::bigint AND deleted_at IS NULL
    AND storage_mb IS NOT DISTINCT FROM (expected->>0)::bigint
    AND rate_read IS NOT DISTINCT FROM expected->>1
    AND rate_write IS NOT DISTINCT FROM expected->>2
    AND rate_read_burst IS NOT DISTINCT FROM (expected->>3)::bigint
    AND rate_write_burst IS NOT DISTINCT FROM (expected->>4)::bigint
    AND allowed_write_paths IS NOT DISTINCT FROM expected->>5;
  is_replaced := FOUND;
  IF is_replaced THEN
    PERFORM note('user-changed', job->>'user');
  END IF;
  RETURN to_jsonb(is_replaced);
END $$;

CREATE FUNCTION create_signup_token(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  quota jsonb := job->'quota';
BEGIN
  INSERT INTO signup_tokens (lookup, sealed, created_at, storage_mb, rate_read, rate_write, rate_read_burst,
    rate_write_burst, allowed_write_paths)
  VALUES (decode(job->>'lookup', 'hex'), decode(job->>'sealed', 'hex'), (job->'createdAt')::bigint,
    (quota->>0)::bigint, quota->>1, quota->>2, (quota->>3)::bigint, (quota->>4)::bigint, quota->>5);
  RETURN 'null';
END $$;

CREATE FUNCTION create_cookie_session(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  created bigint;
BEGIN
  INSERT INTO cookie_sessions (secret_hash, user_id, capabilities, created_at, expires_at)
  SELECT decode(job->>'secretHash', 'hex'), id, job->>'capabilities', (job->'createdAt')::bigint,
    (job->'expiresAt')::bigint
  FROM users WHERE id = (job->'userId')::bigint AND deleted_at IS NULL
  RETURNING id INTO created;
  RETURN to_jsonb(created);
END $$;

CREATE FUNCTION revoke_cookie_session(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  was_there boolean;
BEGIN
  DELETE FROM cookie_sessions WHERE id = (job->'id')::bigint;
  was_there := FOUND;
  IF was_there THEN
    PERFORM note('cookie-session-revoked', job->>'id');
  END IF;
  RETURN to_jsonb(was_there);
END $$;

-- Forgets a few dead ones on the way.
CREATE FUNCTION spend_proof(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  time_now bigint := job->'now';
BEGIN
  DELETE FROM spent_proofs WHERE proof = ANY (ARRAY(
    SELECT proof FROM spent_proofs WHERE expires_at <= time_now AND proof <> job->>'proof'
    ORDER BY expires_at LIMIT 100));
  INSERT INTO spent_proofs AS known (proof, expires_at) VALUES (job->>'proof', (job->'expiresAt')::bigint)
  ON CONFLICT (proof) DO UPDATE SET expires_at = excluded.expires_at WHERE known.expires_at <= time_now;
  RETURN to_jsonb(FOUND);
END $$;

CREATE FUNCTION redeem_grant(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  new jsonb := job->'grant';
  stored grants%ROWTYPE;
BEGIN
  IF NOT user_exists((new->'userId')::bigint) THEN
    RETURN '["user-unknown"]';
  END IF;
  SELECT * INTO stored FROM grants WHERE id = new->>'id';
  IF FOUND THEN
    IF stored.user_id <> (new->'userId')::bigint OR stored.client_id <> new->>'clientId'
      OR stored.client_key <> new->>'clientKey' OR stored.capabilities <> new->>'capabilities'
      OR stored.issued_at <> (new->'issuedAtSeconds')::bigint OR stored.expires_at <> (new->'expiresAtSeconds')::bigint
    THEN
      RETURN '["id-in-use"]';
    ELSIF stored.revoked_at IS NOT NULL THEN
      RETURN '["revoked"]';
    ELSIF stored.expires_at <= (job->'nowSeconds')::bigint THEN
      RETURN '["expired"]';
    END IF;
  ELSE
    IF (new->'expiresAtSeconds')::bigint <= (job->'nowSeconds')::bigint THEN
      RETURN '["expired"]';
    END IF;
    INSERT INTO grants (id, user_id, client_id, client_key, capabilities, issued_at, expires_at, created_at)
    VALUES (new->>'id', (new->'userId')::bigint, new->>'clientId', new->>'clientKey', new->>'capabilities',
      (new->'issuedAtSeconds')::bigint, (new->'expiresAtSeconds')::bigint, (new->'createdAt')::bigint)
    RETURNING * INTO stored;
  END IF;
  INSERT INTO bearers (grant_id, token_hash, expires_at)
  VALUES (stored.id, decode(job->>'tokenHash', 'hex'), (job->'tokenExpiresAtSeconds')::bigint)
  ON CONFLICT (grant_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at;
  PERFORM note('bearer-replaced', stored.id);
  RETURN jsonb_build_array('redeemed', to_jsonb(stored));
END $$;

CREATE FUNCTION revoke_grant(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  is_stored boolean;
BEGIN
  DELETE FROM bearers WHERE grant_id = job->>'id';
  UPDATE grants SET revoked_at = coalesce(revoked_at, (job->'nowSeconds')::bigint) WHERE id = job->>'id';
  is_stored := FOUND;
  IF is_stored THEN
    PERFORM note('grant-revoked', job->>'id');
  END IF;
  RETURN to_jsonb(is_stored);
END $$;

CREATE FUNCTION acquire_lock(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  owner bigint := job->'userId';
  time_now bigint := job->'now';
BEGIN
  IF EXISTS (SELECT FROM locks WHERE user_id = owner AND path = job->>'path' AND expires_at > time_now) THEN
    RETURN '"locked"';
  END IF;
  DELETE FROM locks WHERE expires_at <= time_now;
  IF (SELECT count(*) FROM locks WHERE user_id = owner) >= (job->'maxPerUser')::bigint THEN
    RETURN '"too-many"';
  END IF;
  INSERT INTO locks (user_id, path, token_hash, expires_at)
  VALUES (owner, job->>'path', decode(job->>'tokenHash', 'hex'), (job->'expiresAt')::bigint);
  RETURN '"granted"';
END $$;

CREATE FUNCTION extend_lock(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  owner bigint := job->'userId';
  live locks%ROWTYPE;
  place integer;
BEGIN
  SELECT * INTO live FROM locks
  WHERE user_id = owner AND path = job->>'path' AND expires_at > (job->'now')::bigint;
  place := array_position(ARRAY(SELECT jsonb_array_elements_text(job->'tokenHashes')), encode(live.token_hash, 'hex'));
  IF place IS NULL THEN
    RETURN 'null';
  END IF;
  UPDATE locks SET expires_at = CASE WHEN (job->'keepLonger')::boolean
    THEN greatest((job->'expiresAt')::bigint, live.expires_at) ELSE (job->'expiresAt')::bigint END
  WHERE user_id = owner AND path = job->>'path';
  RETURN to_jsonb(place - 1);
END $$;

CREATE FUNCTION release_lock(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM locks
  WHERE user_id = (job->'user')::bigint AND path = job->>'path' AND token_hash = decode(job->>'tokenHash', 'hex');
  RETURN to_jsonb(FOUND);
END $$;
`
