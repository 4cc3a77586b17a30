# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the platform sells and allows: compute sizes with their limits, add-ons, entitlements by plan, Postgres settings.

Sources: recorded answers of GET billing/addons, the page compute-and-disk, supabase/supabase#22313 (default pool sizes).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ap-east-1", "ap-southeast-1", "ap-southeast-2"),
    *("ap-northeast-1", "ap-northeast-2", "ap-south-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"),
    *("eu-central-1", "eu-central-2", "ca-central-1", "sa-east-1"),
)


@dataclass(frozen=True)
class Compute:
    """One size: connections to the database, clients of the pooler, the pool's default size, memory in GB, US dollars an hour."""

    id: str
    direct: int
    clients: int
    pool: int
    memory: float
    price: float


# In ascending order. The pool's default is not published for the two largest: a guess, as for 16xlarge.
SIZES = (
    Compute("ci_micro", 60, 200, 15, 1, 0.01344),
    Compute("ci_small", 90, 400, 15, 2, 0.0206),
    Compute("ci_medium", 120, 600, 15, 4, 0.0822),
    Compute("ci_large", 160, 800, 20, 8, 0.1517),
    Compute("ci_xlarge", 240, 1000, 20, 16, 0.2877),
    Compute("ci_2xlarge", 380, 1500, 25, 32, 0.562),
    Compute("ci_4xlarge", 480, 3000, 32, 64, 1.32),
    Compute("ci_8xlarge", 490, 6000, 64, 128, 2.562),
    Compute("ci_12xlarge", 500, 9000, 96, 192, 3.836),
    Compute("ci_16xlarge", 500, 12000, 128, 256, 5.12),
    Compute("ci_24xlarge", 750, 18000, 128, 384, 9.73),
    Compute("ci_48xlarge", 1500, 36000, 128, 768, 19.47),
)
COMPUTE = {size.id: size for size in SIZES}
NANO = Compute("ci_nano", 60, 200, 15, 0.5, 0)
PITR = {"pitr_7": (7, 100), "pitr_14": (14, 200), "pitr_28": (28, 400)}
OTHER = {
    "ipv4": ("ipv4_default", 4.0),
    "custom_domain": ("cd_default", 10.0),
}
TYPES = (
    *("custom_domain", "compute_instance", "pitr", "ipv4", "auth_mfa_phone", "auth_mfa_web_authn", "log_drain"),
    "etl_pipeline",
)


def rank(compute: str) -> int:
    """A size's place in the order; -1 for the free one."""
    return next((number for number, size in enumerate(SIZES) if size.id == compute), -1)


def size_of(compute: str) -> Compute:
    """Its limits."""
    return COMPUTE.get(compute, NANO)


def compute_variant(size: Compute) -> dict[str, Any]:
    """As GET billing/addons shows it."""
    return {
        "id": size.id,
        "name": size.id.removeprefix("ci_").replace("xlarge", "XL").capitalize(),
        "price": {
            "description": f"${size.price}/hour (~${size.price * 730:.0f}/month)",
            "type": "usage",
            "interval": "hourly",
            "amount": size.price,
        },
        "meta": {
            "cpu_cores": max(2, int(size.memory / 4)),
            "cpu_dedicated": size.memory >= 8,
            "memory_gb": size.memory,
            "connections_direct": size.direct,
            "connections_pooler": size.clients,
            "supported_cloud_providers": ["AWS"],
        },
    }


def pitr_variant(name: str) -> dict[str, Any]:
    """As GET billing/addons shows it."""
    days, price = PITR[name]
    return {
        "id": name,
        "name": f"{days} days",
        "price": {"description": f"${price}/month", "type": "fixed", "interval": "monthly", "amount": price},
        "meta": {"backup_duration_days": days},
    }


def other_variant(kind: str) -> dict[str, Any]:
    """The single variant of the other add-ons."""
    name, price = OTHER[kind]
    return {
        "id": name,
        "name": kind,
        "price": {"description": f"${price}/month", "type": "fixed", "interval": "monthly", "amount": price},
    }


def entitlements(plan: str) -> list[dict[str, Any]]:
    """What a plan may do (the keys that matter here)."""
    paid = plan != "free"
    days = {"free": 0, "pro": 7, "team": 14}.get(plan, 30)
    sizes = [size.id for size in SIZES] if paid else []

    def feature(key: str, kind: str, config: dict[str, Any], *, access: bool) -> dict[str, Any]:
        return {"feature": {"key": key, "type": kind}, "hasAccess": access, "type": kind, "config": config}

    def flag(key: str, *, on: bool) -> dict[str, Any]:
        return feature(key, "boolean", {"enabled": on}, access=on)

    return [
        feature("instances.compute_update_available_sizes", "set", {"enabled": paid, "set": sizes}, access=paid),
        flag("instances.read_replicas", on=paid),
        flag("instances.disk_modifications", on=paid),
        feature("pitr.available_variants", "set", {"enabled": paid, "set": list(PITR) if paid else []}, access=paid),
        feature(
            "backup.retention_days",
            "numeric",
            {"enabled": paid, "value": days, "unlimited": False, "unit": "days"},
            access=paid,
        ),
        flag("backup.restore_to_new_project", on=paid),
        flag("backup.schedule", on=plan in {"team", "enterprise"}),
        flag("dedicated_pooler", on=paid),
        flag("ipv4", on=paid),
        flag("project_pausing", on=True),
    ]


_TIME = re.compile(r"^(-?[0-9]+(?:\.[0-9]+)?)(us|ms|s|min|h|d)?$")
TIMES = frozenset(
    {
        *("statement_timeout", "wal_sender_timeout", "checkpoint_timeout", "log_autovacuum_min_duration"),
        "log_startup_progress_interval",
    }
)
TEXTS = frozenset(
    {
        *("effective_cache_size", "logical_decoding_work_mem", "maintenance_work_mem", "track_activity_query_size"),
        *("max_slot_wal_keep_size", "max_standby_archive_delay", "max_standby_streaming_delay", "max_wal_size"),
        *("shared_buffers", "wal_keep_size", "work_mem", "autovacuum_work_mem", "log_temp_files"),
    }
)
NUMBERS = {
    "max_connections": (1, 262143),
    "max_locks_per_transaction": (10, 2147483640),
    "max_parallel_maintenance_workers": (0, 1024),
    "max_parallel_workers": (0, 1024),
    "max_parallel_workers_per_gather": (0, 1024),
    "max_replication_slots": (0, 262143),
    "max_wal_senders": (0, 262143),
    "max_worker_processes": (0, 262143),
    "autovacuum_max_workers": (1, 262143),
    "max_logical_replication_workers": (0, 262143),
    "max_sync_workers_per_subscription": (0, 262143),
    "pg_stat_statements.max": (100, 45000),
    "pg_net.batch_size": (0, 32767),
}
FLAGS = frozenset(
    {
        *("track_commit_timestamp", "hot_standby_feedback", "log_checkpoints", "log_connections", "log_disconnections"),
        *("log_duration", "log_lock_waits", "log_recovery_conflict_waits", "log_replication_commands"),
        "cron.log_statement",
    }
)
CHOICES = {"session_replication_role": ("origin", "replica", "local")}
# Settings of extensions that are not in the sandbox's server: kept, not applied.
NOT_APPLIED = frozenset({"pg_net.batch_size", "cron.log_statement", "effective_cache_size"})


def problem(key: str, value: Any) -> str:
    """Why a Postgres setting is refused; "" where it is not."""
    if key == "restart_database":
        return "" if isinstance(value, bool) else f"{key}: Expected boolean, received {_kind(value)}"
    if key in TIMES:
        if not isinstance(value, str):
            return f"{key}: Expected string, received {_kind(value)}"
        return "" if _TIME.match(value) else f"{key}: Invalid"
    if key in TEXTS:
        return "" if isinstance(value, str) else f"{key}: Expected string, received {_kind(value)}"
    if key in FLAGS:
        return "" if isinstance(value, bool) else f"{key}: Expected boolean, received {_kind(value)}"
    if key in CHOICES:
        return "" if value in CHOICES[key] else f"{key}: Invalid enum value, received '{value}'"
    if key in NUMBERS:
        low, high = NUMBERS[key]
        if isinstance(value, bool) or not isinstance(value, int):
            return f"{key}: Expected number, received {_kind(value)}"
        return "" if low <= value <= high else f"{key}: Number must be between {low} and {high}"
    return f"Unrecognized key(s) in object: '{key}'"


def _kind(value: Any) -> str:
    return {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}.get(
        type(value), "null"
    )
