-- Schema of the bus on PostgreSQL. Running it again changes nothing; two runs at once take turns.
SELECT pg_advisory_xact_lock(hashtextextended('bus install', 0));
CREATE SCHEMA IF NOT EXISTS bus;

CREATE TABLE IF NOT EXISTS bus.topics (
    name text PRIMARY KEY,
    retention_ms bigint CHECK (retention_ms > 0)  -- null: kept for ever
);
CREATE TABLE IF NOT EXISTS bus.messages (
    topic text NOT NULL,
    partition smallint NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    key bytea NOT NULL,
    headers json NOT NULL,  -- [[name, content], ...], content as Latin-1: any bytes, and readable where they are text
    value bytea NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, seq)
);
CREATE TABLE IF NOT EXISTS bus.offsets (
    grp text NOT NULL,
    topic text NOT NULL,
    seq bigint NOT NULL,  -- the last one done
    PRIMARY KEY (grp, topic)
);

-- What a role may do: write to a topic, keep the offsets of groups whose names begin so. Each may read every topic.
CREATE TABLE IF NOT EXISTS bus.rights (
    role text NOT NULL,
    act text NOT NULL CHECK (act IN ('read', 'write')),
    kind text NOT NULL CHECK (kind IN ('topic', 'group')),
    name text NOT NULL,
    PRIMARY KEY (role, act, kind, name)
);
ALTER TABLE bus.offsets ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS own_groups ON bus.offsets;
CREATE POLICY own_groups ON bus.offsets USING (EXISTS (
    SELECT FROM bus.rights r WHERE r.role = current_user AND r.kind = 'group' AND starts_with(grp, r.name)
));

-- BU001 tells the adapter that a topic is not what its user relies on.
CREATE OR REPLACE FUNCTION bus.require(names text[])
RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
    missing text := (SELECT min(t) FROM (SELECT unnest(names) t EXCEPT SELECT name FROM bus.topics) unknown);
BEGIN
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'PostgreSQL has no topic %: create the topics first', missing USING ERRCODE = 'BU001';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION bus.ensure(names text[], kept_ms bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    other bus.topics;
BEGIN
    INSERT INTO bus.topics (name, retention_ms) SELECT name, kept_ms FROM unnest(names) name ON CONFLICT DO NOTHING;
    SELECT * INTO other FROM bus.topics WHERE name = ANY (names) AND retention_ms IS DISTINCT FROM kept_ms LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'topic % is kept for % ms, not for % ms (null: for ever): correct its row in bus.topics',
            other.name, other.retention_ms, kept_ms USING ERRCODE = 'BU001';
    END IF;
END $$;

-- The only way to write a message. The locks are held until the commit and the numbers are drawn after them, so that
-- within a topic seq order is commit order: who has read up to n will never find a message at or below n later.
CREATE OR REPLACE FUNCTION bus.append(topics text[], partitions int[], keys bytea[], heads text[], contents bytea[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    refused text := (SELECT min(t) FROM unnest(topics) t WHERE NOT EXISTS (
        SELECT FROM bus.rights r WHERE r.role = session_user AND r.act = 'write' AND r.kind = 'topic' AND r.name = t
    ));
BEGIN
    PERFORM bus.require(topics);
    IF refused IS NOT NULL AND NOT pg_has_role(session_user, current_user, 'USAGE') THEN  -- current: who owns the bus
        RAISE EXCEPTION '% has no right to write to %: have the administrator run `goufu migrate`', session_user, refused
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('bus topic ' || name, 0))
    FROM (SELECT DISTINCT name FROM unnest(topics) name ORDER BY name) sorted;

    INSERT INTO bus.messages (topic, partition, key, headers, value)
    SELECT topic, partition, key, head::json, content
    FROM unnest(topics, partitions, keys, heads, contents)
    WITH ORDINALITY AS sent (topic, partition, key, head, content, place)
    ORDER BY place;

    -- Looks at the oldest only, a few more than were added: the cost does not grow with what is kept.
    DELETE FROM bus.messages gone
    USING bus.topics t, LATERAL (
        SELECT seq FROM bus.messages WHERE topic = t.name ORDER BY seq LIMIT 100 + 2 * cardinality(topics)
    ) oldest
    WHERE t.name = ANY (topics) AND t.retention_ms IS NOT NULL AND gone.topic = t.name AND gone.seq = oldest.seq
      AND gone.sent_at < clock_timestamp() - t.retention_ms * interval '1 millisecond';
END $$;
REVOKE ALL ON FUNCTION bus.append FROM PUBLIC;

-- Where a group goes on in each topic; a topic new to it begins at the oldest message, or with what comes next.
-- Nothing while the group has another reader: the lock ends with its reader's connection.
CREATE OR REPLACE FUNCTION bus.lead(of_group text, of_topics text[], from_start boolean)
RETURNS TABLE (topic text, seq bigint) LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_lock(hashtextextended('bus group ' || of_group, 0)) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT t.name, coalesce(o.seq, CASE WHEN NOT from_start THEN latest.seq END, 0)
    FROM bus.topics t
    LEFT JOIN bus.offsets o ON o.grp = of_group AND o.topic = t.name
    CROSS JOIN LATERAL (SELECT max(m.seq) AS seq FROM bus.messages m WHERE m.topic = t.name) latest
    WHERE t.name = ANY (of_topics);
END $$;

-- The next messages after the given places, oldest first over all topics.
CREATE OR REPLACE FUNCTION bus.read(of_topics text[], after bigint[], most int)
RETURNS TABLE (topic text, partition int, seq bigint, key bytea, value bytea, headers json) LANGUAGE sql STABLE AS $$
    SELECT m.* FROM unnest(of_topics, after) AS place (topic, seq), LATERAL (
        SELECT m.topic, m.partition::int, m.seq, m.key, m.value, m.headers FROM bus.messages m
        WHERE m.topic = place.topic AND m.seq > place.seq ORDER BY m.seq LIMIT most
    ) m
    ORDER BY m.seq LIMIT most
$$;

-- The last message of each partition.
CREATE OR REPLACE FUNCTION bus.last(of_topic text, partitions int)
RETURNS TABLE (topic text, partition int, seq bigint, key bytea, value bytea, headers json) LANGUAGE sql STABLE AS $$
    SELECT bus.require(ARRAY[of_topic]);
    SELECT m.* FROM generate_series(0, partitions - 1) number, LATERAL (
        SELECT m.topic, m.partition::int, m.seq, m.key, m.value, m.headers FROM bus.messages m
        WHERE m.topic = of_topic AND m.partition = number ORDER BY m.seq DESC LIMIT 1
    ) m
$$;

CREATE OR REPLACE FUNCTION bus.store(of_group text, of_topics text[], done bigint[])
RETURNS void LANGUAGE sql AS $$
    INSERT INTO bus.offsets (grp, topic, seq) SELECT of_group, * FROM unnest(of_topics, done)
    ON CONFLICT (grp, topic) DO UPDATE SET seq = excluded.seq
$$;

-- Let a role use the bus: it may read all topics, make none and alter no message; bus.rights says what it may write.
CREATE OR REPLACE FUNCTION bus.admit(role text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA bus TO %I', role);
    EXECUTE format('GRANT SELECT ON bus.messages TO %I', role);
    EXECUTE format('GRANT SELECT ON bus.topics, bus.rights TO %I', role);
    EXECUTE format('REVOKE INSERT ON bus.topics FROM %I', role);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON bus.offsets TO %I', role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION bus.append TO %I', role);
END $$;
