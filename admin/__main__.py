"""`python -m admin`."""

import sys

from admin.app import make_application
from core.commands.serving import serve

if __name__ == "__main__":
    sys.exit(serve("admin", "admin_port", make_application))
