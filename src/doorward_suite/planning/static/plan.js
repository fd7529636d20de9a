// The plan: moved by dragging and arrow keys, zoomed by wheel, pinch, + and −; a place is chosen by a click, or by the
// cross and Enter. What is chosen stands in the two fields of the form, which work without this script too.
import { follow } from "./gestures.js";

const SMALLEST = 1 / 16;

for (const figure of document.querySelectorAll("[data-plan]")) begin(figure);

function begin(figure) {
  const svg = figure.querySelector("svg");
  const [width, height] = [Number(svg.dataset.width), Number(svg.dataset.height)];
  const view = { x: 0, y: 0, size: 1 };
  const cross = { x: width / 2, y: height / 2 };
  const points = "points" in figure.dataset;

  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  function draw() {
    view.size = clamp(view.size, SMALLEST, 1);
    view.x = clamp(view.x, 0, width * (1 - view.size));
    view.y = clamp(view.y, 0, height * (1 - view.size));
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${width * view.size} ${height * view.size}`);
    for (const pin of svg.querySelectorAll(".pin")) {
      pin.dataset.r ??= pin.getAttribute("r");
      pin.setAttribute("r", String(Number(pin.dataset.r) * Math.sqrt(view.size)));
    }
    const arm = Math.max(width, height) * view.size / 30;
    svg.querySelector(".cross").setAttribute("d", `M${cross.x - arm} ${cross.y}h${2 * arm}M${cross.x} ${cross.y - arm}v${2 * arm}`);
  }

  function at(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return { x: clamp(point.x, 0, width), y: clamp(point.y, 0, height) };
  }

  function zoom(factor, around = { x: view.x + width * view.size / 2, y: view.y + height * view.size / 2 }) {
    const before = view.size;
    view.size = clamp(view.size / factor, SMALLEST, 1);
    view.x = around.x - (around.x - view.x) * view.size / before;
    view.y = around.y - (around.y - view.y) * view.size / before;
    draw();
  }

  function choose({ x, y }) {
    if (!points) return;
    Object.assign(cross, { x, y }); // the keys go on from here
    const chosen = svg.querySelector(".chosen");
    chosen.setAttribute("cx", String(x));
    chosen.setAttribute("cy", String(y));
    chosen.setAttribute("visibility", "visible");
    document.getElementById("across").value = (100 * x / width).toFixed(2);
    document.getElementById("down").value = (100 * y / height).toFixed(2);
  }

  function drag(dx, dy) {
    const scale = width * view.size / svg.getBoundingClientRect().width;
    view.x -= dx * scale;
    view.y -= dy * scale;
    draw();
  }

  function step(dx, dy) {
    cross.x = clamp(cross.x + dx * width * view.size / 20, 0, width);
    cross.y = clamp(cross.y + dy * height * view.size / 20, 0, height);
    view.x = clamp(view.x, cross.x - width * view.size * 0.9, cross.x - width * view.size * 0.1);
    view.y = clamp(view.y, cross.y - height * view.size * 0.9, cross.y - height * view.size * 0.1);
    if (points) svg.querySelector(".cross").setAttribute("visibility", "visible");
    draw();
  }

  follow(svg, {
    drag,
    step,
    zoom: (factor, point) => zoom(factor, point ? at(point) : cross),
    tap: (event) => choose(at(event)),
    enter: points ? () => choose(cross) : null,
  });
  for (const button of figure.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
  figure.querySelector("[data-whole]").addEventListener("click", () => { view.size = 1; draw(); });
  for (const part of figure.querySelectorAll("[data-tools], [data-help]")) part.hidden = false;
  figure.classList.add("works");
  if (points) {
    const fields = ["across", "down"].map((id) => document.getElementById(id));
    const show = () => {
      const [x, y] = fields.map((one) => parseFloat(one.value.replace(",", ".")));
      if (x >= 0 && x <= 100 && y >= 0 && y <= 100) choose({ x: x / 100 * width, y: y / 100 * height });
    };
    for (const one of fields) one.addEventListener("change", show);
    show();
  }
  draw();
}
