# Copyright (c) 2026, FairTradeWorker Operations
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON over HTTP for every service client: one request loop, bounded in time, with the transport as a seam.

Retries happen only where a repeat is safe: a read, or a write that the service says it did not process (429, and 503
with Retry-After: RFC 9110 section 15.6.4, RFC 6585 section 4). A write whose answer is lost raises an error of kind
`uncertain`; the caller reads the world before it decides.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from ansible_collections.fairtradeworker.launchops.plugins.module_utils.errors import Kind, LaunchopsError, bad_input

try:
    import requests
except ImportError:
    HAS_REQUESTS = False
else:
    HAS_REQUESTS = True

READS = frozenset({"GET", "HEAD", "OPTIONS"})
# Worth a second try of a read: the service is overloaded or a proxy lost its backend.
TRANSIENT = frozenset({408, 420, 429, 500, 502, 503, 504})
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 4.0
USER_AGENT = "launchops/0.1 (+https://github.com/fairtradeworker/launchops)"
REQUEST_ID_HEADERS = ("x-vercel-id", "x-request-id", "sb-request-id", "cf-ray")


class NoAnswerError(Exception):
    """The transport got no answer. `sent` says whether the service may have received the request."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


@dataclass(frozen=True)
class Request:
    """What goes to a transport. `body` is encoded already; `timeout` in seconds covers connecting and each read."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout: float


@dataclass(frozen=True)
class Response:
    """What a transport gives back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """The seam: tests put their own here."""

    def send(self, request: Request) -> Response:
        """One attempt. Raises NoAnswerError where no complete answer came."""


class RequestsTransport:
    """The real one, over the requests library.

    Redirects are not followed: an API that redirects would carry the token elsewhere.
    """

    def __init__(self) -> None:
        if not HAS_REQUESTS:
            raise bad_input("The Python library requests is missing", hint="Install it: pip install requests")
        self._session = requests.Session()

    def send(self, request: Request) -> Response:
        try:
            answer = self._session.request(
                request.method,
                request.url,
                data=request.body,
                headers=dict(request.headers),
                auth=_keep_header,
                timeout=request.timeout,
                allow_redirects=False,
            )
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Response(answer.status_code, headers, answer.content)
        except (requests.ConnectTimeout, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise NoAnswerError(_reason(error), sent=False) from error
        except requests.ConnectionError as error:
            raise NoAnswerError(_reason(error), sent="refused" not in str(error).lower()) from error
        except requests.RequestException as error:
            raise NoAnswerError(_reason(error), sent=True) from error


def _keep_header(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    """Given as `auth`, keeps requests from replacing our Authorization header by an entry of ~/.netrc."""
    return prepared


def _reason(error: requests.RequestException) -> str:
    """A short reason without the URL, which may hold a secret (webhook URLs do)."""
    text = str(error).lower()
    if isinstance(error, requests.exceptions.SSLError):
        return "the TLS certificate was not accepted"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    known = {
        "refused": "the connection was refused",
        "reset": "the connection was reset",
        "name or service not known": "the host name is not known",
        "failed to resolve": "the host name could not be resolved",
        "remote end closed": "the connection was closed without an answer",
        "incompleteread": "the answer broke off",
    }
    for sign, reason in known.items():
        if sign in text:
            return reason
    return f"the connection failed ({type(error).__name__})"


@dataclass
class Budget:
    """How long one operation may take with all its repeats, in seconds, on a monotonic clock."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock()

    @property
    def elapsed(self) -> float:
        return self.clock() - self.started

    @property
    def left(self) -> float:
        return max(0.0, self.seconds - self.elapsed)


@dataclass(frozen=True)
class Answer:
    """A decoded answer: status, headers (lower case) and the JSON value, None where the body was empty."""

    status: int
    headers: Mapping[str, str]
    data: Any


class JsonClient:
    """Speaks JSON to one service.

    Args:
        service: the name people know it by; it starts every error.
        base_url: scheme, host and an optional path prefix.
        headers: sent with every request; the place of the credential.
        transport: the seam; the requests library unless given.
        timeout: seconds for connecting and for each read of one attempt.
        patience: seconds for one operation with all its repeats.
        reset_is_seconds: whether X-RateLimit-Reset says the seconds that are left (Supabase) or an epoch time (Vercel).
        sleep, clock, jitter: seams for tests; seconds, seconds and a factor source in 0..1.
    """

    def __init__(
        self,
        service: str,
        base_url: str,
        *,
        headers: Mapping[str, str],
        transport: Transport | None = None,
        timeout: float = 10.0,
        patience: float = 30.0,
        reset_is_seconds: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise bad_input(f"The address of {service} must start with https:// (or http:// for a local stand-in)")
        if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise bad_input(f"Refusing to send the {service} credential over plain http to {parts.hostname}")
        self.service = service
        self._base = base_url.rstrip("/")
        self._headers = {"User-Agent": USER_AGENT, "Accept": "application/json", **headers}
        self._transport = transport or RequestsTransport()
        self._timeout = timeout
        self.patience = patience
        self._reset_is_seconds = reset_is_seconds
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter

    def pause(self, seconds: float) -> None:
        """Waits, through the seam."""
        self._sleep(seconds)

    def budget(self, seconds: float) -> Budget:
        """A time budget on this client's clock."""
        return Budget(seconds, self._clock)

    def call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        expected: frozenset[int] | set[int] = frozenset({200}),
        patience: float | None = None,
        decode: bool = True,
    ) -> Answer:
        """One operation: attempts until an expected status, a refusal, or the end of patience.

        Args:
            operation: in words, for errors ("read project shop").
            params: query; None values are left out, True and False become "true" and "false".
            body: sent as JSON where it is not None.
            expected: statuses that count as success.
            patience: seconds, instead of the client's.
            decode: whether the body is JSON; otherwise it is not looked at.

        Raises:
            LaunchopsError: refused, unreachable, malformed, or uncertain for a write whose answer was lost.
        """
        request = self._request(method, path, params, body)
        budget = self.budget(self.patience if patience is None else patience)
        read = method in READS
        attempt = 0
        while True:
            attempt += 1
            try:
                limited = replace(request, timeout=max(0.05, min(self._timeout, budget.left)))
                response = self._transport.send(limited)
            except NoAnswerError as lost:
                error = self._lost(operation, lost, read=read, attempt=attempt)
                if not (read or not lost.sent) or not self._wait(self._backoff(attempt), budget):
                    raise error from lost
                continue
            if response.status in expected:
                try:
                    data = _decode(response, method) if decode else None
                    return Answer(response.status, response.headers, data)
                except ValueError as bad:
                    error = self._malformed(operation, response, read=read)
                    if not read or not self._wait(self._backoff(attempt), budget):
                        raise error from bad
                    continue
            error = self._unexpected(operation, response, read=read, attempt=attempt)
            pause = self._repeat_after(response, read=read, attempt=attempt)
            if pause is None or not self._wait(pause, budget):
                raise error

    def call_text(self, operation: str, method: str, path: str, *, body: Any) -> None:
        """A call whose answer is a word rather than JSON (Slack's webhook says `ok`): only the status counts."""
        self.call(operation, method, path, body=body, decode=False)

    def _request(self, method: str, path: str, params: Mapping[str, Any] | None, body: Any) -> Request:
        query = {k: _query_value(v) for k, v in (params or {}).items() if v is not None}
        url = f"{self._base}{path}" + (f"?{urlencode(query)}" if query else "")
        headers = dict(self._headers)
        payload = None
        if body is not None:
            payload = json.dumps(body, ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json; charset=utf-8"
        return Request(method, url, headers, payload, self._timeout)

    def _backoff(self, attempt: int) -> float:
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempt - 1, 8)) * (0.75 + 0.5 * self._jitter())

    def _wait(self, pause: float, budget: Budget) -> bool:
        """Waits and says True, or says False at once where the pause would outlast the budget."""
        if pause >= budget.left:
            return False
        self._sleep(pause)
        return True

    def _repeat_after(self, response: Response, *, read: bool, attempt: int) -> float | None:
        asked = self._asked(response)
        not_processed = response.status in {420, 429} or (response.status == 503 and asked is not None)
        if response.status not in TRANSIENT or not (read or not_processed):
            return None
        return self._backoff(attempt) if asked is None else asked

    def _asked(self, response: Response) -> float | None:
        """Seconds to wait, as the service asks; a little more where a whole window ends, so that not all come at once."""
        headers = dict(response.headers)
        if self._reset_is_seconds:
            left = headers.pop("x-ratelimit-reset", "")
            if response.status == 429 and "retry-after" not in headers and left.isdigit():
                return float(left) + self._jitter()
        return retry_after(headers, json_or_none(response.body))

    def _lost(self, operation: str, lost: NoAnswerError, *, read: bool, attempt: int) -> LaunchopsError:
        kind = Kind.UNCERTAIN if lost.sent and not read else Kind.UNREACHABLE
        tail = "it may have taken effect" if kind is Kind.UNCERTAIN else f"tried {times(attempt)}"
        return LaunchopsError(
            f"{self.service} gave no answer to '{operation}': {lost.reason} ({tail})",
            service=self.service,
            operation=operation,
            kind=kind,
            hint=f"Check the network and the status page of {self.service}, then run the same command again.",
        )

    def _malformed(self, operation: str, response: Response, *, read: bool) -> LaunchopsError:
        return LaunchopsError(
            f"{self.service} answered '{operation}' with {response.status} and a body that is not JSON",
            service=self.service,
            operation=operation,
            status=response.status,
            request_id=request_id(response.headers),
            kind=Kind.MALFORMED if read else Kind.UNCERTAIN,
            hint=f"A proxy may stand between here and {self.service}. Run the same command again.",
        )

    def _unexpected(self, operation: str, response: Response, *, read: bool, attempt: int) -> LaunchopsError:
        code, words = error_words(json_or_none(response.body))
        said = f' "{words}"' if words else ""
        asked = self._asked(response)
        tail = ""
        if response.status in TRANSIENT:
            tail = f" (tried {times(attempt)}" + (f", asked to wait {asked:.0f} s)" if asked is not None else ")")
        uncertain = not read and response.status in {408, 500, 502, 504}
        return LaunchopsError(
            f"{self.service} answered '{operation}' with {response.status}{f' {code}' if code else ''}{said}{tail}",
            service=self.service,
            operation=operation,
            status=response.status,
            code=code,
            request_id=request_id(response.headers),
            kind=Kind.UNCERTAIN if uncertain else Kind.REFUSED,
            hint=_default_hint(self.service, response.status),
        )


def webhook(
    service: str, url: str, *, timeout: float, patience: float, transport: Transport | None = None
) -> tuple[JsonClient, str]:
    """A client for a webhook, and the webhook's path, which is its secret and so appears in no error.

    Raises:
        LaunchopsError: (input) the URL has no path, or is none.
    """
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    if not path:
        raise bad_input(f"The {service} webhook URL has no path", hint=f"Copy the whole URL from {service}'s settings.")
    base = f"{parts.scheme}://{parts.netloc}"
    return JsonClient(service, base, headers={}, transport=transport, timeout=timeout, patience=patience), path


def times(count: int) -> str:
    """`1` as "once", `3` as "3 times"."""
    return "once" if count == 1 else f"{count} times"


def _query_value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _decode(response: Response, method: str) -> Any:
    if method == "HEAD" or not response.body.strip():
        return None
    if "json" not in response.headers.get("content-type", "json"):
        raise ValueError("not JSON")
    return json.loads(response.body)


def json_or_none(body: bytes) -> Any:
    """The JSON value of a body, or None where it is none: for error answers, which may be anything."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def error_words(data: Any) -> tuple[str, str]:
    """Code and message of an error body: {"error": {code, message}}, {"err": ...}, {"error": "..."} or {"message"}.

    Shapes: Vercel's errors page and its CLI's response-error.ts; Slack's and Statuspage's string form.
    """
    if not isinstance(data, dict):
        return "", ""
    error = data.get("error", data.get("err", data))
    if isinstance(error, str):
        return "", error
    if isinstance(error, list):
        return "", "; ".join(str(item) for item in error)
    if not isinstance(error, dict):
        return "", ""
    code = error.get("code")
    message = error.get("message")
    return ("" if code is None else str(code)), (message if isinstance(message, str) else "")


def request_id(headers: Mapping[str, str]) -> str:
    """The service's identifier of a request, or ""."""
    return next((headers[name] for name in REQUEST_ID_HEADERS if headers.get(name)), "")


def retry_after(headers: Mapping[str, str], data: Any = None, *, now: Callable[[], float] = time.time) -> float | None:
    """Seconds the service asks to wait, or None where it does not say.

    Reads Retry-After as seconds or HTTP date (RFC 9110 section 10.2.3), Discord's `retry_after` (float seconds) and,
    where a limit is used up, X-RateLimit-Reset or Vercel's `error.limit.reset` (epoch seconds). Never negative.
    """
    value = headers.get("retry-after", "").strip()
    if value:
        try:
            return max(0.0, float(value))
        except ValueError:
            try:
                when = parsedate_to_datetime(value)
            except ValueError:
                return None
            aware = when if when.tzinfo else when.replace(tzinfo=UTC)
            return max(0.0, (aware - datetime.fromtimestamp(now(), UTC)).total_seconds())
    if isinstance(data, dict):
        body = data.get("retry_after")
        if isinstance(body, int | float) and not isinstance(body, bool):
            return max(0.0, float(body))
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return max(0.0, float(reset) - now())
    return None


def _default_hint(service: str, status: int) -> str:
    if status == 401:
        return f"The {service} token is missing, expired or mistyped: put a valid one where the inventory reads it."
    if status == 403:
        return f"The {service} token is not allowed to do this: check its role, and the team or account it is for."
    if status in TRANSIENT:
        return f"Look at the status page of {service}, then run the same command again."
    return ""
