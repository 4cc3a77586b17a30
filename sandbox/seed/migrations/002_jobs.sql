-- Jobs that homeowners post.
CREATE TABLE jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES profiles (id),
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    region text NOT NULL,
    budget_cents integer NOT NULL CHECK (budget_cents >= 0),
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'awarded', 'done', 'withdrawn')),
    posted_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE ON jobs TO authenticated, service_role, shop_app;
GRANT SELECT ON jobs TO anon;
