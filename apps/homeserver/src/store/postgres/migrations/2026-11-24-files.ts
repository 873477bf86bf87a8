/** Writing and deleting files. Every check comes before the first change, so a refusal leaves nothing behind. */
export const files = `
-- RFC 9110 §13.1.1-13.1.2 with strong comparison; 'etag' is null when there is no entry. A list or '*' each.
CREATE FUNCTION is_met(precondition jsonb, etag text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN precondition IS NULL THEN true
    WHEN precondition ? 'ifMatch' AND
      NOT coalesce(precondition->'ifMatch' ? etag OR precondition->'ifMatch' = '"*"' AND etag IS NOT NULL, false)
      THEN false
    WHEN precondition ? 'ifNoneMatch' AND
      coalesce(precondition->'ifNoneMatch' ? etag OR precondition->'ifNoneMatch' = '"*"' AND etag IS NOT NULL, false)
      THEN false
    ELSE true
  END
$$;

CREATE FUNCTION holds_lock(owner bigint, file_path text, token text, now bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM locks
    WHERE user_id = owner AND path = file_path AND token_hash = decode(token, 'hex') AND expires_at > now)
$$;

-- Appends one event; answers [id, time].
CREATE FUNCTION append_event(owner bigint, file_path text, hash text, now bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  next tail%ROWTYPE;
BEGIN
  UPDATE tail SET event_id = event_id + 1, event_at = greatest(now, event_at + 1) RETURNING * INTO next;
  INSERT INTO events (id, user_id, is_private, path, content_hash, at)
  VALUES (next.event_id, owner, NOT starts_with(file_path, '/pub/'), file_path, hash, next.event_at);
  RETURN jsonb_build_array(next.event_id, next.event_at);
END $$;

-- Answers ["written", [id, time], public key, orphan] or why not.
CREATE FUNCTION commit_write(job jsonb, body bytea) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  owner record;
  old record;
  new record;
  is_new boolean;
  charge bigint;
  quota numeric;
BEGIN
  SELECT * INTO new FROM jsonb_to_record(job) AS x("userId" bigint, path text, length bigint, type text, etag text,
    "modifiedAt" bigint, "lastModified" text, blob text, "isInline" boolean, generation bigint, quota numeric,
    lock text, precondition jsonb, "evenIfDisabled" boolean, now bigint, ancestors text[]);
  SELECT public_key, disabled, used_bytes, storage_mb INTO owner FROM users
  WHERE id = new."userId" AND deleted_at IS NULL;
  IF NOT FOUND THEN
    RETURN '["user-unknown"]';
  ELSIF owner.disabled AND NOT new."evenIfDisabled" THEN
    RETURN '["user-disabled"]';
  ELSIF new.lock IS NOT NULL AND NOT holds_lock(new."userId", new.path, new.lock, new.now) THEN
    RETURN '["lock-lost"]';
  END IF;
  SELECT id, content_length, etag, blob_id, is_inline INTO old FROM entries
  WHERE user_id = new."userId" AND path = new.path;
  is_new := NOT FOUND;
  IF NOT is_met(new.precondition, old.etag) THEN
    RETURN '["precondition-failed"]';
  ELSIF is_new AND collides(new."userId", new.ancestors, new.path) THEN
    RETURN '["collision"]';
  END IF;
  -- 256 bytes of bookkeeping per entry; an override of -1 is "unlimited" (spec 02 §10.7).
  charge := new.length - coalesce(old.content_length, -256);
  quota := CASE WHEN owner.storage_mb IS NULL THEN new.quota
    WHEN owner.storage_mb >= 0 THEN owner.storage_mb::numeric * 1048576 END;
  IF quota IS NOT NULL AND owner.used_bytes + charge > 0 AND owner.used_bytes + charge > quota THEN
    RETURN '["over-quota"]';
  END IF;

  IF is_new THEN
    INSERT INTO entries (user_id, path, content_length, content_type, etag, created_at, modified_at, last_modified,
      blob_id, is_inline, key_generation)
    VALUES (new."userId", new.path, new.length, new.type, new.etag, new."modifiedAt", new."modifiedAt",
      new."lastModified", new.blob, new."isInline", new.generation)
    RETURNING id, NULL::text, false INTO old.id, old.blob_id, old.is_inline;
  ELSE
    UPDATE entries SET content_length = new.length, content_type = new.type, etag = new.etag,
      modified_at = new."modifiedAt", last_modified = new."lastModified", blob_id = new.blob,
      is_inline = new."isInline", key_generation = new.generation
    WHERE id = old.id;
  END IF;
  IF new."isInline" THEN
    INSERT INTO inline_bodies (entry_id, bytes) VALUES (old.id, body)
    ON CONFLICT (entry_id) DO UPDATE SET bytes = excluded.bytes;
  ELSIF old.is_inline THEN
    DELETE FROM inline_bodies WHERE entry_id = old.id;
  END IF;
  UPDATE users SET used_bytes = greatest(0, used_bytes + charge) WHERE id = new."userId";
  RETURN jsonb_build_array('written', append_event(new."userId", new.path, btrim(new.etag, '"'), new.now),
    owner.public_key, CASE WHEN NOT old.is_inline THEN old.blob_id END);
END $$;

-- Answers ["deleted", [id, time], public key, orphan] or why not.
CREATE FUNCTION commit_delete(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  owner bigint := job->'userId';
  key text;
  old record;
BEGIN
  IF job ? 'lock' AND NOT holds_lock(owner, job->>'path', job->>'lock', (job->'now')::bigint) THEN
    RETURN '["lock-lost"]';
  END IF;
  SELECT public_key INTO key FROM users WHERE id = owner AND deleted_at IS NULL;
  IF NOT FOUND THEN
    RETURN '["entry-unknown"]';
  END IF;
  SELECT id, content_length, etag, blob_id, is_inline INTO old FROM entries
  WHERE user_id = owner AND path = job->>'path';
  IF NOT FOUND THEN
    RETURN '["entry-unknown"]';
  ELSIF NOT is_met(job->'precondition', old.etag) THEN
    RETURN '["precondition-failed"]';
  END IF;
  DELETE FROM entries WHERE id = old.id;
  IF old.is_inline THEN
    DELETE FROM inline_bodies WHERE entry_id = old.id;
  END IF;
  UPDATE users SET used_bytes = greatest(0, used_bytes - old.content_length - 256) WHERE id = owner;
  RETURN jsonb_build_array('deleted', append_event(owner, job->>'path', NULL, (job->'now')::bigint), key,
    CASE WHEN NOT old.is_inline THEN old.blob_id END);
END $$;
`
