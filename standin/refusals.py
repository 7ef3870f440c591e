"""The provider's errors (https://www.twilio.com/docs/api/errors), and which numbers it takes."""

from __future__ import annotations

from urllib.parse import urlsplit

import phonenumbers
from aiohttp import web

_KNOWN = {
    20001: (400, "Parameter is not supported by the stand-in"),
    20003: (401, "Authenticate"),
    20009: (409, "Cannot delete a record that is still under way"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    21201: (400, "No 'To' number is specified"),
    21205: (400, "Url is not a valid URL"),
    21210: (400, "'From' number is not verified"),
    21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "Invalid 'From' Number"),
    21213: (400, "'From' phone number is required"),
    21408: (400, "Permission to send an SMS has not been enabled for the region of the 'To' number"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' phone number is required"),
    21604: (400, "A 'To' phone number is required"),
    21609: (400, "The 'StatusCallback' URL is not a valid URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21220: (400, "Invalid call state"),
}

LONGEST_TEXT = 1600
LONGEST_NAME = 11


class Refusal(Exception):
    """An error in the provider's words."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    def answer(self) -> web.Response:
        status, words = _KNOWN.get(self.code, (400, "Refused"))
        body = {
            "code": self.code,
            "message": words,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": status,
        }
        return web.json_response(body, status=status)


def number_type(number: str) -> int:
    """What kind of number, as `phonenumbers.PhoneNumberType`. Raises `Refusal` (21211) when it is none."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        raise Refusal(21211) from None
    if not phonenumbers.is_valid_number(parsed):
        raise Refusal(21211)
    return int(phonenumbers.number_type(parsed))


def check_mobile(number: str) -> None:
    """Raises `Refusal`: 21211 for no number, 21614 for a landline."""
    if number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE:
        raise Refusal(21614)


def check_sender(sender: str, *, may_be_name: bool) -> None:
    """A number in E.164, or, to send an SMS, a short name with at least one letter. Raises `Refusal`."""
    if sender.startswith("+") and sender[1:].isascii() and sender[1:].isdigit() and 8 <= len(sender) <= 16:
        return
    plain = sender.replace(" ", "")
    is_name = plain.isascii() and plain.isalnum() and not plain.isdigit() and len(sender) <= LONGEST_NAME
    if not (may_be_name and is_name):
        raise Refusal(21212)


def check_url(url: str, code: int) -> None:
    """Raises `Refusal` with this code when it is no address of the web."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refusal(code)
