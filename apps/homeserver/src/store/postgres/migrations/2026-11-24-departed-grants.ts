/**
 * Deleting an account as in the SQLite store: the ids of its grants stay. Should the user come back, what was revoked, or
 * given to the old account, must not count again.
 */
export const departedGrants = `
CREATE OR REPLACE FUNCTION delete_user(job jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
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
  DELETE FROM bearers USING grants WHERE grants.id = grant_id AND user_id = owner;
  UPDATE grants SET client_id = '', client_key = '', capabilities = '' WHERE user_id = owner;
  DELETE FROM locks WHERE user_id = owner;
  PERFORM note('user-deleted', job->>'user');
  RETURN 'true';
END $$;
`
