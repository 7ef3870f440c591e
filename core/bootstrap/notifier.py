"""The worker, built. It alone is handed the key that opens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import core.tables
from core.activities.service import Activities
from core.adapters import keys
from core.adapters.erasures import ErasuresFile
from core.adapters.sealing import (
    AesKeeper,
    HmacOrigin,
    HpkeOpener,
    HpkeSealer,
    sealing_keys_of,
)
from core.adapters.signing import Ed25519Signer
from core.adapters.system import SystemClock, SystemCodes
from core.adapters.telegram import TelegramChats
from core.adapters.twilio import TwilioAccount, TwilioCalls, TwilioTexts
from core.bookings.box_office import BoxOffice
from core.bookings.closed_sessions import TEMPLATE as CLOSED_SESSION
from core.bookings.closed_sessions import ClosedSessionMessage, tell_of_closed_sessions
from core.bookings.closures import TEMPLATE as CLOSURE
from core.bookings.closures import ClosureMessage, tell_of_closures
from core.bookings.provisional import TEMPLATE as CONFIRMATION
from core.bookings.provisional import ConfirmationCall, end_unconfirmed
from core.bookings.reminders import TEMPLATE as REMINDER
from core.bookings.reminders import ReminderMessage, remind
from core.bookings.service import Bookings
from core.bookings.staff_changes import TEMPLATE as STAFF_CHANGE
from core.bookings.staff_changes import StaffChangeMessage, tell_of_changes
from core.bookings.waiting_chores import forget_waits, serve_lists, tell_of_offers
from core.bookings.waiting_message import TEMPLATE as WAITING
from core.bookings.waiting_message import WaitingMessage
from core.bootstrap.my_data import MyDataSide
from core.bootstrap.tracing import TracingSide
from core.config import Settings
from core.conversations.erasures import keep_outside
from core.conversations.resealing import Resealing
from core.conversations.retention import Retention, at_once
from core.db.database import Database
from core.db.work import Work
from core.db.writer import Writer
from core.messages.chores import erase_expired, forget_at_provider
from core.messages.delivery import Delivery
from core.messages.forgeries import watch_forgeries
from core.messages.outbox import Order, Outbox
from core.messages.states import CALL, CHAT, SMS
from core.messages.templates import ByCall, ByChat, BySms, Medium
from core.messages.texts import Texts
from core.messages.to_staff import TEMPLATE as STAFF_NEWS
from core.messages.to_staff import StaffNews, TellStaff
from core.messages.worker import Chore, Notifier
from core.passes.service import Passes
from core.people.call_back import TEMPLATE as CALL_BACK
from core.people.call_back import CallBackMessage
from core.people.code_message import CodeMessage
from core.people.reaching import Addresses
from core.people.verification import TEMPLATE as CODE
from core.people.verification import erase_expired as erase_codes
from core.stats.absent import note_absences
from core.stats.alerting import watch_kpis
from core.stats.rollup import RollUp
from core.stats.targets import Targets
from core.tracing.repeating import Repeating
from core.tracing.spoken import OFFERS, Spoken, SpokenWords
from core.visits.retention import presence_chores
from core.visits.service import Visits
from core.visits.telling import tell_of_limits

assert core.tables


@dataclass(frozen=True)
class NotifierSide:
    """The worker. It alone can open boxes; nobody calls it."""

    settings: Settings
    opening_key: keys.KeyFile
    origin_key: keys.KeyFile
    signing_key: keys.KeyFile

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        settings = self.settings
        clock, codes, texts = SystemClock(), SystemCodes(), Texts(settings.zone)
        origin = HmacOrigin(self.origin_key)
        opener = HpkeOpener(self.opening_key, origin)
        sealer = HpkeSealer(sealing_keys_of(self.opening_key), origin)
        database = Database(settings.database_url)
        writer = Writer(database, clock)
        activities = Activities(database, clock, codes)
        passes = Passes(database, clock, codes, Ed25519Signer(self.signing_key))
        box_office = BoxOffice(activities, clock, settings)
        bookings = Bookings(database, clock, codes, sealer, box_office, activities, passes, settings)
        account = _twilio(settings)
        texts_out = TwilioTexts(account, settings.twilio_from or "") if account else None
        media: dict[str, Medium] = {}
        if account and texts_out:
            media = {SMS: BySms(texts_out), CALL: ByCall(TwilioCalls(account, settings.twilio_from or ""))}
        chats = _telegram(settings)
        if chats:
            media[CHAT] = ByChat(chats)
        outbox = Outbox(codes, clock, origin, sealer)
        tracing = TracingSide(
            settings, database, writer, clock, codes, texts, activities, outbox, origin, opener
        )
        tell_staff = TellStaff(
            outbox, clock, tracing.officers.on_duty, settings.staff_telegram_chat if chats else None
        )
        spoken = SpokenWords(database, clock, AesKeeper)
        speak = Repeating(clock, codes, outbox, spoken)
        offer = Repeating(clock, codes, outbox, spoken, _offered, OFFERS)
        my_data = MyDataSide(
            settings,
            database,
            writer,
            clock,
            texts,
            activities,
            orders=outbox,
            origin=origin,
            opener=opener,
            sealer=sealer,
            chats=chats,
            speak=speak,
            tell_staff=tell_staff,
        )
        delivery = Delivery(
            database,
            writer,
            clock,
            codes,
            origin,
            opener,
            media=media,
            templates={
                CODE: CodeMessage(texts, settings),
                CALL_BACK: CallBackMessage(),
                REMINDER: ReminderMessage(texts),
                CONFIRMATION: ConfirmationCall(clock, codes, outbox),
                CLOSURE: ClosureMessage(texts, speak),
                CLOSED_SESSION: ClosedSessionMessage(texts, speak),
                STAFF_CHANGE: StaffChangeMessage(texts, settings.contact_phone, speak),
                STAFF_NEWS: StaffNews(texts, speak),
                WAITING: WaitingMessage(texts, settings, offer, speak),
                **tracing.templates,
                **my_data.templates,
            },
            reach=Addresses(database, opener),
            answers=my_data.answers,
        )
        visits = Visits(database, clock, codes, activities, presence_days=settings.presence_days)
        chores = [
            erase_expired(clock),
            erase_codes(clock),
            *at_once(clock),
            Retention(database, writer, clock, settings, visits).chore,
            keep_outside(database, ErasuresFile(settings.erasures_journal)),
            Chore("lapsed holds", timedelta(seconds=30), _adding(bookings.sweep)),
            end_unconfirmed(database, clock, bookings),
            remind(database, clock, outbox, settings.zone),
            tell_of_closures(database, clock, outbox, codes, activities, settings.zone),
            tell_of_closed_sessions(database, clock, outbox, settings.zone),
            tell_of_changes(database, clock, outbox),
            serve_lists(database, clock, activities, bookings.waiting),
            tell_of_offers(database, clock, codes, outbox, settings.zone),
            forget_waits(clock),
            tell_of_limits(database, clock, activities, tell_staff),
            *tracing.chores,
            Resealing(database, clock, opener, sealer, origin, self._rotating).chore,
            note_absences(database, clock, activities),
            Chore("figures", timedelta(minutes=1), _refreshing(RollUp(database, writer, settings.zone))),
            watch_forgeries(database, clock, tell_staff),
            watch_kpis(
                database,
                clock,
                settings.zone,
                Targets(database, clock, codes, settings.zone),
                tell_staff,
            ),
            Chore("slots ahead", timedelta(hours=1), activities.plan_ahead),
            *presence_chores(visits),
            *([forget_at_provider(database, clock, texts_out)] if texts_out else []),
        ]
        try:
            await Notifier(database, writer, clock, delivery, chores).run()
        finally:
            await writer.close()
            await database.close()
            if account:
                await account.close()
            if chats:
                await chats.close()

    def _rotating(self) -> bool:
        return len(self.opening_key()) > 1 or len(self.origin_key()) > 1


def notifier_side(settings: Settings) -> NotifierSide:
    """Raises `ConfigurationFault` for a key that is missing."""
    folder = keys.KeyFolder(settings.keys_dir)
    return NotifierSide(
        settings, folder.file(keys.OPENING), folder.file(keys.ORIGIN), folder.file(keys.PASS_SIGNING)
    )


def _twilio(settings: Settings) -> TwilioAccount | None:
    """The account at the provider; None where it is not set up (`readyz` of `web` says so)."""
    if not (settings.twilio_account_sid and settings.twilio_auth_token and settings.twilio_from):
        return None
    return TwilioAccount(
        settings.twilio_account_sid,
        (settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value()),
        public_url=settings.public_url,
        api_url=settings.twilio_api_url,
    )


def _telegram(settings: Settings) -> TelegramChats | None:
    if settings.telegram_bot_token is None:
        return None
    return TelegramChats(settings.telegram_bot_token.get_secret_value(), settings.telegram_api_url)


def _offered(order: Order, sentence: str) -> Spoken:
    """Whom the answer to a call about a waiting list is from, and about which place."""
    return Spoken((sentence,), None, order.citizen_id, int(order.params["waiting"]))


def _refreshing(rollup: RollUp) -> Callable[[Work], Awaitable[None]]:
    """It commits by itself, batch by batch: the chore's own work stays empty."""

    async def do(_work: Work) -> None:
        await rollup.refresh()

    return do


def _adding(add: Callable[[Work], None]) -> Callable[[Work], Awaitable[None]]:
    async def do(work: Work) -> None:
        add(work)

    return do
