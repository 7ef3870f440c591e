from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.adapters.sealing import (
    AesKeeper,
    HmacLookUp,
    HmacOrigin,
    HpkeOpener,
    HpkeSealer,
    new_opening_key,
    sealing_key_of,
)
from core.ports import BrokenBox

OPENING = new_opening_key()
ORIGIN = HmacOrigin(b"o" * 32)
SEALER = HpkeSealer(sealing_key_of(OPENING), ORIGIN)
OPENER = HpkeOpener(OPENING, ORIGIN)


@given(st.binary(max_size=300), st.integers(1, 2**62))
def test_a_box_opens_in_its_place(plain: bytes, row: int) -> None:
    box = SEALER.seal("citizens", row, plain)
    assert OPENER.open("citizens", row, box) == plain
    assert len(plain) < 8 or plain not in box


def test_two_boxes_of_the_same_are_not_alike() -> None:
    assert SEALER.seal("citizens", 7, b"same") != SEALER.seal("citizens", 7, b"same")


@pytest.mark.parametrize(("table", "row"), [("citizens", 8), ("addresses", 7), ("citizen", 7)])
def test_a_box_that_was_moved_does_not_open(table: str, row: int) -> None:
    box = SEALER.seal("citizens", 7, b"name")
    with pytest.raises(BrokenBox):
        OPENER.open(table, row, box)


@pytest.mark.parametrize("place", [0, 40, 1120, -1])
def test_an_edited_box_does_not_open(place: int) -> None:
    box = bytearray(SEALER.seal("citizens", 7, b"name"))
    box[place] ^= 1
    with pytest.raises(BrokenBox):
        OPENER.open("citizens", 7, bytes(box))


@pytest.mark.parametrize("box", [b"", b"short", bytes(1138)])
def test_what_is_no_box_does_not_open(box: bytes) -> None:
    with pytest.raises(BrokenBox):
        OPENER.open("citizens", 7, box)


def test_the_public_key_alone_makes_no_box_that_opens() -> None:
    forger = HpkeSealer(sealing_key_of(OPENING), HmacOrigin(b"x" * 32))
    with pytest.raises(BrokenBox):
        OPENER.open("citizens", 7, forger.seal("citizens", 7, b"forged"))


def test_another_opening_key_opens_nothing() -> None:
    with pytest.raises(BrokenBox):
        HpkeOpener(new_opening_key(), ORIGIN).open("citizens", 7, SEALER.seal("citizens", 7, b"name"))


def test_a_mac_knows_where_its_parts_begin() -> None:
    mac = ORIGIN.mac(b"ab", b"c")
    assert ORIGIN.check(mac, b"ab", b"c")
    assert not ORIGIN.check(mac, b"a", b"bc")
    assert not ORIGIN.check(mac, b"abc")
    assert not HmacOrigin(b"x" * 32).check(mac, b"ab", b"c")


def test_a_look_up_depends_on_key_kind_and_value() -> None:
    of = HmacLookUp(b"l" * 32).of
    assert of("number", "+306900000001") == of("number", "+306900000001")
    others = {of("telegram", "+306900000001"), of("number", "1"), HmacLookUp(b"m" * 32).of("number", "1")}
    assert len(others | {of("number", "+306900000001")}) == 4


def test_what_is_kept_is_read_again_only_in_its_context() -> None:
    keeper = AesKeeper(b"k" * 32)
    kept = keeper.keep("code:7", b"471922")
    assert keeper.read("code:7", kept) == b"471922"
    assert b"471922" not in kept
    with pytest.raises(BrokenBox):
        keeper.read("code:8", kept)
    with pytest.raises(BrokenBox):
        AesKeeper(b"x" * 32).read("code:7", kept)
    for damaged in (b"", kept[:11], kept[:-1]):
        with pytest.raises(BrokenBox):
            keeper.read("code:7", damaged)
