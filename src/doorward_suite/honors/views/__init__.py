"""The pages of honors. A few lines each: who may enter stands above, what happens stands in `actions`."""

from . import admin, hiding, imports, papers, photos, public
from .base import blueprint

__all__ = ["admin", "blueprint", "hiding", "imports", "papers", "photos", "public"]
