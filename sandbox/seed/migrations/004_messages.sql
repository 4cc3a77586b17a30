-- What the two sides write to each other.
CREATE TABLE messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id bigint NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    sender_id uuid NOT NULL REFERENCES profiles (id),
    body text NOT NULL,
    attributes jsonb NOT NULL DEFAULT '{}',
    sent_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON messages TO authenticated, service_role, shop_app;
