# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Postgres settings that Supabase's API takes: their kinds, which need a restart, and when two values are the same.

Names and kinds: PATCH /v1/projects/{ref}/config/database/postgres of the API's OpenAPI document. Which need a restart:
pg_settings.context = 'postmaster' of PostgreSQL 17.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.pgvalues import UNITS, same_value

TIMES = frozenset(
    {
        *("statement_timeout", "wal_sender_timeout", "checkpoint_timeout", "log_autovacuum_min_duration"),
        "log_startup_progress_interval",
    }
)
SIZES = frozenset(
    {
        *("effective_cache_size", "logical_decoding_work_mem", "maintenance_work_mem", "track_activity_query_size"),
        *("max_slot_wal_keep_size", "max_standby_archive_delay", "max_standby_streaming_delay", "max_wal_size"),
        *("shared_buffers", "wal_keep_size", "work_mem", "autovacuum_work_mem", "log_temp_files"),
    }
)
NUMBERS = frozenset(
    {
        *("max_connections", "max_locks_per_transaction", "max_parallel_maintenance_workers", "max_parallel_workers"),
        *("max_parallel_workers_per_gather", "max_replication_slots", "max_wal_senders", "max_worker_processes"),
        *("autovacuum_max_workers", "max_logical_replication_workers", "max_sync_workers_per_subscription"),
        *("pg_stat_statements.max", "pg_net.batch_size"),
    }
)
FLAGS = frozenset(
    {
        *("track_commit_timestamp", "hot_standby_feedback", "log_checkpoints", "log_connections", "log_disconnections"),
        *("log_duration", "log_lock_waits", "log_recovery_conflict_waits", "log_replication_commands"),
        "cron.log_statement",
    }
)
OTHERS = frozenset({"session_replication_role"})
KNOWN = TIMES | SIZES | NUMBERS | FLAGS | OTHERS
RESTART_ONLY = frozenset(
    {
        *("max_connections", "shared_buffers", "max_worker_processes", "max_wal_senders", "max_replication_slots"),
        *("max_locks_per_transaction", "track_activity_query_size", "track_commit_timestamp", "autovacuum_max_workers"),
        *("max_logical_replication_workers", "pg_stat_statements.max"),
    }
)
# Not in the API; a role or the database can have them.
BY_SQL = frozenset(
    {
        *("idle_in_transaction_session_timeout", "idle_session_timeout", "transaction_timeout", "lock_timeout"),
        "log_min_duration_statement",
    }
)
_TIME = re.compile(r"^-?\d+(\.\d+)?(us|ms|s|min|h|d)?$")


def checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with the types that the API wants.

    Raises:
        LaunchopsError: (input) a name the API does not have, or a value of the wrong kind; with what would be right.
    """
    return {name: _checked(name, value) for name, value in settings.items()}


def _checked(name: str, value: Any) -> Any:
    if name in BY_SQL:
        raise bad_input(
            f"Supabase's API has no setting {name}", hint="Set it for a role, with the module postgres_role_settings."
        )
    if name not in KNOWN:
        raise bad_input(f"Supabase's API has no setting {name}", hint="Its API reference lists the names it takes.")
    text = str(value).strip()
    if name in TIMES:
        if not _TIME.match(text) or isinstance(value, bool):
            raise bad_input(f"{name}: {value!r} is no duration", hint="Write it with a unit: 30s, 500ms, 2min.")
        return text
    if name in FLAGS:
        words = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
        if text.lower() not in words:
            raise bad_input(f"{name}: {value!r} is neither true nor false")
        return words[text.lower()]
    if name in NUMBERS:
        if isinstance(value, bool) or not re.fullmatch(r"-?\d+", text):
            raise bad_input(f"{name}: {value!r} is no whole number")
        return int(text)
    return text


def equal(name: str, wanted: Any, present: Any) -> bool:
    """Whether two values of a setting mean the same; None is an override that is not there."""
    return same_value(wanted, present, UNITS.get(name, ""))
