-- People see what is theirs.
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY messages_of_the_sender ON messages FOR SELECT TO authenticated
    USING (sender_id::text = current_setting('request.jwt.sub', true));
CREATE POLICY messages_for_the_server ON messages FOR ALL TO shop_app, service_role USING (true) WITH CHECK (true);
CREATE FUNCTION open_jobs_in(wanted text) RETURNS SETOF jobs LANGUAGE sql STABLE AS $$
    SELECT * FROM jobs WHERE region = wanted AND status = 'open' ORDER BY posted_at DESC;
$$;
