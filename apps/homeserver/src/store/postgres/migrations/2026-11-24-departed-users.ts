/** Creating an account as in the SQLite store: what the operator decided about a key outlives its accounts. */
export const departedUsers = `
CREATE INDEX users_departed ON users (public_key, id) WHERE deleted_at IS NOT NULL;

CREATE OR REPLACE FUNCTION create_user(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  token signup_tokens%ROWTYPE;
  departed users%ROWTYPE;
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
  SELECT * INTO departed FROM users
  WHERE public_key = job->>'publicKey' AND deleted_at IS NOT NULL ORDER BY id DESC LIMIT 1;
  IF num_nonnulls(token.storage_mb, token.rate_read, token.rate_write, token.rate_read_burst, token.rate_write_burst,
    token.allowed_write_paths) = 0
  THEN
    token.storage_mb := departed.storage_mb;
    token.rate_read := departed.rate_read;
    token.rate_write := departed.rate_write;
    token.rate_read_burst := departed.rate_read_burst;
    token.rate_write_burst := departed.rate_write_burst;
    token.allowed_write_paths := departed.allowed_write_paths;
  END IF;
  INSERT INTO users (public_key, disabled, created_at, storage_mb, rate_read, rate_write, rate_read_burst,
    rate_write_burst, allowed_write_paths)
  VALUES (job->>'publicKey', coalesce(departed.disabled, false), created_time, token.storage_mb, token.rate_read,
    token.rate_write, token.rate_read_burst, token.rate_write_burst, token.allowed_write_paths)
  RETURNING * INTO created;
  IF job ? 'key' THEN
    PERFORM insert_user_key(created.id, job->'key', created_time);
  END IF;
  RETURN jsonb_build_array('created', to_jsonb(created));
END $$;
`
