"""OpenActive's public validators (the libraries behind validator.openactive.io) over our feeds, read over HTTP."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from aiohttp import ClientSession, web
from sqlalchemy import func, select, update

from core.activities.loading import load, parse
from core.activities.model import activities, slots
from core.conversations.house import House
from core.db.work import Work
from edge.door import open_door
from tests.worlds import DEMONSTRATION, open_world
from webhooks.server import make_application

SCRIPT = Path(__file__).parent / "validators.js"
FEEDS = ("facility-uses", "facility-use-slots", "individual-facility-use-slots")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def said_by_validators(addresses: Sequence[str]) -> Mapping[str, list[dict[str, Any]]]:
    node = shutil.which("node") or ".venv/bin/node"
    process = await asyncio.create_subprocess_exec(
        node, str(SCRIPT), *addresses, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, fault = await process.communicate()
    assert process.returncode == 0, fault.decode()
    return cast(Mapping[str, list[dict[str, Any]]], json.loads(out))


async def open_hall(house: House, today: date) -> None:
    """The demonstration's gym, as a hall that is used as a whole."""
    definition = json.loads((DEMONSTRATION / "gym.json").read_bytes())
    del definition["booked_as"]
    definition |= {"key": "hall", "type": "FacilityUse"}
    definition["rules"]["closes_minutes_before"] = 0
    work = Work()
    await house.activities.publish(work, load(parse(json.dumps(definition).encode()), today))
    await house.writer.commit(work)


async def close_a_slot(house: House, activity: str, soon: datetime) -> None:
    of = select(activities.c.id).where(activities.c.key == activity).scalar_subquery()
    async with house.database.writing() as connection:
        first = await connection.scalar(
            select(func.min(slots.c.id)).where(slots.c.activity_id == of, slots.c.starts_at > soon)
        )
        await connection.execute(update(slots).where(slots.c.id == first).values(state="closed"))


async def test_the_public_validators_accept_the_feeds(tmp_path: Path) -> None:
    """With lanes, without, and with a slot of each that is there no more. Nothing fails; what they would only like to
    know more about (pictures, opening hours, a whole postal address) definitions do not carry."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    feeds = [f"{address}/opendata/rpde/{name}" for name in FEEDS]
    async with open_world(tmp_path, activities=("pool", "cinema"), public_url=address) as world:
        house = world.side.house
        await open_hall(house, world.clock.now().astimezone(house.settings.zone).date())
        door = await open_door(make_application(cast(SimpleNamespace, world.side)), "127.0.0.1", port)
        try:
            async with ClientSession() as session:
                for feed in feeds:
                    async with session.get(feed) as first:
                        assert (await first.json())["items"]
            for activity in ("pool", "hall"):
                await close_a_slot(house, activity, world.clock.now())
            world.clock.move(minutes=1)
            said = await said_by_validators(feeds)
        finally:
            await door.cleanup()
    assert list(said) == feeds
    for feed in feeds:
        assert said[feed], "the validators have always something to say"
        assert [each for each in said[feed] if each["severity"] == "failure"] == []
    deleted = {feed for feed in feeds if all(each["type"] != "no_deleted_items" for each in said[feed])}
    assert deleted == set(feeds[1:])


async def test_the_validators_would_say_what_is_wrong(tmp_path: Path) -> None:
    """A feed as it was before they were asked."""
    wrong = {
        "items": [
            {
                "state": "updated",
                "kind": "Slot",
                "id": "1",
                "modified": 1,
                "data": {"@context": ["https://openactive.io/"], "@type": "Slot", "duration": "an hour"},
            }
        ],
        "license": "https://creativecommons.org/licenses/by/4.0/",
    }

    async def feed(request: web.Request) -> web.Response:
        after = request.query.get("afterChangeNumber", "0")
        body = {
            **wrong,
            "next": f"{address}/feed?afterChangeNumber=1",
            **({"items": []} if after != "0" else {}),
        }
        return web.json_response(body)

    application = web.Application()
    application.router.add_get("/feed", feed)
    door = await open_door(application, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{door.addresses[0][1]}"
    try:
        (said,) = (await said_by_validators([f"{address}/feed"])).values()
    finally:
        await door.cleanup()
    failures = {(each["type"], each["path"]) for each in said if each["severity"] == "failure"}
    assert ("field_not_in_defined_values", "$.items[0].kind") in failures
    assert ("missing_required_field", "$.items[0].data.startDate") in failures
