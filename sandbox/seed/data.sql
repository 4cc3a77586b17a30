-- A little of everything, always the same.
SELECT setseed(0.4);
INSERT INTO profiles (id, kind, display_name, email, region, rating)
SELECT md5(n::text)::uuid, (CASE WHEN n % 3 = 0 THEN 'contractor' ELSE 'homeowner' END)::account_kind,
    'Person ' || n, 'person' || n || '@example.com', (ARRAY['north', 'south', 'east', 'west'])[1 + n % 4], (n % 51) / 10.0
FROM generate_series(1, 400) AS n;
INSERT INTO jobs (owner_id, title, description, region, budget_cents)
SELECT md5((1 + n % 399)::text)::uuid, 'Job ' || n, repeat('words ', n % 20), (ARRAY['north', 'south', 'east', 'west'])[1 + n % 4], n * 100
FROM generate_series(1, 800) AS n;
INSERT INTO bids (job_id, contractor_id, amount_cents)
SELECT 1 + n % 800, md5((3 * (1 + n % 130))::text)::uuid, 100 + n FROM generate_series(1, 2000) AS n ON CONFLICT DO NOTHING;
INSERT INTO messages (job_id, sender_id, body, attributes)
SELECT 1 + n % 800, md5((1 + n % 399)::text)::uuid, 'Message ' || n, jsonb_build_object('channel', n % 5) FROM generate_series(1, 1500) AS n;
ANALYZE;
