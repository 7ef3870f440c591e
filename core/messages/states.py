"""The states of a message, which only move forward: queued, sending, sent, then delivered or failed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Update, update

from core.messages.model import outbox

QUEUED, SENDING, SENT, DELIVERED, FAILED = "queued", "sending", "sent", "delivered", "failed"
FINAL = frozenset({DELIVERED, FAILED})
SMS, CALL, CHAT = "sms", "call", "telegram"

FORGOTTEN = "forgotten"
"""The fault of an order whose citizen was forgotten: what is left of it no longer fits its MAC, and is no forgery."""

_EARLIER = {
    SENDING: (QUEUED, SENDING),  # again, once a lease has run out
    SENT: (QUEUED, SENDING),
    DELIVERED: (QUEUED, SENDING, SENT),
    FAILED: (QUEUED, SENDING, SENT),
}
_OF_SMS = {
    "accepted": SENT,
    "scheduled": SENT,
    "queued": SENT,
    "sending": SENT,
    "sent": SENT,
    "delivered": DELIVERED,
    "read": DELIVERED,
    "undelivered": FAILED,
    "failed": FAILED,
    "canceled": FAILED,
}
_OF_CALL = {
    "queued": SENT,
    "initiated": SENT,
    "ringing": SENT,
    "in-progress": SENT,
    "answered": SENT,
    "completed": DELIVERED,
    "busy": FAILED,
    "no-answer": FAILED,
    "failed": FAILED,
    "canceled": FAILED,
}
_UNANSWERED = frozenset({"busy", "no-answer"})


def state_of(medium: str, provider_status: str) -> str | None:
    """What a provider's word means for us; None for one we do not know (they may be added unannounced)."""
    return (_OF_CALL if medium == CALL else _OF_SMS).get(provider_status)


def fault_of_status(provider_status: str) -> str:
    """The kind of fault that a status without an error code stands for."""
    return "temporary" if provider_status in _UNANSWERED else "technical"


def forward(order_id: int, state: str, at: datetime, **changes: Any) -> Update:
    """Move an order to `state`, erasing its box with a final one. It never moves back."""
    if state in FINAL:
        changes.setdefault("box", None)
    if state in (SENT, DELIVERED):
        changes["fault"] = None  # of an earlier attempt
    return (
        update(outbox)
        .where(outbox.c.id == order_id, outbox.c.state.in_(_EARLIER[state]))
        .values(state=state, changed_at=at, **changes)
    )
