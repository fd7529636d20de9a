// Web Mercator: coordinates in degrees, and the plane from 0 to 1 both ways from its north-west corner, as tiles are cut.
export const NORTHERNMOST = Math.atan(Math.sinh(Math.PI)) * 180 / Math.PI;
export const TILE = 256;

export function toPlane(lon, lat) {
  const near = Math.min(Math.max(lat, -NORTHERNMOST), NORTHERNMOST) * Math.PI / 180;
  return { x: (lon + 180) / 360, y: (1 - Math.asinh(Math.tan(near)) / Math.PI) / 2 };
}

export function fromPlane({ x, y }) {
  return { lon: x * 360 - 180, lat: Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180 / Math.PI };
}

// The plane meets itself in the east and in the west.
export const around = (x) => ((x % 1) + 1) % 1;
