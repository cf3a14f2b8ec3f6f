-- Functions of the road, made anew at every migration in each service's schema. They exist to save round trips:
-- whatever must happen first in a command happens in one. They are in plpgsql, which keeps its plans from call to call.

-- Keys are never deleted: those that are all there can be locked at once, in their order. Else each is made or locked
-- in its turn, so that two commands never wait for each other.
CREATE OR REPLACE FUNCTION lock_keys(wanted uuid[]) RETURNS TABLE (locked uuid, at_version bigint)
LANGUAGE plpgsql AS $$
DECLARE k uuid; v bigint;
BEGIN
  wanted := ARRAY(SELECT DISTINCT unnest(wanted) ORDER BY 1);
  IF (SELECT count(*) FROM keys WHERE keys.key = ANY (wanted)) = cardinality(wanted) THEN
    RETURN QUERY SELECT keys.key, keys.version FROM keys WHERE keys.key = ANY (wanted) ORDER BY keys.key FOR UPDATE;
    RETURN;
  END IF;
  FOREACH k IN ARRAY wanted LOOP
    SELECT keys.version INTO v FROM keys WHERE keys.key = k FOR UPDATE;
    IF NOT FOUND THEN
      INSERT INTO keys (key, version) VALUES (k, 0) ON CONFLICT DO NOTHING;
      SELECT keys.version INTO v FROM keys WHERE keys.key = k FOR UPDATE;
    END IF;
    locked := k; at_version := v; RETURN NEXT;
  END LOOP;
END $$;

-- As `shared.fields.places.within`: whether a place is the area or lies in it.
CREATE OR REPLACE FUNCTION place_within(place text, area text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT area = '000000' OR place = area OR starts_with(place, area || '/')
$$;

-- Whose records are acted upon in a post of this organisation, beside its own: those of who left and whose place it took,
-- in however many steps.
CREATE OR REPLACE FUNCTION acts_for(own uuid) RETURNS SETOF uuid LANGUAGE plpgsql STABLE ROWS 2 SET jit = off AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM successors WHERE successor = own AND NOT annulled) THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH RECURSIVE found(id) AS (
    SELECT own UNION
    SELECT s.predecessor FROM found f JOIN successors s ON s.successor = f.id AND NOT s.annulled
    JOIN organisations o ON o.id = s.predecessor AND o.left_on IS NOT NULL)
  SELECT id FROM found WHERE id <> own;
END $$;

-- Who carries on what this organisation has: itself, or, when it left, those that took its place and are there.
CREATE OR REPLACE FUNCTION carried_on_by(one uuid) RETURNS SETOF uuid LANGUAGE plpgsql STABLE ROWS 2 SET jit = off AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM successors WHERE predecessor = one AND NOT annulled) THEN
    RETURN QUERY SELECT one WHERE NOT EXISTS (SELECT FROM organisations WHERE id = one AND left_on IS NOT NULL);
    RETURN;
  END IF;
  RETURN QUERY
  WITH RECURSIVE found(id) AS (
    SELECT one UNION
    SELECT s.successor FROM found f JOIN organisations o ON o.id = f.id AND o.left_on IS NOT NULL
    JOIN successors s ON s.predecessor = f.id AND NOT s.annulled)
  SELECT f.id FROM found f LEFT JOIN organisations o ON o.id = f.id WHERE o.left_on IS NULL;
END $$;

-- The same supplier by other names: this organisation, those that took its place, and those whose place they took.
CREATE OR REPLACE FUNCTION kin_of(one uuid) RETURNS SETOF uuid LANGUAGE plpgsql STABLE ROWS 2 SET jit = off AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM successors WHERE (successor = one OR predecessor = one) AND NOT annulled) THEN
    RETURN NEXT one;
    RETURN;
  END IF;
  RETURN QUERY
  WITH RECURSIVE later(id) AS (
    SELECT one UNION SELECT s.successor FROM later l JOIN successors s ON s.predecessor = l.id AND NOT s.annulled
  ), kin(id) AS (
    SELECT id FROM later UNION SELECT s.predecessor FROM kin k JOIN successors s ON s.successor = k.id AND NOT s.annulled)
  SELECT id FROM kin;
END $$;

-- The caller as this service knows it: person, posts in force that day, and as ties all posts ever and declared interests.
-- A post counts only where its organisation lies; one whose organisation was registered before this service heard of
-- organisations counts too. Each post comes once more for every predecessor that left (`inherited`): as far as it
-- reaches in the organisation's own place it reaches there. A tie counts wherever it was, and with whoever is the same
-- supplier by another name. Where nobody was succeeded nobody is looked for;
-- a table without statistics would have the rest compiled at each request.
CREATE OR REPLACE FUNCTION who_is(token_issuer text, token_subject text, today date) RETURNS jsonb
LANGUAGE plpgsql STABLE SET jit = off AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM successors WHERE NOT annulled) THEN
    RETURN (SELECT jsonb_build_object('person', a.person_id, 'enabled', a.enabled, 'machine', a.machine, 'posts', coalesce((
      SELECT jsonb_agg(jsonb_build_object('id', p.id, 'organisation', p.organisation_id, 'jurisdiction', p.jurisdiction,
                                          'duties', to_jsonb(p.duties), 'inherited', false) ORDER BY p.id)
      FROM posts p LEFT JOIN organisations o ON o.id = p.organisation_id
      WHERE (o.id IS NULL OR place_within(p.jurisdiction, o.jurisdiction))
        AND p.person_id = a.person_id AND p.valid_from <= today AND (p.valid_until IS NULL OR today <= p.valid_until)
    ), '[]'::jsonb), 'ties', coalesce((
      SELECT jsonb_agg(jsonb_build_object('organisation', t.organisation_id, 'until', t.until) ORDER BY t.id)
      FROM (
        SELECT p.id, p.organisation_id, p.valid_until AS until FROM posts p WHERE p.person_id = a.person_id
        UNION ALL
        SELECT i.id, i.organisation_id, i.until FROM interests i WHERE i.person_id = a.person_id AND NOT i.annulled
      ) t
    ), '[]'::jsonb))
    FROM accounts a WHERE a.issuer = token_issuer AND a.subject = token_subject);
  END IF;
  RETURN (SELECT jsonb_build_object('person', a.person_id, 'enabled', a.enabled, 'machine', a.machine, 'posts', coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', p.id, 'organisation', f.organisation, 'jurisdiction', f.reaches,
                                        'duties', to_jsonb(p.duties), 'inherited', f.inherited)
                     ORDER BY p.id, f.inherited, f.organisation)
    FROM posts p LEFT JOIN organisations o ON o.id = p.organisation_id
    CROSS JOIN LATERAL (
      SELECT p.organisation_id, p.jurisdiction, false
      UNION ALL
      SELECT b.id, CASE WHEN p.jurisdiction = o.jurisdiction OR place_within(b.jurisdiction, p.jurisdiction)
                        THEN b.jurisdiction
                        WHEN place_within(p.jurisdiction, b.jurisdiction) THEN p.jurisdiction END, true
      FROM acts_for(p.organisation_id) before(id) JOIN organisations b ON b.id = before.id
    ) f(organisation, reaches, inherited)
    WHERE (o.id IS NULL OR place_within(p.jurisdiction, o.jurisdiction)) AND f.reaches IS NOT NULL
      AND p.person_id = a.person_id AND p.valid_from <= today AND (p.valid_until IS NULL OR today <= p.valid_until)
  ), '[]'::jsonb), 'ties', coalesce((
    SELECT jsonb_agg(jsonb_build_object('organisation', f.organisation, 'until', t.until) ORDER BY t.id)
    FROM (
      SELECT p.id, p.organisation_id, p.valid_until AS until FROM posts p WHERE p.person_id = a.person_id
      UNION ALL
      SELECT i.id, i.organisation_id, i.until FROM interests i WHERE i.person_id = a.person_id AND NOT i.annulled
    ) t CROSS JOIN LATERAL kin_of(t.organisation_id) f(organisation)
  ), '[]'::jsonb))
  FROM accounts a WHERE a.issuer = token_issuer AND a.subject = token_subject);
END $$;

-- First statement of a command: the lock of its Idempotency-Key (not waited for), the answer stored under it, the
-- legal clock, the caller, and whether the caller's posts are of the last seconds. Volatile and not inlined, so that
-- the stored answer is looked up after the lock is held. The age is read before the posts, which then are no older; an
-- event of this person that rests has been received and not been applied.
DROP FUNCTION IF EXISTS begin_command(bigint, bytea, text, text);
CREATE OR REPLACE FUNCTION begin_command(
  lock_id bigint, wanted bytea, token_issuer text, token_subject text, fresh_seconds float8)
RETURNS TABLE (
  got boolean, request bytea, status integer, headers jsonb, body bytea, now timestamptz, fresh boolean, caller jsonb)
LANGUAGE plpgsql AS $$
BEGIN
  now := clock.now();
  got := lock_id IS NULL OR pg_try_advisory_xact_lock(lock_id);
  IF got AND wanted IS NOT NULL THEN
    SELECT i.request, i.status, i.headers, i.body INTO request, status, headers, body FROM idempotency i WHERE i.scope = wanted;
  END IF;
  IF token_subject IS NOT NULL THEN
    fresh := current_schema() = 'registry' OR EXISTS (SELECT FROM sources s WHERE s.source = 'registry'
      AND s.fresh_at > clock_timestamp() - make_interval(secs => fresh_seconds));
    caller := who_is(token_issuer, token_subject, (now AT TIME ZONE 'Asia/Shanghai')::date);
    fresh := fresh AND NOT EXISTS (
      SELECT FROM held h WHERE h.source = 'registry' AND h.key = (caller ->> 'person')::uuid);
  END IF;
  RETURN NEXT;
END $$;

-- What waits for its position leaves the queue by getting one, and what is sealed by going into the queue: an entry that
-- is taken out otherwise would never be sent. The rows are looked at once a statement, after everything that it does; the
-- tables are named by their schema, so that no temporary table takes their place.
CREATE OR REPLACE FUNCTION only_onwards() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE lost boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM gone WHERE NOT EXISTS (SELECT FROM %1$I.%2$I t WHERE t.entry = gone.entry))',
                 TG_TABLE_SCHEMA, TG_ARGV[0]) INTO lost;
  IF lost THEN
    RAISE EXCEPTION 'an entry leaves the queue only by getting its position' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER only_onwards AFTER DELETE ON queue REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION only_onwards('ledger');
CREATE OR REPLACE TRIGGER only_onwards AFTER DELETE ON sealed_queue REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION only_onwards('queue');
