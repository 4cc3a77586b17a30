# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of Supabase's Management API: values in, values out; whoever calls it decides.

Operations and shapes: the API's OpenAPI document (api.supabase.com/api/v1-json); what it does not say (codes, headers,
states) is marked where it is used.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError, bad_input
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.http import JsonClient, Transport

SERVICE = "Supabase"
PAGE = 100
HEALTHY = "ACTIVE_HEALTHY"
# As the official Terraform provider sorts the statuses of a project: from these it does not come back by itself.
DEAD = frozenset({"GOING_DOWN", "INIT_FAILED", "REMOVED", "INACTIVE", "PAUSE_FAILED", "RESTORE_FAILED"})
SERVICES = ("auth", "db", "pooler", "realtime", "rest", "storage")
POOL_MODES = ("transaction", "session")
REPLICA = "READ_REPLICA"


@dataclass(frozen=True)
class Project:
    """A project. `organization` is its organisation's slug."""

    ref: str
    name: str
    region: str
    organization: str
    status: str
    postgres_version: str


@dataclass(frozen=True)
class Health:
    """One service of a project: COMING_UP, ACTIVE_HEALTHY or UNHEALTHY, and what is wrong."""

    name: str
    status: str
    error: str


@dataclass(frozen=True)
class Row:
    """A primary or a read replica, as the organisation's list shows it; `compute` is "" where it is not said."""

    identifier: str
    replica: bool
    region: str
    status: str
    compute: str


@dataclass(frozen=True)
class Pooler:
    """The pooler before one database. `size` None is the platform's default for the compute size."""

    identifier: str
    replica: bool
    host: str
    port: int
    user: str
    database: str
    size: int | None
    mode: str


@dataclass(frozen=True)
class Variant:
    """An add-on's variant: US dollars per `interval` (hourly or monthly), and its limits."""

    id: str
    name: str
    amount: float
    interval: str
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def price(self) -> str:
        return f"{self.amount:g} USD {self.interval}" if self.interval else "unknown price"

    @property
    def connections(self) -> int | None:
        """Direct connections to the database; None where the API does not say."""
        value = self.meta.get("connections_direct")
        return value if isinstance(value, int) and not isinstance(value, bool) else None


@dataclass(frozen=True)
class Addons:
    """What is selected by type, and every variant there is by type, in the API's order."""

    selected: Mapping[str, Variant]
    available: Mapping[str, tuple[Variant, ...]]


@dataclass(frozen=True)
class Entitlement:
    """What an organisation's plan allows: whether at all, and the number or set where it has one."""

    access: bool
    config: Mapping[str, Any]


class SupabaseClient:
    """One project of one organisation, with one token.

    Args:
        base_url: `https://api.supabase.com`, or the sandbox's address.
        token: a personal access token; replicas and add-ons have no OAuth scope.
        ref: the project's reference: twenty lower-case letters.
        timeout: seconds for one attempt.
        patience: seconds for one operation; a used-up rate limit takes up to a minute to come back.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        ref: str,
        *,
        timeout: float = 10.0,
        patience: float = 90.0,
        transport: Transport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not re.fullmatch(r"[a-z]{20}", ref):
            raise bad_input(
                f"{ref!r} is no reference of a Supabase project",
                hint="It is the twenty letters in the project's address: https://supabase.com/dashboard/project/<reference>.",
            )
        self.ref = ref
        self.http = JsonClient(
            SERVICE,
            base_url,
            headers={"Authorization": f"Bearer {token}"},
            transport=transport,
            timeout=timeout,
            patience=patience,
            reset_is_seconds=True,
            sleep=sleep,
            clock=clock,
        )
        self._organization = ""

    def project(self) -> Project:
        """GET /v1/projects/{ref}. Raises LaunchopsError where there is none, or the answer is about another one."""
        data = self._object("read the project", "GET", self._path(""))
        found = Project(
            ref=_text(data, "ref", "the project"),
            name=_text(data, "name", "the project"),
            region=_text(data, "region", "the project"),
            organization=_text(data, "organization_slug", "the project"),
            status=_text(data, "status", "the project"),
            postgres_version=str(_mapping(data.get("database")).get("version") or ""),
        )
        if found.ref != self.ref:
            raise _malformed("read the project", f"it is about {found.ref}, not {self.ref}")
        self._organization = found.organization
        return found

    def health(self, services: tuple[str, ...] = SERVICES) -> list[Health]:
        """GET /v1/projects/{ref}/health. A service that is not answered for is UNHEALTHY, said so: never left out."""
        path = self._path("/health?" + "&".join(f"services={name}" for name in services))
        answer = self.http.call(f"read the health ({self.ref})", "GET", path)
        entries = {str(one.get("name")): one for one in _list(answer.data, "the project's health")}
        return [
            Health(
                name,
                str(_mapping(entries.get(name)).get("status") or "UNHEALTHY"),
                str(_mapping(entries.get(name)).get("error") or ("" if name in entries else "not answered for")),
            )
            for name in services
        ]

    def databases(self) -> list[Row]:
        """The project's primary and replicas, from the organisation's list: there is no other with their states."""
        organization = self._organization or self.project().organization
        offset = 0
        while True:
            data = self._object(
                f"list the projects of organisation {organization}",
                "GET",
                f"/v1/organizations/{organization}/projects",
                params={"offset": offset, "limit": PAGE},
            )
            page = _list(data.get("projects"), "the organisation's projects")
            for one in page:
                if one.get("ref") == self.ref:
                    return [_row(entry) for entry in _list(one.get("databases"), "the project's databases")]
            offset += PAGE
            if len(page) < PAGE:
                raise LaunchopsError(
                    f"Project {self.ref} is not in the list of organisation {organization}",
                    service=SERVICE,
                    operation="list the databases",
                    hint="A token with a narrow scope may not see it: give it organization_projects_read.",
                )

    def entitlements(self) -> dict[str, Entitlement]:
        """GET /v1/organizations/{slug}/entitlements: what the plan allows, by key."""
        organization = self._organization or self.project().organization
        data = self._object(
            f"read what organisation {organization} may do", "GET", f"/v1/organizations/{organization}/entitlements"
        )
        return {
            str(_mapping(one.get("feature")).get("key")): Entitlement(
                one.get("hasAccess") is True, _mapping(one.get("config"))
            )
            for one in _list(data.get("entitlements"), "the organisation's entitlements")
        }

    def poolers(self) -> list[Pooler]:
        """GET config/database/pooler: one for each database."""
        answer = self.http.call(f"read the pooler ({self.ref})", "GET", self._path("/config/database/pooler"))
        return [
            Pooler(
                identifier=_text(one, "identifier", "the pooler"),
                replica=one.get("database_type") == REPLICA,
                host=_text(one, "db_host", "the pooler"),
                port=int(one.get("db_port") or 0),
                user=_text(one, "db_user", "the pooler"),
                database=str(one.get("db_name") or "postgres"),
                size=_number_or_none(one, "default_pool_size", "the pooler"),
                mode=_text(one, "pool_mode", "the pooler"),
            )
            for one in _list(answer.data, "the pooler's configuration")
        ]

    def primary_pooler(self) -> Pooler:
        """The pooler before the primary. Raises LaunchopsError where there is none."""
        found = [one for one in self.poolers() if not one.replica]
        if len(found) != 1:
            raise _malformed("read the pooler", f"it has {len(found)} primaries")
        return found[0]

    def set_pooler(self, change: Mapping[str, Any]) -> None:
        """PATCH config/database/pooler; keys `default_pool_size` (or None for the default) and `pool_mode`."""
        self._write("change the pooler", "PATCH", "/config/database/pooler", dict(change))

    def postgres_config(self) -> dict[str, Any]:
        """GET config/database/postgres: the overrides alone, {} where there are none."""
        return dict(self._object("read the Postgres settings", "GET", self._path("/config/database/postgres")))

    def set_postgres_config(self, change: Mapping[str, Any], absent: tuple[str, ...], *, restart: bool) -> None:
        """Changes overrides and keeps the others.

        PATCH where nothing is to be removed, since PUT replaces everything and so loses what another changes at the same
        time. PATCH is new (June 2026): where the API does not know it, and to remove, the overrides are read and put.
        """
        path = "/config/database/postgres"
        wanted = {**change, "restart_database": restart}
        if not absent:
            try:
                self._write("change the Postgres settings", "PATCH", path, wanted)
            except LaunchopsError as error:
                if error.status not in {404, 405} or "Project not found" in error.message:
                    raise
            else:
                return
        kept = {key: value for key, value in self.postgres_config().items() if key not in absent}
        self._write("replace the Postgres settings", "PUT", path, {**kept, **wanted})

    def addons(self) -> Addons:
        """GET billing/addons."""
        data = self._object("read the add-ons", "GET", self._path("/billing/addons"))
        selected = {
            _text(one, "type", "an add-on"): _variant(_mapping(one.get("variant")))
            for one in _list(data.get("selected_addons"), "the selected add-ons")
        }
        available = {
            _text(one, "type", "an add-on"): tuple(
                _variant(each) for each in _list(one.get("variants"), "an add-on's variants")
            )
            for one in _list(data.get("available_addons"), "the available add-ons")
        }
        return Addons(selected, available)

    def set_addon(self, kind: str, variant: str) -> None:
        """PATCH billing/addons. A compute size restarts the database; the answer comes before it does."""
        self._write(f"select {variant}", "PATCH", "/billing/addons", {"addon_type": kind, "addon_variant": variant})

    def remove_addon(self, variant: str) -> None:
        """DELETE billing/addons/{variant}."""
        self.http.call(
            f"remove {variant} ({self.ref})",
            "DELETE",
            self._path(f"/billing/addons/{variant}"),
            decode=False,
        )

    def setup_replica(self, region: str) -> None:
        """POST read-replicas/setup: 201 without a body or an identifier, and every call makes another one."""
        self._write(
            f"set up a read replica in {region}", "POST", "/read-replicas/setup", {"read_replica_region": region}, 201
        )

    def remove_replica(self, identifier: str) -> None:
        """POST read-replicas/remove."""
        self._write(
            f"remove read replica {identifier}",
            "POST",
            "/read-replicas/remove",
            {"database_identifier": identifier},
            201,
        )

    def backups(self) -> dict[str, Any]:
        """GET database/backups."""
        return self._object("read the backups", "GET", self._path("/database/backups"))

    def restart(self) -> None:
        """POST restart: every call restarts."""
        self._write("restart", "POST", "/restart", None)

    def _path(self, rest: str) -> str:
        return f"/v1/projects/{self.ref}{rest}"

    def _write(self, operation: str, method: str, rest: str, body: Any, expected: int = 200) -> None:
        # Some answers are empty and some are objects; what was written is read back by whoever wrote it.
        self.http.call(
            f"{operation} ({self.ref})",
            method,
            self._path(rest),
            body=body,
            expected={200, 201} if expected == 201 else {expected},
            decode=False,
        )

    def _object(
        self, operation: str, method: str, path: str, *, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        answer = self.http.call(f"{operation} ({self.ref})", method, path, params=params)
        if not isinstance(answer.data, dict):
            raise _malformed(operation, "it is not an object")
        return answer.data


def _malformed(operation: str, what: str) -> LaunchopsError:
    return LaunchopsError(
        f"{SERVICE} answered '{operation}' with something unexpected: {what}",
        service=SERVICE,
        operation=operation,
        kind=Kind.MALFORMED,
        hint="Run it again; where it stays so, look at Supabase's status page.",
    )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any, what: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise _malformed(f"read {what}", "it is not a list of objects")
    return value


def _text(data: Mapping[str, Any], key: str, what: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise _malformed(f"read {what}", f"{key} is missing")
    return value


def _number_or_none(data: Mapping[str, Any], key: str, what: str) -> int | None:
    if key not in data:
        raise _malformed(f"read {what}", f"{key} is missing")
    value = data[key]
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise _malformed(f"read {what}", f"{key} is no number")
    return value


def _row(data: Mapping[str, Any]) -> Row:
    return Row(
        identifier=_text(data, "identifier", "a database"),
        replica=data.get("type") == REPLICA,
        region=_text(data, "region", "a database"),
        status=_text(data, "status", "a database"),
        compute=str(data.get("infra_compute_size") or ""),
    )


def _variant(data: Mapping[str, Any]) -> Variant:
    price = _mapping(data.get("price"))
    amount = price.get("amount")
    return Variant(
        id=_text(data, "id", "an add-on's variant"),
        name=str(data.get("name") or ""),
        amount=float(amount) if isinstance(amount, int | float) else 0.0,
        interval=str(price.get("interval") or ""),
        meta=_mapping(data.get("meta")),
    )
