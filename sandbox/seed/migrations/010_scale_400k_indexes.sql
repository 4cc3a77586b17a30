-- What 400,000 users look for.
CREATE INDEX IF NOT EXISTS idx_jobs_region_posted ON jobs (region, posted_at DESC) WHERE status = 'open';
CREATE INDEX IF NOT EXISTS idx_jobs_owner ON jobs (owner_id);
CREATE INDEX IF NOT EXISTS idx_bids_job_amount ON bids (job_id, amount_cents);
CREATE INDEX IF NOT EXISTS idx_bids_contractor ON bids (contractor_id, placed_at);
CREATE INDEX IF NOT EXISTS idx_messages_job_sent ON messages (job_id, sent_at);
CREATE INDEX IF NOT EXISTS idx_messages_attributes ON messages USING gin (attributes);
CREATE INDEX IF NOT EXISTS idx_profiles_lower_email ON public.profiles (lower(email));
