-- Bids of contractors on jobs.
CREATE TABLE bids (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id bigint NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    contractor_id uuid NOT NULL REFERENCES profiles (id),
    amount_cents integer NOT NULL CHECK (amount_cents > 0),
    note text NOT NULL DEFAULT '',
    placed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (job_id, contractor_id)
);
GRANT SELECT, INSERT, UPDATE ON bids TO authenticated, service_role, shop_app;
