"""The pages of honors. A few lines each: who may enter stands above, what happens stands in `actions`."""

from . import admin, api, hiding, imports, papers, photos, public
from .base import blueprint

__all__ = ["admin", "api", "blueprint", "hiding", "imports", "papers", "photos", "public"]
