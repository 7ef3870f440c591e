"""A Bot API server on the loopback, for tests and measurements.

Every call is held against the official description; what it does not allow is recorded in `problems`, which
tests assert to be empty, and refused as Telegram would refuse it. Its updates are held against it too.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import BodyPartReader, ClientError, ClientSession, ClientTimeout, web

from tests.fakes.spec_check import specs_or_skip, telegram
from tests.fakes.telegram_chat import Chat
from tests.fakes.telegram_methods import ApiError, Methods, Params, Upload

DELIVERIES = 60
"""How often an update is delivered before the test is told that nobody takes it."""


@dataclass
class Called:
    """A call of the bot's. `files` are the names of its uploaded parts."""

    method: str
    params: dict[str, Any]
    files: frozenset[str]


@dataclass
class _Failure:
    method: str | None
    code: int
    retry_after: int | None
    taken: bool


def _now() -> datetime:
    return datetime.now(UTC)


class TelegramServer:
    """`token` is the bot's; `checked=False` leaves the description aside, for measurements."""

    def __init__(
        self,
        token: str = "7000000001:token-for-tests",
        *,
        now: Callable[[], datetime] = _now,
        checked: bool = True,
    ) -> None:
        self.token = token
        self.bot = {"id": 7000000001, "is_bot": True, "first_name": "Paso", "username": "paso_test_bot"}
        self.problems: list[str] = []
        self.calls: list[Called] = []
        self.chats: dict[int, Chat] = {}
        self.queries: dict[str, Chat] = {}
        """Callback queries that can still be answered."""
        self.updates: list[dict[str, Any]] = []
        """Every update ever made, to be delivered again at will."""
        self.refused: list[int] = []
        """HTTP statuses with which the webhook has refused an update."""
        self.webhook = ""
        self.secret = ""
        self.url = ""
        self.methods = Methods(self)
        self._now = now
        self._checked = checked
        self._numbers = itertools.count(1)
        self._waiting: deque[dict[str, Any]] = deque()
        self._failures: list[_Failure] = []
        self._orders: defaultdict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._change = asyncio.Event()
        self._poll: asyncio.Event | None = None
        self._closing = False
        self._session: ClientSession | None = None

    @property
    def base_url(self) -> str:
        """As `TELEGRAM_API_URL` and python-telegram-bot's `base_url` want it."""
        return f"{self.url}/bot"

    def person(self, first_name: str = "Μαρία", language: str | None = "el") -> Chat:
        """A new person who has opened the bot. Ids need more than 32 bits, as real ones do."""
        chat = Chat(self, 6_000_000_000 + next(self._numbers), first_name, language)
        self.chats[chat.id] = chat
        return chat

    def fail_next(
        self, code: int, *, method: str | None = None, retry_after: int | None = None, taken: bool = False
    ) -> None:
        """The next call (of this method; else any but `getUpdates`) fails.

        `code` 0 breaks the connection off; with `taken` the call is carried out all the same.
        """
        self._failures.append(_Failure(method, code, retry_after, taken))

    def expire_queries(self) -> None:
        """From now on every button press until now is too old to be answered."""
        self.queries.clear()

    async def next_change(self) -> None:
        await self._change.wait()

    def date(self) -> int:
        return int(self._now().timestamp())

    def new_query(self, chat: Chat) -> str:
        query_id = str(4_000_000_000_000_000_000 + next(self._numbers))
        self.queries[query_id] = chat
        return query_id

    @property
    def unacknowledged(self) -> list[dict[str, Any]]:
        """What long polling has not yet acknowledged."""
        return list(self._waiting)

    async def push(self, fields: dict[str, Any], order: tuple[str, int]) -> None:
        """Makes an update and delivers it; those of one `order` keep their order."""
        update = {"update_id": 100_000_000 + next(self._numbers)} | json.loads(json.dumps(fields))
        if self._checked:
            self.problems += [f"update: {problem}" for problem in telegram().check_update(update)]
        self.updates.append(update)
        async with self._orders[order]:
            await self.deliver(update)

    async def deliver(self, update: dict[str, Any]) -> None:
        """To the webhook until it is taken, else into the queue of `getUpdates`. Also delivers again."""
        if not self.webhook:
            self._waiting.append(update)
            self._wake()
            return
        for attempt in range(DELIVERIES):
            status = await self._deliver_once(update)
            if 200 <= status < 300:
                return
            self.refused.append(status)
            await asyncio.sleep(min(0.01 * 2**attempt, 0.5))
        raise AssertionError(f"the webhook never took the update; it answered {self.refused[-1]}")

    async def _deliver_once(self, update: dict[str, Any]) -> int:
        """The HTTP status, 0 when there was none. A method in the answer's body is carried out."""
        assert self._session
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret} if self.secret else {}
        try:
            async with self._session.post(self.webhook, json=update, headers=headers) as answer:
                body = await answer.read()
                status = answer.status
        except (ClientError, TimeoutError, OSError):
            return 0
        if 200 <= status < 300 and body and answer.content_type == "application/json":
            params = json.loads(body)
            if isinstance(params, dict) and "method" in params:
                try:
                    self._perform(params.pop("method"), Params(params, {}), form=False)
                except ApiError as error:
                    self.problems.append(f"answer of the webhook: {error.description}")
        return status

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """A call of the bot's."""
        method = request.match_info["method"]
        if request.match_info["token"] != self.token:
            return _told(ApiError(401, "Unauthorized"))
        try:
            params, form = await _params(request)
            failure = self._next_failure(method)
            if failure is None or failure.taken:
                result = await self._get_updates(params) if method == "getUpdates" else None
                result = self._perform(method, params, form) if result is None else result
            if failure is None:
                return web.json_response({"ok": True, "result": result})
        except ApiError as error:
            return _told(error)
        if failure.code == 0:
            assert request.transport
            request.transport.abort()
            return web.Response()
        words = {429: f"Too Many Requests: retry after {failure.retry_after}"}
        return _told(ApiError(failure.code, words.get(failure.code, "Internal Error"), failure.retry_after))

    def _perform(self, method: str, params: Params, form: bool) -> Any:
        self.calls.append(Called(method, params.given, frozenset(params.files)))
        self._check(method, params, form)
        special = {"setWebhook": self._set_webhook, "deleteWebhook": self._delete_webhook}
        perform = special.get(method) or getattr(self.methods, method, None)
        if perform is None or method.startswith("_"):
            raise ApiError(404, "Not Found")
        result = perform(params)
        if self._checked:
            found = telegram().check_response(method, result)
            self.problems += [f"{method} answer: {problem}" for problem in found]
        self._wake()
        return json.loads(json.dumps(result))

    def _check(self, method: str, params: Params, form: bool) -> None:
        if not self._checked:
            return
        found = telegram().check(method, params.given, set(params.files), form)
        self.problems += [f"{method}: {problem}" for problem in found]
        for problem in found:
            if problem.kind != "unknown":  # Telegram passes over what it does not know
                raise ApiError(400, f"Bad Request: {problem.where}: {problem.detail}")

    def _next_failure(self, method: str) -> _Failure | None:
        for failure in self._failures:
            if failure.method == method or (failure.method is None and method != "getUpdates"):
                self._failures.remove(failure)
                return failure
        return None

    def _set_webhook(self, params: Params) -> bool:
        self.webhook, self.secret = params.text("url"), params.text("secret_token")
        if params.flag("drop_pending_updates"):
            self._waiting.clear()
        self._wake()
        return True

    def _delete_webhook(self, params: Params) -> bool:
        return self._set_webhook(Params(params.given | {"url": "", "secret_token": ""}, {}))

    async def deliver_waiting(self) -> None:
        """Delivers to a new webhook what came while there was none."""
        while self._waiting and self.webhook:
            await self.deliver(self._waiting.popleft())

    async def _get_updates(self, params: Params) -> list[dict[str, Any]]:
        self._check("getUpdates", params, form=True)
        if self.webhook:
            raise ApiError(
                409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first"
            )
        if self._poll:
            self._poll.set()
            self._wake()
        mine = self._poll = asyncio.Event()
        while self._waiting and self._waiting[0]["update_id"] < params.number("offset"):
            self._waiting.popleft()
            self._wake()
        try:
            async with asyncio.timeout(params.number("timeout")):
                while not (self._waiting or mine.is_set() or self._closing):
                    await self.next_change()
        except TimeoutError:
            pass
        if mine.is_set():
            raise ApiError(409, "Conflict: terminated by other getUpdates request")
        self._poll = None
        return list(itertools.islice(self._waiting, params.number("limit", 100)))

    def _wake(self) -> None:
        self._change.set()
        self._change = asyncio.Event()

    async def open(self) -> web.AppRunner:
        self._session = ClientSession(timeout=ClientTimeout(total=60))
        application = web.Application(client_max_size=60 * 1024 * 1024)
        application.router.add_route("*", "/bot{token}/{method}", self.answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    async def close(self, runner: web.AppRunner) -> None:
        self._closing = True
        self._wake()
        await runner.cleanup()
        if self._session:
            await self._session.close()


@asynccontextmanager
async def telegram_server(
    *, now: Callable[[], datetime] = _now, checked: bool = True
) -> AsyncIterator[TelegramServer]:
    """Runs one. Assert `problems == []` at the end."""
    specs_or_skip()
    server = TelegramServer(now=now, checked=checked)
    runner = await server.open()
    try:
        yield server
    finally:
        await server.close(runner)


def _told(error: ApiError) -> web.Response:
    return web.json_response(error.body(), status=error.code)


async def _params(request: web.Request) -> tuple[Params, bool]:
    """The parameters, and whether they came as a form, where everything is a string."""
    given: dict[str, Any] = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        given |= await request.json()
        return Params(given, files), False
    if request.content_type.startswith("multipart/"):
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            if part.filename:
                files[part.name or ""] = Upload(part.filename, bytes(await part.read()))
            else:
                given[part.name or ""] = await part.text()
    elif request.can_read_body:
        given |= {name: str(value) for name, value in (await request.post()).items()}
    return Params(given, files), True
