"""What a provider's error code means for us: try again, give up, or call an engineer.

The codes are Twilio's (https://www.twilio.com/docs/api/errors). They come in the answer to a request (21xxx,
20xxx) or later in a status callback (30xxx), so both the adapter and whoever hears callbacks ask here.
"""

from __future__ import annotations

PERMANENT = "permanent"
TEMPORARY = "temporary"
TECHNICAL = "technical"
UNKNOWN = "unknown"

OPTED_OUT = "21610"
"""The person has written STOP: no SMS, but a call is still allowed."""

NOT_FOR_SMS = frozenset({"21614", "30006"})
"""The number is a landline, or cannot have SMS: said at once, or only in the callback. A call reaches it."""

_KINDS = {
    "20003": TECHNICAL,  # wrong credentials
    "20404": TECHNICAL,  # no such account or record
    "20429": TEMPORARY,  # too many requests: this one was not processed
    "21211": PERMANENT,  # not a telephone number
    "21217": PERMANENT,  # not a telephone number (calls)
    "21610": PERMANENT,  # opted out
    "21612": PERMANENT,  # no route to this number from our sender
    "21614": PERMANENT,  # not a mobile
    "30001": TEMPORARY,  # queue full
    "30002": TECHNICAL,  # account suspended
    "30003": TEMPORARY,  # telephone unreachable: off, or without coverage
    "30004": PERMANENT,  # blocked by its owner or carrier
    "30005": PERMANENT,  # no such telephone
    "30006": PERMANENT,  # landline, or a carrier that takes no SMS
    "30007": PERMANENT,  # filtered by the carrier: the same words would be filtered again
    "30008": TEMPORARY,  # the carrier gives no reason
}


def kind_of(code: str, status: int = 400) -> str:
    """The `kind` of `SendingFailed` for an error code (digits, or empty) and an HTTP status.

    A 5xx is `unknown`: the request may have been carried out before the provider stumbled. A code that is not
    in the table is `technical`: trying it again blindly would only cost money.
    """
    if code in _KINDS:
        return _KINDS[code]
    if status == 429:
        return TEMPORARY
    return UNKNOWN if status >= 500 else TECHNICAL
