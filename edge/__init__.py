"""What the two servers share: the listening socket, the reading of bodies, static parts, the one sheet."""
