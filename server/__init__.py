"""Curbside's web application: a folder per feature, floors that import downward only (docs/ARCHITECTURE.md)."""
