-- People: homeowners and trade workers.
CREATE TYPE account_kind AS ENUM ('homeowner', 'contractor', 'operator');
CREATE TABLE profiles (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind account_kind NOT NULL,
    display_name text NOT NULL,
    email text NOT NULL UNIQUE,
    region text NOT NULL,
    rating numeric(3, 2) CHECK (rating BETWEEN 0 AND 5),
    created_at timestamptz NOT NULL DEFAULT now()
);
GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role, shop_app;
GRANT SELECT, INSERT, UPDATE ON profiles TO authenticated, service_role, shop_app;
