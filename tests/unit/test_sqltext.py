# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL as text: what must be equal is, what must not be seen is not."""

from __future__ import annotations

import string

import pytest
from ansible_collections.fairtradeworker.launchops.plugins.module_utils.sqltext import (
    content_hash,
    indexes,
    statements,
    without_literals,
)
from hypothesis import given
from hypothesis import strategies as st

QUOTED = st.text(alphabet=string.ascii_letters + string.digits + ' ;-/*$"', min_size=1, max_size=20).map(
    lambda text: f"zq{text}qz"
)


@pytest.mark.parametrize(
    "text",
    ["select 1;select 2", "SELECT  1 ;\n-- why; not\nSELECT/* a /* b */ ; */2;", "select 1;\n\n\nselect 2;;"],
)
def test_spellings_of_the_same_have_one_hash(text: str) -> None:
    assert statements(text) == ["select 1", "select 2"]
    assert content_hash([text]) == content_hash(["select 1", "SELECT 2"])


@pytest.mark.parametrize("other", ["select 'a '", "select 'A'", 'select "a"', "select $$a$$", "select 'a', 1"])
def test_what_differs_has_another(other: str) -> None:
    assert content_hash(["select 'a'"]) != content_hash([other])


@given(QUOTED, st.sampled_from(["'{}'", "E'{}'", "$x${}$x$", "U&'{}'"]))
def test_no_literal_is_shown(secret: str, form: str) -> None:
    inner = secret.replace("$x$", "")
    shown = without_literals(f"UPDATE t SET a = {form.format(inner)} WHERE b = 4711")  # noqa: S608 - only text
    assert "zq" not in shown
    assert "4711" not in shown
    assert shown.startswith("UPDATE t SET a = ")
    assert shown.endswith("WHERE b = ?")


@given(QUOTED)
def test_a_literal_that_is_cut_off_is_not_shown_either(secret: str) -> None:
    assert "zq" not in without_literals(f"ALTER ROLE x PASSWORD '{secret[:-2]}")


@given(st.text(max_size=80))
def test_any_text_has_an_end(text: str) -> None:
    assert isinstance(without_literals(text), str)
    assert all(";" not in one or "'" in one or "$" in one or '"' in one for one in statements(text))


def test_indexes_are_read() -> None:
    found = indexes(
        """CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a ON ONLY app.jobs USING btree (region, lower(email) DESC NULLS LAST)
        WHERE status = 'open'; CREATE INDEX ON t (x); create index "B c" on t using gin (attributes);"""
    )
    assert [(one.name, one.schema, one.table, one.method, one.columns, one.unique) for one in found] == [
        ("a", "app", "jobs", "btree", ("region", "lower(email)"), True),
        ("B c", "", "t", "gin", ("attributes",), False),
    ]
