from __future__ import annotations

import stat
from pathlib import Path

import pytest

from core.adapters import keys
from core.adapters.keys import KeyFolder, make_keys, present
from core.adapters.sealing import HmacOrigin, HpkeOpener, HpkeSealer
from core.adapters.signing import Ed25519Signer, Ed25519Verifier
from core.errors import ConfigurationFault


def test_every_key_is_made_closed_to_others_and_fits_its_partner(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    assert sorted(make_keys(folder)) == sorted(present(folder))
    assert all(present(folder).values())
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    load, origin = KeyFolder(folder).load, HmacOrigin(b"o" * 32)
    box = HpkeSealer(load(keys.SEALING), origin).seal("t", 1, b"plain")
    assert HpkeOpener(load(keys.OPENING), origin).open("t", 1, box) == b"plain"
    signature = Ed25519Signer(load(keys.PASS_SIGNING)).sign(b"pass")
    assert Ed25519Verifier(load(keys.PASS_VERIFYING)).verify(b"pass", signature)


def test_no_two_keys_are_alike(tmp_path: Path) -> None:
    make_keys(tmp_path)
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == len(present(tmp_path))


def test_a_key_is_never_overwritten_and_a_missing_one_is_made(tmp_path: Path) -> None:
    make_keys(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert make_keys(tmp_path) == []
    (tmp_path / keys.ORIGIN).unlink()
    (tmp_path / keys.SEALING).unlink()
    assert make_keys(tmp_path) == [keys.ORIGIN, keys.SEALING]
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {keys.ORIGIN}


@pytest.mark.parametrize("private", [keys.OPENING, keys.PASS_SIGNING])
def test_a_lost_private_half_is_not_replaced_behind_our_back(tmp_path: Path, private: str) -> None:
    make_keys(tmp_path)
    (tmp_path / private).unlink()
    with pytest.raises(ConfigurationFault, match=private):
        make_keys(tmp_path)
    assert not (tmp_path / private).exists()


def test_a_key_that_cannot_be_used_is_named_without_its_value(tmp_path: Path) -> None:
    load = KeyFolder(tmp_path).load
    with pytest.raises(ConfigurationFault, match=r"origin.key is missing"):
        load(keys.ORIGIN)
    make_keys(tmp_path)
    path = tmp_path / keys.ORIGIN
    path.chmod(0o640)
    with pytest.raises(ConfigurationFault, match="open to other users"):
        load(keys.ORIGIN)
    path.chmod(0o600)
    for damaged in (b"", b"c2hvcnQ=\n", b"not base64!"):
        path.write_bytes(damaged)
        with pytest.raises(ConfigurationFault, match="is damaged") as fault:
            load(keys.ORIGIN)
        assert "c2hvcnQ" not in str(fault.value)
