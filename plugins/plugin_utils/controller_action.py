# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of every action plugin here: runs the module of the same name in the controller.

Everything in this collection talks to remote APIs from the control node, so a process of its own buys a module nothing
(docs/architecture.md, "Speed"). One implementation, two ways in: on a local connection with the controller's own
interpreter the module's `main()` is called in the worker process that Ansible has forked already; anything else
(another host or interpreter, `become`, `async`) runs the module as usual.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from ansible.module_utils import _internal as module_internals
from ansible.module_utils import basic
from ansible.module_utils.common import json as module_json
from ansible.module_utils.common import warnings as module_warnings
from ansible.plugins.action import ActionBase

COLLECTION = "fairtradeworker.launchops"
SWITCH = "launchops_run_in_controller"
PROFILE = "legacy"
EMPTY_IS_ABSENT = frozenset({"warnings", "deprecations"})


class ControllerAction(ActionBase):
    """Subclasses name their module; that is all they do."""

    MODULE: ModuleType
    TRANSFERS_FILES = False
    _supports_async = True

    def run(self, tmp: None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Returns the module's result, a plain dict, whichever way it ran."""
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        name = f"{COLLECTION}.{self.MODULE.__name__.rpartition('.')[2]}"
        if self._stays_here(variables):
            result.update(self._run_here(name, variables))
        else:
            result.update(
                self._execute_module(
                    module_name=name,
                    module_args=dict(self._task.args),
                    task_vars=variables,
                    wrap_async=bool(self._task.async_val),
                )
            )
        return result

    def _stays_here(self, variables: dict[str, Any]) -> bool:
        """True where a module process would run in the very place and as the very user that this process does."""
        wanted = self._templar.template(variables.get(SWITCH, True))
        interpreter = str(self._templar.template(variables.get("ansible_python_interpreter", "")))
        return (
            wanted is True
            and getattr(self._connection, "transport", "") == "local"
            and not self._connection.become
            and not self._task.async_val
            and (interpreter in {"", sys.executable} or _same_environment(interpreter))
        )

    def _run_here(self, name: str, variables: dict[str, Any]) -> dict[str, Any]:
        arguments = dict(self._task.args)
        self._update_module_args(name, arguments, variables)
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        out = io.StringIO()
        with (
            _environment({key: str(value) for key, value in environment.items()}),
            _as_a_module(arguments),
            contextlib.redirect_stdout(out),
            contextlib.suppress(SystemExit),
        ):
            self.MODULE.main()
        return _plain(self._parse_returned_data({"stdout": out.getvalue(), "stderr": "", "rc": 0}, PROFILE))


def _plain(parsed: Any) -> dict[str, Any]:
    """The result as Ansible's own way of running a module gives it: a dict up to core 2.20, an object with one after."""
    if not isinstance(parsed, dict):
        parsed.remove_internal_keys()
        result: dict[str, Any] = parsed.as_result_dict(for_round_trip=True)
        return result
    return {
        key: value
        for key, value in parsed.items()
        if (not key.startswith("_ansible_") or key == "_ansible_parsed") and not (key in EMPTY_IS_ABSENT and not value)
    }


def _same_environment(interpreter: str) -> bool:
    """True for another name of the interpreter that runs here, in the same virtual environment."""
    other = Path(interpreter)
    return other.parent == Path(sys.executable).parent and other.resolve() == Path(sys.executable).resolve()


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """The task's `environment` keyword, for as long as the module runs."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _as_a_module(arguments: dict[str, Any]) -> Iterator[None]:
    """Puts the arguments where AnsibleModule reads them, and makes warnings part of the result, as in a module's process.

    This is what ansible.module_utils.testing.patch_module_args does, without its import of unittest.mock (and asyncio).
    """
    encoder = module_json.get_module_encoder(PROFILE, module_json.Direction.CONTROLLER_TO_MODULE)
    encoded = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}, cls=encoder).encode()
    with (
        _attribute(basic, "_ANSIBLE_ARGS", encoded),
        _attribute(basic, "_ANSIBLE_PROFILE", PROFILE),
        _attribute(module_internals, "is_controller", False),
        _attribute(module_warnings, "_global_warnings", {}),
        _attribute(module_warnings, "_global_deprecations", {}),
    ):
        yield


@contextlib.contextmanager
def _attribute(owner: ModuleType, name: str, value: object) -> Iterator[None]:
    """One module attribute, for as long as the block runs."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
