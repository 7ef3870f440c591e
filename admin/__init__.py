"""The staff panel: its own server, with its own keys, and none of those that open or find anything."""
