"""The map of the settings, for apps: the pages that show it, and no others, let pictures come from its origin."""

from __future__ import annotations

from doorward.core.map_tiles import TileLayer
from doorward.settings import Settings
from doorward.web.here import here


def layer_of(settings: Settings) -> TileLayer | None:
    """The layer of map tiles that an operator has set."""
    if settings.map_tiles is None or settings.map_attribution is None:
        return None
    return TileLayer(settings.map_tiles, settings.map_attribution, settings.map_least_zoom, settings.map_most_zoom)


def has_map_tiles() -> bool:
    """Whether the operator has set a layer of map tiles. Widens nothing."""
    return layer_of(here().door.settings) is not None


def map_tiles() -> TileLayer | None:
    """The layer of map tiles that the operator has set, for the page that is answered with; None where there is none.

    The content policy of this one answer lets pictures come from the layer's origin. The view must say that it shows
    maps, by `@access.shows_maps`, so that `doorward routes` tells it.

    Errors:
        RuntimeError: the view does not say so.
    """
    at = here()
    if at.demand is None or not at.demand.shows_maps:
        raise RuntimeError("a view that shows map tiles says so: @access.shows_maps")
    layer = layer_of(at.door.settings)
    if layer is not None:
        at.pictures_from = layer.origin
    return layer
