// Tiles of a map: fetched as they are needed, some kept, drawn on a canvas. Of the page only its origin is told there.
import { TILE } from "./mercator.js";

const MOST_KEPT = 300;
const LEVELS_ABOVE = 3;

export class Tiles {
  // template: with {z} {x} {y}. least, most: zoom levels. onLoad: something can be drawn anew. onLost: a tile did not come.
  constructor(template, least, most, onLoad, onLost) {
    Object.assign(this, { template, least, most, onLoad, onLost });
    this.kept = new Map();
  }

  fetch(z, x, y) {
    const key = `${z}/${x}/${y}`;
    let tile = this.kept.get(key);
    if (tile) {
      this.kept.delete(key);
    } else {
      tile = new Image();
      tile.crossOrigin = "anonymous"; // without cookies, and as the page's own policy asks
      tile.referrerPolicy = "strict-origin";
      tile.decoding = "async";
      tile.onload = this.onLoad;
      tile.onerror = this.onLost;
      tile.src = this.template.replace("{z}", z).replace("{x}", x).replace("{y}", y);
    }
    this.kept.set(key, tile); // the newest stand last
    for (const old of this.kept.keys()) {
      if (this.kept.size <= MOST_KEPT) break;
      this.kept.delete(old);
    }
    return tile;
  }

  // Draw what is around a place of the plane. view: x, y of the middle and zoom. width, height: in pixels of the page.
  draw(pen, view, width, height) {
    const z = Math.min(Math.max(Math.round(view.zoom), this.least), this.most);
    const count = 2 ** z;
    const side = TILE * 2 ** (view.zoom - z);
    const [left, top] = [view.x * count - width / 2 / side, view.y * count - height / 2 / side];
    pen.clearRect(0, 0, width, height);
    for (let row = Math.max(0, Math.floor(top)); row < Math.min(count, top + height / side); row += 1) {
      for (let column = Math.floor(left); column < left + width / side; column += 1) {
        const x = ((column % count) + count) % count;
        // Up to the next pixel, so that no seam is seen between two.
        const [from, to] = [Math.floor((column - left) * side), Math.ceil((column + 1 - left) * side)];
        const [above, below] = [Math.floor((row - top) * side), Math.ceil((row + 1 - top) * side)];
        this.drawOne(pen, z, x, row, from, above, to - from, below - above);
      }
    }
  }

  drawOne(pen, z, x, y, left, top, width, height) {
    const tile = this.fetch(z, x, y);
    if (tile.complete && tile.naturalWidth) return pen.drawImage(tile, left, top, width, height);
    for (let up = 1; up <= LEVELS_ABOVE && z - up >= this.least; up += 1) { // what is coarser and there already
      const parent = this.kept.get(`${z - up}/${x >> up}/${y >> up}`);
      if (!parent?.complete || !parent.naturalWidth) continue;
      const [part, size] = [2 ** up, parent.naturalWidth / 2 ** up];
      return pen.drawImage(parent, (x % part) * size, (y % part) * size, size, size, left, top, width, height);
    }
  }
}
