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
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

from ansible.module_utils import _internal as module_internals
from ansible.module_utils.common import warnings as module_warnings
from ansible.module_utils.testing import patch_module_args
from ansible.plugins.action import ActionBase
from ansible.vars.clean import remove_internal_keys

COLLECTION = "fairtradeworker.launchops"
SWITCH = "launchops_run_in_controller"


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
            _as_a_module(),
            patch_module_args(arguments),
            contextlib.redirect_stdout(out),
            contextlib.suppress(SystemExit),
        ):
            self.MODULE.main()
        data: dict[str, Any] = self._parse_returned_data({"stdout": out.getvalue(), "stderr": ""}, "legacy")
        remove_internal_keys(data)
        return data


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
def _as_a_module() -> Iterator[None]:
    """Makes warnings part of the result, as they are in a module's own process, and starts with none."""
    with (
        mock.patch.object(module_internals, "is_controller", False),
        mock.patch.object(module_warnings, "_global_warnings", {}),
        mock.patch.object(module_warnings, "_global_deprecations", {}),
    ):
        yield
