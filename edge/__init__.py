"""What the two servers share: the listening socket, bodies, health, templates, static parts, the one sheet."""
