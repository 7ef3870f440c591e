"""Open data: what others read of us."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest
from icalendar import Calendar

from tests.opendata.conftest import Reader
from webhooks.opendata.model import iso_duration

LANES = "individual-facility-use-slots"


async def test_the_index_names_every_feed_and_each_can_be_read(reader: Reader) -> None:
    index = await reader.json("/opendata")
    base = reader.world.side.house.settings.public_url
    for name in ("activities", "free_places", "rpde", "calendars"):
        assert index[name]
        for address in index[name]:
            assert await reader.status(address.removeprefix(base)) == 200


async def test_activities_are_the_same_as_json_and_csv(reader: Reader) -> None:
    told = (await reader.json("/opendata/activities.json"))["activities"]
    assert [each["key"] for each in told] == ["cinema", "pool", "tennis"]
    text = await reader.text("/opendata/activities.csv")
    assert list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))) == told
    english = (await reader.json("/opendata/activities.json?language=en"))["activities"]
    assert "Indoor pool" in [each["name"] for each in english]


async def test_a_place_that_is_taken_is_no_longer_free_at_once(reader: Reader) -> None:
    slot = await reader.first_slot("pool")

    async def free() -> int:
        rows = (await reader.json("/opendata/free-places.json?activity=pool"))["free_places"]
        starts = [row for row in rows if datetime.fromisoformat(row["starts_at"]) == slot.starts_at]
        return int(next(row["free"] for row in starts if row["place"] == "Διαδρομή 1"))

    before = await free()
    await reader.hold("pool", slot.id, persons=2)
    assert await free() == before - 2


async def test_free_places_are_the_same_as_json_and_csv(reader: Reader) -> None:
    told = (await reader.json("/opendata/free-places.json"))["free_places"]
    rows = list(
        csv.DictReader(io.StringIO((await reader.text("/opendata/free-places.csv")).removeprefix("\ufeff")))
    )
    assert [{name: str(value) for name, value in row.items()} for row in told] == rows
    assert {row["activity"] for row in rows} == {"pool", "tennis", "cinema"}
    kept = {(row["activity"], row["kept_for_desk"], row["kept_for_phone"]) for row in rows}
    assert kept == {("pool", "1", "0"), ("tennis", "0", "0"), ("cinema", "10", "10")}


async def test_a_reader_of_the_feed_ends_with_what_can_be_booked(reader: Reader) -> None:
    uses, _ = await reader.feed("facility-uses")
    assert [item["id"] for item in uses] == ["pool", "tennis"]
    known = {use["data"]["@id"] for use in uses}
    known |= {lane["@id"] for use in uses for lane in use["data"]["individualFacilityUse"]}
    items, last = await reader.feed(LANES)
    assert len(items) > 1000
    assert [item["modified"] for item in items] == sorted({item["modified"] for item in items})
    assert {item["data"]["facilityUse"] for item in items} <= known
    assert await reader.feed(LANES, last) == ([], last)


async def test_the_feed_tells_what_has_changed_and_nothing_else(reader: Reader) -> None:
    reader.later(minutes=1)
    _, last = await reader.feed(LANES)
    slot = await reader.first_slot("pool")
    await reader.hold("pool", slot.id)
    assert await reader.feed(LANES, last) == ([], last)
    reader.later(seconds=11)
    ((item,), last) = await reader.feed(LANES, last)
    assert item["id"] == str(slot.id)
    assert item["data"]["remainingUses"] == item["data"]["maximumUses"] - 2  # one is kept for the desk
    await reader.close_slot(slot.id)
    reader.later(seconds=11)
    ((item,), last) = await reader.feed(LANES, last)
    assert (item["id"], item["state"]) == (str(slot.id), "deleted")
    assert "data" not in item


async def test_what_is_over_is_deleted_and_after_a_week_forgotten(reader: Reader) -> None:
    slot = await reader.first_slot("pool")
    _, last = await reader.feed(LANES)
    reader.later(hours=2)
    gone, last = await reader.feed(LANES, last)
    assert str(slot.id) in [item["id"] for item in gone if item["state"] == "deleted"]
    reader.later(days=8)
    await reader.feed(LANES, last)
    items, again = await reader.feed(LANES)
    assert str(slot.id) not in [item["id"] for item in items]
    assert again > last


@pytest.mark.parametrize("number", ["-1", "x", "²", "1e3", "9" * 17, "1.5", ""])
async def test_a_change_number_that_is_none_is_a_bad_request(reader: Reader, number: str) -> None:
    assert (
        await reader.status(f"/opendata/rpde/individual-facility-use-slots?afterChangeNumber={number}") == 400
    )


async def test_what_there_is_not_is_not_found(reader: Reader) -> None:
    for path in ("/opendata/calendar/none.ics", "/opendata/rpde/events", "/opendata/activities.xml"):
        assert await reader.status(path) == 404


async def test_a_calendar_has_one_entry_an_hour_with_what_is_free(reader: Reader) -> None:
    slot = await reader.first_slot("pool")
    calendar = Calendar.from_ical(await reader.text("/opendata/calendar/pool.ics?language=en"))
    entries = calendar.walk("VEVENT")
    assert len({str(entry["uid"]) for entry in entries}) == len(entries)
    (entry,) = [each for each in entries if each["dtstart"].dt == slot.starts_at]
    assert str(entry["summary"]) == "Indoor pool: 30 places free"
    again = Calendar.from_ical(await reader.text("/opendata/calendar/pool.ics")).walk("VEVENT")
    assert [str(each["uid"]) for each in again] == [str(each["uid"]) for each in entries]


@pytest.mark.parametrize(
    ("minutes", "written"), [(60, "PT1H"), (90, "PT1H30M"), (45, "PT45M"), (1500, "PT25H"), (0, "PT0M")]
)
def test_a_length_of_time_is_written_as_iso_8601_has_it(minutes: int, written: str) -> None:
    assert iso_duration(timedelta(minutes=minutes)) == written
