"""Staff who open the desk, and the tab in which they serve somebody."""

from __future__ import annotations

from core.db.work import Work
from core.people.staff_model import staff
from core.people.staff_roles import Role
from tests.conversations.web_person import WebPerson
from tests.whole.town import Town


async def clerk(town: Town, *roles: Role, active: bool = True) -> int:
    """An account, of the desk unless said otherwise."""
    side, work = town.side, Work()
    staff_id = side.house.codes.new_id()
    work.insert(
        staff,
        id=staff_id,
        login=f"clerk-{staff_id}",
        password="-",
        factor=b"-",
        factor_step=0,
        roles=[str(role) for role in roles or (Role.DESK,)],
        active=active,
        joined_at=town.clock.now(),
    )
    await side.house.writer.commit(work)
    return staff_id


async def ticket(town: Town, staff_id: int) -> str:
    """As the panel makes it."""
    work = Work()
    made = town.side.desk.make(work, staff_id)
    await town.side.house.writer.commit(work)
    return made


class DeskTab(WebPerson):
    """The tab of the citizens' side, for one person after another."""

    def __init__(self, town: Town, language: str = "el") -> None:
        super().__init__(town.address, language)
        self.town = town

    async def enter(self, shown: str, language: str = "el") -> None:
        await self.post("/desk", {"ticket": shown, "language": language})

    async def serve(self, staff_id: int, language: str = "el") -> None:
        """A new ticket, handed over."""
        await self.enter(await ticket(self.town, staff_id), language)

    async def finish(self) -> None:
        (button, *_) = [each for each in self.page.buttons if each.form.action == "/desk/forget"]
        await self.send(button)
