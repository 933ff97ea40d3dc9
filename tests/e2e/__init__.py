"""Journeys in real browsers. A package, so that its browsers end with its last test: they hold an event loop."""
