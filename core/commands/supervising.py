"""What the supervisor is told: restart each process on its own, and give each only its own environment."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from core.commands.processes import Process, environment
from core.config import Settings
from core.errors import ConfigurationFault

_UNWRITABLE = re.compile(r"""["\n]|\s[;#]|^'|'$""")
_HEAD = """\
[supervisord]
nodaemon=true
silent=true
logfile={run}/supervisord.log
logfile_maxbytes=1MB
logfile_backups=1
pidfile={run}/supervisord.pid
childlogdir={logs}
umask=077
{user}
[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{socket}
"""
_PROGRAM = """
[program:{name}]
command={command}
directory={directory}
environment={environment}
autorestart=true
startsecs=1
startretries=1000
stopwaitsecs=15
stopasgroup=false
killasgroup=true
redirect_stderr=true
stdout_logfile={logs}/{name}.log
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=3
"""


def configuration(
    settings: Settings, processes: Sequence[Process], logs: Path, run: Path, socket: Path
) -> str:
    """The text of `supervisord.conf`. It holds secrets: keep it 0600."""
    user = "user=root\n" if os.geteuid() == 0 else ""
    head = _HEAD.format(
        run=_plain(run.resolve()), logs=_plain(logs.resolve()), socket=_plain(socket), user=user
    )
    programs = [
        _PROGRAM.format(
            name=process.name,
            command=_plain(" ".join(_quoted(part) for part in process.command)),
            directory=_plain(Path.cwd()),
            environment=_plain(_pairs(environment(process, settings))),
            logs=_plain(logs.resolve()),
        )
        for process in processes
    ]
    return head + "".join(programs)


def _pairs(values: dict[str, str]) -> str:
    """Supervisor knows no escape inside quotes, and takes ` ;` and ` #` for the beginning of a comment."""
    for name, value in values.items():
        if _UNWRITABLE.search(value):
            raise ConfigurationFault(
                f"{name}: a quotation mark, or a ; or # after a space, cannot be passed on."
            )
    return ",".join(f'{name}="{value}"' for name, value in values.items())


def _quoted(value: str) -> str:
    """As the supervisor's `shlex.split` reads it back."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain(value: object) -> str:
    """`%` begins an expansion in this file."""
    return str(value).replace("%", "%%")
