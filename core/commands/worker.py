"""The worker's process: `paso worker`, or `python -m core.commands.worker`, which loads nothing else."""

from __future__ import annotations

import asyncio
import sys

from core.adapters.logs import configure_logs
from core.bootstrap.notifier import notifier_side
from core.commands.processes import WORKER, check_wall
from core.config import read_settings
from core.errors import ConfigurationFault


def work() -> None:
    """Run until stopped. Raises `ConfigurationFault` for a key or secret that is missing, or too many."""
    settings = read_settings()
    check_wall(WORKER, settings)
    configure_logs(settings.log_level)
    asyncio.run(notifier_side(settings).run())


if __name__ == "__main__":
    try:
        work()
    except ConfigurationFault as fault:
        sys.exit(str(fault))
