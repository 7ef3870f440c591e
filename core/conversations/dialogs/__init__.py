"""Every dialog, by its name."""

from __future__ import annotations

from collections.abc import Mapping

from core.conversations.dialogs.account import Account
from core.conversations.dialogs.base import Dialog
from core.conversations.dialogs.book import Book
from core.conversations.dialogs.cancel import Cancel
from core.conversations.dialogs.enrol import Enrol
from core.conversations.dialogs.forget import Forget
from core.conversations.dialogs.home import Home
from core.conversations.dialogs.language import Language
from core.conversations.dialogs.mine import Mine
from core.conversations.dialogs.move import Move
from core.conversations.dialogs.my_data import MyData
from core.conversations.dialogs.new_number import NewNumber
from core.conversations.dialogs.reduce import Reduce
from core.conversations.dialogs.register import Register
from core.conversations.dialogs.report import Report
from core.conversations.dialogs.suggesting import Quieter
from core.conversations.dialogs.take import Take
from core.conversations.dialogs.wait import Wait
from core.conversations.dialogs.waiting import Waiting

DIALOGS: Mapping[str, Dialog] = {
    dialog.name: dialog
    for dialog in (
        Home(),
        Book(),
        Register(),
        Mine(),
        Cancel(),
        Move(),
        Take(),
        Wait(),
        Waiting(),
        Reduce(),
        Quieter(),
        Language(),
        Account(),
        MyData(),
        NewNumber(),
        Forget(),
        Report(),
        Enrol(),
    )
}

__all__ = ["DIALOGS", "Dialog"]
