"""Messages and calls as the provider's REST interface shows them, and how many segments an SMS has."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from typing import Any

from standin.outgoing import API_VERSION
from standin.store import Call, Message

_SEPTETS = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = "\f^{}\\[~]|€"


def segments_of(text: str) -> int:
    """Counted for itself, as the real provider does: it shares no code with the product."""
    widths = [1 if char in _SEPTETS else 2 if char in _ESCAPED else 0 for char in text]
    single, part = 160, 153
    if 0 in widths:
        widths = [len(char.encode("utf-16-le")) // 2 for char in text]
        single, part = 70, 67
    if sum(widths) <= single:
        return 1
    count, room = 0, 0
    for width in widths:
        if room < width:
            count, room = count + 1, part
        room -= width
    return count


def message_shape(message: Message, account: str) -> dict[str, Any]:
    uri = f"/{API_VERSION}/Accounts/{account}/Messages/{message.sid}"
    return {
        "account_sid": account,
        "api_version": API_VERSION,
        "body": message.text,
        "date_created": _rfc2822(message.created),
        "date_sent": None if message.status == "queued" else _rfc2822(message.created),
        "date_updated": _rfc2822(message.created),
        "direction": "outbound-api",
        "error_code": message.error,
        "error_message": None,
        "from": None if message.service else message.sender,
        "messaging_service_sid": message.service,
        "num_media": "0",
        "num_segments": "0" if message.service else str(message.segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def call_shape(call: Call, account: str) -> dict[str, Any]:
    uri = f"/{API_VERSION}/Accounts/{account}/Calls/{call.sid}"
    begun = call.status not in ("queued", "ringing")
    return {
        "account_sid": account,
        "answered_by": None,
        "api_version": API_VERSION,
        "caller_name": None,
        "date_created": _rfc2822(call.created),
        "date_updated": _rfc2822(call.created),
        "direction": "inbound" if call.incoming else "outbound-api",
        "duration": "1" if call.status == "completed" else None,
        "end_time": _rfc2822(call.created) if call.final else None,
        "forwarded_from": None,
        "from": call.sender,
        "from_formatted": call.sender,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call.sid,
        "start_time": _rfc2822(call.created) if begun else None,
        "status": call.status,
        "subresource_uris": {},
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def _rfc2822(at: datetime) -> str:
    return format_datetime(at)
