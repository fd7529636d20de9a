"""Web Mercator, as map tiles are cut (EPSG:3857; OGC 17-083r2, "WebMercatorQuad"). Plain values only.

The plane goes from 0 to 1 both ways, from the north-west corner; at zoom z it is 2^z tiles wide.
"""

from __future__ import annotations

import math

from .models import PARTS

#: Where the plane ends in the north and in the south, in degrees.
NORTHERNMOST = math.degrees(math.atan(math.sinh(math.pi)))
#: The same as coordinates are stored.
MOST_LON, MOST_LAT = 180 * PARTS, int(NORTHERNMOST * PARTS)


def is_on_map(lon: int, lat: int) -> bool:
    """Whether coordinates, as they are stored, lie on the plane."""
    return abs(lon) <= MOST_LON and abs(lat) <= MOST_LAT


def to_plane(lon: float, lat: float) -> tuple[float, float]:
    """The place of a coordinate on the plane.

    Arguments:
        lon, lat: in degrees (WGS84); what lies beyond the plane's edge is taken as on it.
    """
    lat = max(-NORTHERNMOST, min(NORTHERNMOST, lat))
    return (lon + 180) / 360, (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2


def from_plane(x: float, y: float) -> tuple[float, float]:
    """The coordinate of a place on the plane, as longitude and latitude in degrees."""
    return x * 360 - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y))))


def ninths(lon: float, lat: float, zoom: int) -> tuple[list[float], list[float]]:
    """The square of three by three tiles around a place: the four longitudes and the four latitudes of its lines.

    Arguments:
        lon, lat: of its middle, in degrees.
        zoom: at which its parts are as wide as a tile.

    Results:
        Longitudes from west to east, latitudes from north to south.
    """
    x, y = to_plane(lon, lat)
    steps = [(step - 1.5) / 2**zoom for step in range(4)]
    return [from_plane(x + step, 0)[0] for step in steps], [from_plane(0, y + step)[1] for step in steps]
