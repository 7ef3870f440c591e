"""What a process has in its memory, as somebody who has taken it over could copy it."""

from __future__ import annotations

import re
from pathlib import Path

_PAGE = 4096
_EMPTY = bytes(_PAGE)


def dump(pid: int) -> bytes:
    """Everything the process can write to, without pages of zeros. Linux; its parent or root may look.

    Pieces that do not follow each other are kept apart by a page of 0xff, so that nothing is found across a seam.
    """
    pieces = []
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            found = re.match(r"(\w+)-(\w+) (\S+)", line)
            assert found is not None
            begin, end = int(found[1], 16), int(found[2], 16)
            if not found[3].startswith("rw"):
                continue
            try:
                memory.seek(begin)
                block = memory.read(end - begin)
            except (OSError, OverflowError):  # a part that cannot be read
                continue
            pieces.append(_without_empty_pages(block))
    return (b"\xff" * _PAGE).join(pieces)


def _without_empty_pages(block: bytes) -> bytes:
    pages = (block[at : at + _PAGE] for at in range(0, len(block), _PAGE))
    kept, was_empty = [], False
    for page in pages:
        if page == _EMPTY:
            was_empty = True
            continue
        kept.append(b"\xff" * _PAGE + page if was_empty else page)
        was_empty = False
    return b"".join(kept)
