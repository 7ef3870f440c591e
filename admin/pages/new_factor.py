"""What joining and changing telephones have in common: the fields, and the picture to point a telephone at."""

from __future__ import annotations

import segno

from admin.fields import Line, Secret
from admin.visit import Visit
from core.people.staff import Proposal
from core.people.staff_factor import address
from core.people.staff_passwords import weakness

NEW_PASSWORD = Secret("password", check=weakness, autocomplete="new-password")
REPEATED = Secret("repeated", autocomplete="new-password")
CODE = Line("code", longest=20, inputmode="numeric", autocomplete="one-time-code")


def shown(visit: Visit, proposal: Proposal, login: str) -> dict[str, str]:
    """The facts that `new_factor.html` shows: a QR code as `data:` picture, the secret in fours, and what the form
    brings back.
    """
    told = address(proposal.secret, login, visit.t("admin.title"))
    fours = [proposal.secret[place : place + 4] for place in range(0, len(proposal.secret), 4)]
    return {
        "qr": segno.make(told, error="m", micro=False).svg_data_uri(
            scale=5, border=4, dark="#000", light="#fff"
        ),
        "secret": " ".join(fours),
        "proposal": proposal.kept,
    }
