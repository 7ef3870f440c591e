"""The pages; their order is that of the navigation."""

from types import ModuleType

from admin.pages import (
    account,
    audit,
    day,
    day_counter,
    day_slot,
    figures,
    figures_kpis,
    figures_next,
    figures_peaks,
    gate,
    gate_hours,
    gate_line,
    gate_live,
    gate_phones,
    home,
    join,
    preferences,
    signing_in,
    staff,
)

PAGES: tuple[ModuleType, ...] = (
    home,
    day,
    day_slot,
    day_counter,
    gate_live,
    gate,
    gate_line,
    gate_hours,
    gate_phones,
    figures,
    figures_peaks,
    figures_kpis,
    figures_next,
    staff,
    audit,
    account,
    join,
    preferences,
    signing_in,
)
