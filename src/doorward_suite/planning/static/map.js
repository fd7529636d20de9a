// The map: tiles on a canvas, pins in an SVG above. A place is chosen by a click, or by the cross and Enter; what is
// chosen stands in two fields of the form, which work without this script too.
import { follow } from "./gestures.js";
import { around, fromPlane, TILE, toPlane } from "./mercator.js";
import { Tiles } from "./tiles.js";

const NEARER = 2; // so many levels further than the finest tiles
for (const figure of document.querySelectorAll("[data-map]")) begin(figure);

function begin(figure) {
  const [svg, canvas] = [figure.querySelector("svg"), figure.querySelector("canvas")];
  const { tiles: template, ...given } = figure.dataset;
  const [least, most] = [Number(given.least), Number(given.most)];
  const start = () => ({ ...toPlane(Number(given.lon), Number(given.lat)), zoom: Number(given.zoom) });
  const pins = [...svg.querySelectorAll("circle[data-lon]")].map((node) => ({ node, at: toPlane(Number(node.dataset.lon), Number(node.dataset.lat)) }));
  const [chosen, cross] = [svg.querySelector(".chosen"), svg.querySelector(".cross")];
  const view = start();
  const points = "points" in given;
  let [aim, place, waiting] = [null, null, false]; // where the cross is, and what was chosen

  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const scale = () => TILE * 2 ** view.zoom;
  const tiles = new Tiles(template, least, most, soon, () => { figure.querySelector("[data-lost]").hidden = false; });

  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  }

  function draw() {
    const { clientWidth: width, clientHeight: height } = svg;
    if (!width || !height) return;
    view.zoom = clamp(view.zoom, least, most + NEARER);
    view.x = around(view.x);
    view.y = clamp(view.y, 0, 1);
    const pixels = Math.min(window.devicePixelRatio || 1, 2);
    if (canvas.width !== Math.round(width * pixels) || canvas.height !== Math.round(height * pixels)) {
      [canvas.width, canvas.height] = [Math.round(width * pixels), Math.round(height * pixels)];
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(pixels, 0, 0, pixels, 0, 0);
    tiles.draw(pen, view, width, height);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    for (const { node, at } of pins) put(node, at);
    if (place) put(chosen, place);
    if (aim) {
      const { x, y } = onScreen(aim);
      cross.setAttribute("d", `M${x - 16} ${y}h32M${x} ${y - 16}v32`);
    }
    figure.dataset.at = `${view.x.toFixed(7)} ${view.y.toFixed(7)} ${view.zoom.toFixed(3)}`;
  }

  function put(node, at) {
    const { x, y } = onScreen(at);
    node.setAttribute("cx", x.toFixed(1));
    node.setAttribute("cy", y.toFixed(1));
  }

  function onScreen({ x, y }) {
    const across = around(x - view.x + 0.5) - 0.5; // the nearer way around the world
    return { x: across * scale() + svg.clientWidth / 2, y: (y - view.y) * scale() + svg.clientHeight / 2 };
  }

  function onPlane({ clientX, clientY }) {
    const box = svg.getBoundingClientRect();
    const [dx, dy] = [clientX - box.left - box.width / 2, clientY - box.top - box.height / 2];
    return { x: around(view.x + dx / scale()), y: clamp(view.y + dy / scale(), 0, 1) };
  }

  function zoom(factor, point) {
    const fixed = point ? onPlane(point) : aim ?? { x: view.x, y: view.y };
    const before = scale();
    view.zoom = clamp(view.zoom + Math.log2(factor), least, most + NEARER);
    const part = before / scale();
    view.x = fixed.x - (around(fixed.x - view.x + 0.5) - 0.5) * part;
    view.y = fixed.y - (fixed.y - view.y) * part;
    moved();
  }

  function drag(dx, dy) {
    view.x -= dx / scale();
    view.y -= dy / scale();
    moved();
  }

  function moved() {
    soon();
    if (!("centres" in given)) return;
    const { lon, lat } = fromPlane({ x: around(view.x), y: clamp(view.y, 0, 1) });
    const values = { map_lat: lat.toFixed(6), map_lon: lon.toFixed(6), map_zoom: String(Math.round(view.zoom)) };
    for (const [name, value] of Object.entries(values)) document.getElementById(name).value = value;
  }

  function choose(at) {
    if (!points) return;
    place = aim = at; // the keys go on from here
    chosen.setAttribute("visibility", "visible");
    const { lon, lat } = fromPlane(at);
    document.getElementById("lat").value = lat.toFixed(6);
    document.getElementById("lon").value = lon.toFixed(6);
    soon();
  }

  function step(dx, dy) {
    if (!points) return drag(-dx * svg.clientWidth / 10, -dy * svg.clientHeight / 10);
    aim ??= { x: view.x, y: view.y };
    aim = { x: around(aim.x + dx * svg.clientWidth / 20 / scale()), y: clamp(aim.y + dy * svg.clientHeight / 20 / scale(), 0, 1) };
    const { x, y } = onScreen(aim);
    const [width, height] = [svg.clientWidth, svg.clientHeight];
    view.x += (x - clamp(x, width * 0.1, width * 0.9)) / scale(); // the map goes along before the cross is lost
    view.y += (y - clamp(y, height * 0.1, height * 0.9)) / scale();
    cross.setAttribute("visibility", "visible");
    soon();
  }

  follow(svg, { drag, zoom, step, tap: (event) => choose(onPlane(event)), enter: points ? () => choose(aim ?? { x: view.x, y: view.y }) : null });
  for (const button of figure.querySelectorAll("[data-zoom]")) {
    if (button.tagName === "BUTTON") button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
  }
  figure.querySelector("[data-whole]").addEventListener("click", () => { Object.assign(view, start()); moved(); });
  for (const part of [figure, ...figure.querySelectorAll("[data-tools], [data-help]")]) part.hidden = false;
  figure.classList.add("works");
  if (points) {
    const fields = ["lon", "lat"].map((id) => document.getElementById(id));
    const show = () => {
      const [lon, lat] = fields.map((one) => parseFloat(one.value.replace(",", ".")));
      if (Math.abs(lon) <= 180 && Math.abs(lat) <= 85.05) choose(toPlane(lon, lat));
    };
    for (const one of fields) one.addEventListener("change", show);
    show();
  }
  new ResizeObserver(soon).observe(svg);
  draw();
}
