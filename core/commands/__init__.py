"""`paso`: the command line, and how processes are started."""
