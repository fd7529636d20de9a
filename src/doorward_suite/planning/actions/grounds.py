"""What places are shown on: nothing, the picture of the plan, or a map with the place and zoom where it begins."""

from __future__ import annotations

from doorward import Caller, Invalid, transaction

from .. import access, live
from ..mercator import is_on_map
from ..models import MAP, NOTHING, PARTS, PLAN
from .consultations import name_of

LEAST_ZOOM, MOST_ZOOM = 0, 22


def degrees(typed: str) -> int | None:
    """A coordinate as it is stored, from degrees with a point or a comma; None where it is no number."""
    try:
        return round(float(typed.strip().replace(",", ".")) * PARTS)
    except (ValueError, OverflowError):
        return None


def show_places_on(
    actor: Caller, number: int, shows: str, *, centre: tuple[int | None, int | None], zoom: int | None, has_tiles: bool
) -> None:
    """Choose what places are shown on. Places that were given on another ground stay, and are not shown on this one.

    Arguments:
        shows: NOTHING, PLAN or MAP.
        centre: longitude and latitude where the map begins, as stored; looked at for a map only, as is the zoom.
        has_tiles: whether this server has a map.

    Errors:
        Invalid: there is no plan, or no map, or the beginning is none. NotFound, Forbidden: as of `organiser_in`.
    """
    lon, lat = centre
    with transaction(actor) as tx:
        consultation = access.organiser_in(tx.db, actor, number, lock=True).consultation
        problems = {}
        if shows not in (NOTHING, PLAN, MAP):
            problems["shows"] = "Choose what places are shown on."
        if shows == PLAN and not consultation.plan_file:
            problems["shows"] = "There is no picture of the plan yet: send one below."
        if shows == MAP and not has_tiles:
            problems["shows"] = "This server has no map. Its operator can set one (map_tiles)."
        if shows == MAP and (lon is None or lat is None or not is_on_map(lon, lat)):
            problems["map_lat"] = "Say where the map begins, in degrees, such as 48.1371 and 11.5754."
        if shows == MAP and (zoom is None or not LEAST_ZOOM <= zoom <= MOST_ZOOM):
            problems["map_zoom"] = f"Choose a zoom from {LEAST_ZOOM} to {MOST_ZOOM}."
        if problems:
            raise Invalid(problems)
        consultation.shows = shows
        if shows == MAP and lon is not None and lat is not None and zoom is not None:
            consultation.map_lon, consultation.map_lat, consultation.map_zoom = lon, lat, zoom
        tx.journal("planning.ground_chosen", on=name_of(number), shows=shows)
        live.tell_changed(tx, number)
