"""Every page as a picture, at phone and desktop width, light and dark, into docs/screens/: `make screens`.

The clock stands still at ten on a Tuesday, the cameras show two drawn people, and what is drawn by lot is covered by
something of the same size, so that a picture changes only when its page does; one that has not changed is left alone.
Pictures are reduced to few colours to stay small.
"""
