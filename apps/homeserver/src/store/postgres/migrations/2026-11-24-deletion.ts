/** Deleting accounts: unreadable at once, cleared in steps that keep the writer free for others. */
export const deletion = `
CREATE FUNCTION delete_user(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  owner bigint := job->'user';
BEGIN
  UPDATE users SET deleted_at = (job->'now')::bigint, log_end = (SELECT event_id FROM tail), used_bytes = 0
  WHERE id = owner AND deleted_at IS NULL;
  IF NOT FOUND THEN
    RETURN 'false';
  END IF;
  DELETE FROM user_keys WHERE user_id = owner;
  DELETE FROM cookie_sessions WHERE user_id = owner;
  DELETE FROM grants WHERE user_id = owner;
  DELETE FROM locks WHERE user_id = owner;
  PERFORM note('user-deleted', job->>'user');
  RETURN 'true';
END $$;

-- Answers {done, events: [[id, time, path]…], user, key, orphans}. What stays of the log are the deletions just told;
-- they name no content.
CREATE FUNCTION sweep_deleted_users(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  most bigint := job->'limit';
  gone record;
  entry record;
  count bigint := 0;
  events_told jsonb[] := '{}';
  orphans text[] := '{}';
BEGIN
  SELECT id, public_key, log_end INTO gone FROM users
  WHERE deleted_at IS NOT NULL AND NOT is_swept ORDER BY id LIMIT 1;
  IF NOT FOUND THEN
    RETURN '{"done": true, "events": [], "orphans": []}';
  END IF;
  FOR entry IN SELECT id, path, blob_id, is_inline FROM entries WHERE user_id = gone.id ORDER BY path LIMIT most LOOP
    count := count + 1;
    DELETE FROM entries WHERE id = entry.id;
    IF entry.is_inline THEN
      DELETE FROM inline_bodies WHERE entry_id = entry.id;
    ELSE
      orphans := orphans || entry.blob_id;
    END IF;
    IF starts_with(entry.path, '/pub/') THEN
      events_told := array_append(events_told,
        append_event(gone.id, entry.path, NULL, (job->'now')::bigint) || to_jsonb(entry.path));
    END IF;
  END LOOP;
  IF count = 0 THEN
    WITH old AS (
      SELECT id FROM events
      WHERE user_id = gone.id AND is_private IN (false, true) AND events.id <= gone.log_end LIMIT most
    )
    DELETE FROM events WHERE id IN (SELECT id FROM old);
    GET DIAGNOSTICS count = ROW_COUNT;
    IF count < most THEN
      UPDATE users SET is_swept = true WHERE id = gone.id;
    END IF;
  END IF;
  RETURN jsonb_build_object('done', false, 'user', gone.id, 'key', gone.public_key, 'events', to_jsonb(events_told),
    'orphans', to_jsonb(orphans));
END $$;
`
