"""How a conversation comes to my data: by the command, and by the page that has made a key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from core.conversations.my_data.asking import TO_BROWSER
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.errors import Refused

FRAME = "my_data"
PHONE, CODE, HOW = "phone", "code", "how"
OFFERED = "offered"
_KEY_BYTES = 65


async def begin_my_data(talk: Talk, key: str) -> None:
    """`key`: the public half of what the page has made, in base64; empty where somebody just asks."""
    top = talk.state.top
    if key:
        if file_of(talk) != OFFERED:
            raise Refused("account.gone")
        order_id = order(talk, TO_BROWSER, {"number": str(top.answers[PHONE]), "key": _point(key)})
        top.answers[HOW] = TO_BROWSER
        top.facts["file"] = str(order_id)
    elif talk.citizen_id is None:
        talk.begin(Frame("register", facts={"then": "my_data"}))
    else:
        talk.push(Frame(FRAME))


def order(talk: Talk, medium: str, sealed: Mapping[str, str]) -> int:
    """Have the worker answer. The commit raises `Refused`, as `DataRequests.ask` says."""
    assert talk.citizen_id is not None
    requests = talk.house.data_requests
    return requests.ask(talk.work, talk.citizen_id, talk.key, talk.language, medium, sealed)


def file_of(talk: Talk) -> str:
    """What the page shows: `offered` where a file can be left for the browser, then the file's id; or nothing.

    At the desk the browser is not the citizen's.
    """
    top = talk.state.top
    if talk.speaker.channel != "web" or top.dialog != FRAME or top.answers.get(CODE) != "ok":
        return ""
    return str(top.facts.get("file", OFFERED))


def _point(key: str) -> str:
    """Raises `Refused` for what is no uncompressed point (SEC 1, 2.3.3): no page of ours sends it."""
    try:
        raw = base64.b64decode(key, validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != _KEY_BYTES or raw[0] != 4:
        raise Refused("account.gone")
    return key
