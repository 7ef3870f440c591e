"""The pages; their order is that of the navigation."""

from types import ModuleType

from admin.pages import account, audit, home, join, preferences, signing_in, staff

PAGES: tuple[ModuleType, ...] = (home, staff, audit, account, join, preferences, signing_in)
