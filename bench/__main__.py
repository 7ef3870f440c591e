"""`python -m bench` (or `make bench`): every benchmark, one after the other, each beside its anchor."""

from __future__ import annotations

import runpy
import sys

MODULES = ("box_office", "rush", "bot", "scan", "panel", "pictures", "figures", "tracing", "kills")

if __name__ == "__main__":
    for name in sys.argv[1:] or MODULES:
        print(f"\n== {name}", flush=True)
        runpy.run_module(f"bench.{name}", run_name="__main__")
