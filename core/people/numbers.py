"""Telephone numbers: read from whatever was typed, classed before anything costs anything."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberType

from core.errors import Refused

MOBILE, LANDLINE = "mobile", "landline"
_LONGEST_TYPED = 40
_BESIDE_DIGITS = frozenset(" +-().,/")
_OPERATOR_DIGITS = 3

_ACCEPTED = {
    PhoneNumberType.MOBILE: MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: MOBILE,  # where the two look alike, an SMS finds out
    PhoneNumberType.FIXED_LINE: LANDLINE,
}
_REFUSED = {
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.TOLL_FREE: "shared_cost",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
}
_GREEK_FAMILIES = {"1": "short", "90": "premium", "80": "shared_cost", "70": "personal"}
"""National Numbering Plan of EETT. The families of whole blocks, since a number not given out yet may be
soon.
"""

_GREEK_PEOPLE = ("69", "2")
"""Mobiles and landlines of people; what looks like a mobile elsewhere (94, of machines) is nobody's telephone."""


@dataclass(frozen=True)
class PhoneNumber:
    """A number that we may reach: `kind` is `mobile` (by SMS) or `landline` (by a call)."""

    e164: str
    kind: str
    prefix: str
    """Country code and the first three digits of the national number: the operator or area, not the person.
    """

    def __repr__(self) -> str:
        return f"PhoneNumber({self.prefix}…, {self.kind})"  # logs and tracebacks show no number


def fold_digits(typed: str) -> str:
    """`typed` with digits of any script as 0-9, full-width signs as ASCII, and invisible marks left out."""
    kept = (char for char in unicodedata.normalize("NFKC", typed) if unicodedata.category(char) != "Cf")
    return "".join(str(unicodedata.decimal(char, char)) for char in kept).strip()


def parse_number(typed: str, region: str) -> PhoneNumber:
    """Read a number; without a country code it is one of `region` (ISO 3166, two letters).

    Raises `Refused`: `people.not_a_number`, `too_short`, `too_long`, `foreign`, `premium`, `shared_cost`,
    `personal`, `short` or `not_in_use`.
    """
    folded = fold_digits(typed[: _LONGEST_TYPED + 1])
    digits = "".join(char for char in folded if char.isdigit())
    if len(folded) > _LONGEST_TYPED or not digits or not set(folded) <= _BESIDE_DIGITS | set("0123456789"):
        raise Refused("people.not_a_number")
    if "+" not in folded and not digits.startswith("0") and len(digits) <= 5:
        raise Refused("people.short" if digits.startswith("1") and len(digits) >= 3 else "people.too_short")
    try:
        number = phonenumbers.parse(folded, region)
    except phonenumbers.NumberParseException as fault:
        raise Refused(f"people.{_why_unreadable(fault)}") from None
    if number.country_code != phonenumbers.country_code_for_region(region):
        raise Refused("people.foreign")
    _check_length(number)
    national = phonenumbers.national_significant_number(number)
    kind = phonenumbers.number_type(number)
    if kind in _ACCEPTED and (region != "GR" or national.startswith(_GREEK_PEOPLE)):
        prefix = f"+{number.country_code}{national[:_OPERATOR_DIGITS]}"
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return PhoneNumber(e164, _ACCEPTED[kind], prefix)
    raise Refused(f"people.{_REFUSED.get(kind) or _family(region, national)}")


def shown(e164: str) -> str:
    """As the people of its country write it; empty for what is no number (a sender may be a name)."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def _why_unreadable(fault: phonenumbers.NumberParseException) -> str:
    reasons = {
        phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: "foreign",
        phonenumbers.NumberParseException.TOO_SHORT_NSN: "too_short",
        phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
        phonenumbers.NumberParseException.TOO_LONG: "too_long",
    }
    return reasons.get(fault.error_type, "not_a_number")


def _check_length(number: phonenumbers.PhoneNumber) -> None:
    """Against the lengths of the numbers that we accept; premium and free ones may be of others."""
    reasons = {
        phonenumbers.is_possible_number_for_type_with_reason(number, kind)
        for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
    }
    if reasons == {phonenumbers.ValidationResult.TOO_SHORT}:
        raise Refused("people.too_short")
    if reasons == {phonenumbers.ValidationResult.TOO_LONG}:
        raise Refused("people.too_long")


def _family(region: str, national: str) -> str:
    if region != "GR":
        return "not_in_use"
    return next((why for lead, why in _GREEK_FAMILIES.items() if national.startswith(lead)), "not_in_use")
