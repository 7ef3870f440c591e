"""The worker's part of the citizens' own rights, built: what they ask for is answered, a new number is given."""

from __future__ import annotations

from collections.abc import Mapping

from core.activities.service import Activities
from core.adapters.one_time import EcdhSealer
from core.config import Settings
from core.conversations.my_data.answering import MyDataAnswer
from core.conversations.my_data.asking import MY_DATA, NEW_NUMBER
from core.conversations.my_data.renumbering import NewNumberAnswer
from core.conversations.my_data.summary import NUMBER_NEWS, SUMMARY, NumberNews, Summary
from core.db.database import Database
from core.db.writer import Writer
from core.messages.outbox import Outbox
from core.messages.templates import Answer, Speak, Template
from core.messages.texts import Texts
from core.messages.to_staff import TellStaff
from core.ports import Clock, FileSender, Opener, Origin, Sealer


class MyDataSide:
    def __init__(
        self,
        settings: Settings,
        database: Database,
        writer: Writer,
        clock: Clock,
        texts: Texts,
        activities: Activities,
        *,
        orders: Outbox,
        origin: Origin,
        opener: Opener,
        sealer: Sealer,
        chats: FileSender | None,
        speak: Speak,
        tell_staff: TellStaff,
    ) -> None:
        self.templates: Mapping[str, Template] = {
            SUMMARY: Summary(texts, settings, speak),
            NUMBER_NEWS: NumberNews(texts, settings, speak),
        }
        self.answers: Mapping[str, Answer] = {
            MY_DATA: MyDataAnswer(
                database,
                writer,
                clock,
                activities,
                texts,
                settings,
                opener=opener,
                origin=origin,
                sealer=EcdhSealer(),
                orders=orders,
                chats=chats,
                tell_staff=tell_staff,
            ),
            NEW_NUMBER: NewNumberAnswer(
                database,
                writer,
                clock,
                opener=opener,
                sealer=sealer,
                orders=orders,
                tell_staff=tell_staff,
            ),
        }
