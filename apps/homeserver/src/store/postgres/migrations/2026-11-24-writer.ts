/**
 * The one entry to all writing: a whole batch in one statement, which is one transaction and one round trip. The lock
 * that orders events over all instances (spec 03 §8.2) is held only while the server works and flushes, never while a
 * client is waited for.
 */
export const writer = `
-- 'jobs' is a list of objects with their operation's name in 'op'; a body of a job lies in 'bodies' from 'bodyAt', of
-- 'bodyLength' bytes. Answers {before: [event, notice], after: [event, notice], outcomes}. Statements in a function see
-- what was committed before each of them began, so everything after the lock sees the last holder's work.
CREATE FUNCTION apply_batch(jobs jsonb, bodies bytea) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  first tail%ROWTYPE;
  last tail%ROWTYPE;
  job jsonb;
  outcomes jsonb[] := '{}';
BEGIN
  PERFORM pg_advisory_xact_lock('7311142570157080576'::bigint);
  SELECT * INTO STRICT first FROM tail;
  FOR job IN SELECT jsonb_array_elements(jobs) LOOP
    outcomes := array_append(outcomes, CASE job->>'op'
      WHEN 'commitWrite' THEN commit_write(job,
        CASE WHEN job ? 'bodyAt' THEN substring(bodies FROM (job->'bodyAt')::integer + 1 FOR (job->'bodyLength')::integer) END)
      WHEN 'commitDelete' THEN commit_delete(job)
      WHEN 'spendProof' THEN spend_proof(job)
      WHEN 'redeemGrant' THEN redeem_grant(job)
      WHEN 'revokeGrant' THEN revoke_grant(job)
      WHEN 'createCookieSession' THEN create_cookie_session(job)
      WHEN 'revokeCookieSession' THEN revoke_cookie_session(job)
      WHEN 'acquireLock' THEN acquire_lock(job)
      WHEN 'extendLock' THEN extend_lock(job)
      WHEN 'releaseLock' THEN release_lock(job)
      WHEN 'createUser' THEN create_user(job)
      WHEN 'createSignupToken' THEN create_signup_token(job)
      WHEN 'rememberUserKey' THEN remember_user_key(job)
      WHEN 'rememberSetting' THEN remember_setting(job)
      WHEN 'setUserDisabled' THEN set_user_disabled(job)
      WHEN 'replaceUserQuota' THEN replace_user_quota(job)
      WHEN 'deleteUser' THEN delete_user(job)
      WHEN 'sweepDeletedUsers' THEN sweep_deleted_users(job)
    END);
  END LOOP;
  SELECT * INTO STRICT last FROM tail;
  IF last.notice_id > first.notice_id THEN
    -- An instance that missed as many as these was away and closed what depends on them.
    DELETE FROM notices WHERE id <= last.notice_id - 10000;
  END IF;
  IF (last.event_id, last.notice_id) <> (first.event_id, first.notice_id) THEN
    PERFORM pg_notify('events', last.event_id || ':' || last.notice_id);
  END IF;
  RETURN json_build_object('before', json_build_array(first.event_id, first.notice_id),
    'after', json_build_array(last.event_id, last.notice_id), 'outcomes', to_json(outcomes));
END $$;
`
