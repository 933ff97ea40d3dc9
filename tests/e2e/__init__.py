"""Journeys in real browsers. A package, so that its browsers end with its last test: they hold their thread's event loop."""
