"""How sockets reach the hub."""
