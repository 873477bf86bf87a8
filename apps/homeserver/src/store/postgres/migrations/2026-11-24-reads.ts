/** Questions that take several steps, so that they cost one round trip. */
export const reads = `
-- Immediate children of a folder, files as they are, folders with a trailing '/': one index probe each, however much
-- the folders hold. 'above' and 'below' are exclusive bounds, 'above' with 'is_inclusive' is part of the range. Going up
-- from inside a folder, the folder itself lies before the cursor and is not listed again.
CREATE FUNCTION list_children(owner bigint, directory text, above text, below text, is_inclusive boolean,
  start_after text, is_reverse boolean, most bigint)
RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$
DECLARE
  found_path text COLLATE "C";
  child text COLLATE "C";
  slash integer;
  count bigint := 0;
BEGIN
  WHILE count < most LOOP
    IF is_reverse THEN
      SELECT path INTO found_path FROM entries
      WHERE user_id = owner AND path > above AND path < below ORDER BY path DESC LIMIT 1;
    ELSIF is_inclusive THEN
      SELECT path INTO found_path FROM entries
      WHERE user_id = owner AND path >= above AND path < below ORDER BY path LIMIT 1;
    ELSE
      SELECT path INTO found_path FROM entries
      WHERE user_id = owner AND path > above AND path < below ORDER BY path LIMIT 1;
    END IF;
    EXIT WHEN found_path IS NULL;
    slash := strpos(substr(found_path, length(directory) + 1), '/');
    child := CASE WHEN slash = 0 THEN found_path ELSE left(found_path, length(directory) + slash) END;
    IF slash = 0 OR is_reverse OR start_after IS NULL OR NOT starts_with(start_after, child) THEN
      count := count + 1;
      RETURN NEXT child;
    END IF;
    IF is_reverse THEN
      below := child;
    ELSE
      is_inclusive := slash > 0;
      above := CASE WHEN slash = 0 THEN child ELSE left(child, -1) || '0' END;
    END IF;
  END LOOP;
END $$;

-- The event of exactly that time. Times rise with ids, so halving the ids finds it without an index.
CREATE FUNCTION event_id_at(wanted bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  low bigint := 1;
  high bigint := (SELECT coalesce(max(id), 0) FROM events);
  probe record;
BEGIN
  WHILE low <= high LOOP
    SELECT id, at INTO probe FROM events WHERE id <= low + (high - low) / 2 ORDER BY id DESC LIMIT 1;
    IF probe.id IS NULL OR probe.id < low THEN
      low := low + (high - low) / 2 + 1;
    ELSIF probe.at = wanted THEN
      RETURN probe.id;
    ELSIF probe.at < wanted THEN
      low := low + (high - low) / 2 + 1;
    ELSE
      high := probe.id - 1;
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- Whether a file stands where a folder must be, or a folder where the file is to be (spec 02 §10.5).
CREATE FUNCTION collides(owner bigint, ancestors text[], file_path text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM entries WHERE user_id = owner AND path = ANY (ancestors))
    OR EXISTS (SELECT FROM entries WHERE user_id = owner AND path > file_path || '/' AND path < file_path || '0')
$$;
`
