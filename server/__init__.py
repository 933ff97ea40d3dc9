"""Curbside's web application: a folder per feature, floors that import downward only (docs/ARCHITECTURE.md)."""

import gc

# Of the hundreds of modules loaded next nothing is let go: to look for it every 700 objects took a fifth of the start.
gc.set_threshold(50_000, 10, 10)
