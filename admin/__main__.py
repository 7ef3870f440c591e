"""`python -m admin`."""

import sys

from admin.app import make_application
from core.commands.serving import serve
from edge.door import Door

if __name__ == "__main__":
    sys.exit(serve("admin", "admin_port", make_application, runner=Door))
