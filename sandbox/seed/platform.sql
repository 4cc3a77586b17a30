-- What Supabase's platform brings: roles and schemas (supabase/postgres: init scripts and migrations, by their names and rights).
CREATE ROLE postgres LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
CREATE ROLE authenticator LOGIN NOINHERIT;
GRANT anon, authenticated, service_role TO authenticator;
CREATE ROLE supabase_auth_admin LOGIN NOINHERIT CREATEROLE;
CREATE ROLE supabase_storage_admin LOGIN NOINHERIT CREATEROLE;
CREATE ROLE supabase_replication_admin LOGIN REPLICATION;
CREATE ROLE supabase_read_only_user LOGIN BYPASSRLS;
CREATE ROLE pgbouncer LOGIN;
CREATE ROLE dashboard_user CREATEDB CREATEROLE REPLICATION;
GRANT pg_read_all_data, pg_monitor TO supabase_read_only_user;
GRANT pg_monitor, pg_read_all_data, pg_signal_backend TO postgres WITH ADMIN OPTION;
GRANT anon, authenticated, service_role, authenticator TO postgres WITH ADMIN OPTION;
-- supautils lets the owner set these for roles and databases; here a grant does.
GRANT SET ON PARAMETER log_min_duration_statement TO postgres;
ALTER ROLE anon SET statement_timeout = '3s';
ALTER ROLE authenticated SET statement_timeout = '8s';
ALTER ROLE authenticator SET statement_timeout = '8s';
ALTER ROLE authenticator SET lock_timeout = '8s';
ALTER ROLE supabase_auth_admin SET idle_in_transaction_session_timeout = '60000';
ALTER DATABASE postgres OWNER TO postgres;
ALTER DATABASE postgres SET statement_timeout = '2min';
ALTER SCHEMA public OWNER TO postgres;
CREATE SCHEMA auth AUTHORIZATION supabase_auth_admin;
CREATE SCHEMA storage AUTHORIZATION supabase_storage_admin;
CREATE SCHEMA extensions AUTHORIZATION postgres;
CREATE SCHEMA supabase_migrations AUTHORIZATION postgres;
GRANT USAGE ON SCHEMA auth, storage, extensions TO postgres, anon, authenticated, service_role;
CREATE EXTENSION pg_stat_statements WITH SCHEMA extensions;
GRANT ALL ON FUNCTION extensions.pg_stat_statements_reset(oid, oid, bigint, boolean) TO postgres;
ALTER ROLE postgres SET search_path = "$user", public, extensions;
CREATE TABLE auth.users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE auth.users OWNER TO supabase_auth_admin;
GRANT SELECT, REFERENCES ON auth.users TO postgres;
CREATE TABLE storage.objects (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    bucket_id text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE storage.objects OWNER TO supabase_storage_admin;
CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY, statements text[], name text);
ALTER TABLE supabase_migrations.schema_migrations OWNER TO postgres;
-- The product's own server role.
CREATE ROLE shop_app LOGIN;
GRANT shop_app TO postgres WITH ADMIN OPTION;
GRANT CONNECT ON DATABASE postgres TO shop_app;
