"""A person before the web chat, in a browser without JavaScript."""

from __future__ import annotations

from types import TracebackType

from aiohttp import ClientSession, CookieJar

from tests.conversations.page import Button, Page


class WebPerson:
    """For the transcripts; counts taps. Sees only what the page shows."""

    def __init__(
        self,
        address: str,
        language: str = "el",
        *,
        client: ClientSession | None = None,
        cookies: dict[str, str] | None = None,
    ) -> None:
        """`client` and `cookies`: many people who share their connections, each with cookies of their own."""
        self.address = address
        self.language = language
        self.taps = 0
        self.html = ""
        self.page: Page
        self.status = 0
        self.arrived_at = ""
        if client is not None:
            self.client = client
        self._cookies = cookies

    async def __aenter__(self) -> WebPerson:
        self.client = ClientSession(
            cookie_jar=CookieJar(unsafe=True), headers={"Accept-Language": self.language}
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.close()

    def window(self) -> WebPerson:
        """Another window of the same browser, on the same page."""
        other = WebPerson(self.address, self.language, client=self.client, cookies=self._cookies)
        other.html, other.page = self.html, self.page
        return other

    # what the person does

    async def type(self, words: str) -> None:
        (button,) = [each for each in self.page.buttons if each.place == "typed"]
        await self.send(button, answer=words)

    async def command(self, name: str, argument: str = "") -> None:
        """As a person gives one here: a link, a button below the question, or typed as on Telegram."""
        if name == "start" and (argument or not self.html):
            await self.visit(f"/chat?start={argument}" if argument else "/chat")
            return
        wanted = "menu" if name == "start" else name
        buttons = [each for each in self.page.buttons if (each.name, each.value) == ("command", wanted)]
        if buttons:
            await self.send(buttons[0])
        else:
            await self.type(f"/{wanted}")

    async def press(self, label: str) -> None:
        """A button whose label begins so; an answer to the question before any other."""
        self.taps += 1
        await self.send(self.button(label))

    def button(self, label: str) -> Button:
        for button in self.page.buttons:
            if button.label.startswith(label):
                return button
        raise AssertionError((label, self.buttons()))

    async def send(self, button: Button, **changes: str) -> None:
        await self.post(button.form.action, {**button.sent, **changes})

    async def visit(self, path: str) -> None:
        async with self.client.get(self.address + path, cookies=self._cookies) as answer:
            await self._see(answer.status, await answer.text(), str(answer.url.relative()))

    async def post(self, path: str, fields: dict[str, str]) -> None:
        async with self.client.post(self.address + path, data=fields, cookies=self._cookies) as answer:
            await self._see(answer.status, await answer.text(), str(answer.url.relative()))

    async def fetch(self, path: str) -> tuple[int, bytes]:
        """A file that the page links to."""
        async with self.client.get(self.address + path, cookies=self._cookies) as answer:
            return answer.status, await answer.read()

    # what the person sees

    def heard(self) -> str:
        return self.page.latest

    def buttons(self) -> list[str]:
        return [button.label for button in self.page.buttons]

    async def _see(self, status: int, html: str, arrived_at: str) -> None:
        self.status, self.html, self.arrived_at = status, html, arrived_at
        self.page = Page(html)
