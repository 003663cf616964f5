// Draws the timeline: one row for each tactic (or level, principal, address), a dot where findings are.
import { clock, count, day, gaps, levels, moment, noun, origin, plural, short, tactics } from "./data.js";
import { choose, chosen, fitting, whole } from "./filter.js";

const NS = "http://www.w3.org/2000/svg";
const laneHeight = 28;
const binWidth = 11;
const maxLanes = 14;
const shortest = 1000; // the shortest time that the plot shows, in milliseconds

function svg(name, attributes, text) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// view returns the time that the plot shows.
function view() {
  let from = chosen.from === null ? whole.from : chosen.from;
  let to = chosen.to === null ? whole.to : chosen.to;
  if (to - from < shortest) [from, to] = [(from + to - shortest) / 2, (from + to + shortest) / 2];
  const margin = chosen.from === null && chosen.to === null ? (to - from) * 0.015 : 0;
  return { from: from - margin, to: to + margin };
}

function zoomTo(from, to) {
  if (to - from < shortest) [from, to] = [(from + to - shortest) / 2, (from + to + shortest) / 2];
  if (from <= whole.from && to >= whole.to) choose({ from: null, to: null });
  else choose({ from: Math.round(from), to: Math.round(to) });
}

// zoom shows a part of the time as long as factor times the present one; move shifts it by a part of its length.
function zoom(factor, at) {
  const { from, to } = view();
  const middle = at === undefined ? (from + to) / 2 : at;
  zoomTo(middle - (middle - from) * factor, middle + (to - middle) * factor);
}

function move(part) {
  const { from, to } = view();
  const length = to - from;
  let start = from + length * part;
  start = Math.max(Math.min(start, whole.to - length), whole.from);
  zoomTo(start, start + length);
}

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800,
  1209600, 2592000, 7776000, 31536000].map((seconds) => seconds * 1000);

// ticks returns the times of the axis.
function ticks(from, to, most) {
  const step = steps.find((s) => (to - from) / s <= most) || steps[steps.length - 1];
  const list = [];
  for (let t = Math.ceil(from / step) * step; t <= to && list.length <= 40; t += step) list.push(t);
  return { list, step };
}

// lanesOf groups rows by what the rows of the plot stand for.
function lanesOf(kind, list) {
  const lanes = new Map();
  const add = (key, label, row) => {
    if (!lanes.has(key)) lanes.set(key, { key, label, rows: [] });
    lanes.get(key).rows.push(row);
  };
  for (const row of list) {
    if (row.time === null) continue;
    if (kind === "tactic") row.tactics.forEach((slug) => add(slug, tactics.get(slug), row));
    else if (kind === "level") add(row.level, levels[row.level], row);
    else if (kind === "actor") add(row.actor, short(row.actor), row);
    else (row.addresses.length ? row.addresses : [""]).forEach((a) => add(a, a ? origin(a) : "(no address)", row));
  }
  let sorted = [...lanes.values()];
  if (kind === "tactic") {
    const order = [...tactics.keys()];
    sorted.sort((a, b) => order.indexOf(a.key) - order.indexOf(b.key));
  } else if (kind === "level") sorted.sort((a, b) => b.key - a.key);
  else sorted.sort((a, b) => b.rows.length - a.rows.length);
  if (sorted.length > maxLanes) {
    const rest = sorted.slice(maxLanes - 1);
    sorted = sorted.slice(0, maxLanes - 1);
    sorted.push({ key: null, label: plural(rest.length, "other"), rows: rest.flatMap((lane) => lane.rows) });
  }
  return sorted;
}

const plot = () => document.getElementById("plot");

// draw draws the plot for the present filters. scale turns a place on the plot into a time.
let scale = null;

export function draw() {
  const box = plot();
  if (whole.from === null || document.getElementById("chart").hidden) return;
  const width = Math.max(320, box.clientWidth);
  const left = width < 480 ? 112 : 178;
  const right = 14;
  const { from, to } = view();
  const x = (time) => left + (time - from) / (to - from) * (width - left - right);
  scale = { time: (at) => from + (at - left) / (width - left - right) * (to - from), left, width };
  const lanes = lanesOf(document.getElementById("lanes").value, fitting(true));
  const height = Math.max(1, lanes.length) * laneHeight + 34;
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, height, "aria-hidden": "true" });
  for (const gap of gaps) {
    const start = Math.max(x(gap.from), left);
    const end = Math.min(x(gap.to), width - right);
    if (end <= start) continue;
    const band = svg("rect", { class: "gap", x: start, y: 0, width: end - start, height: height - 24 });
    band.append(svg("title", {}, gap.text + ", " + moment(gap.from) + " to " + moment(gap.to)));
    picture.append(band);
  }
  const axis = ticks(from, to, Math.max(2, Math.floor((width - left) / 110)));
  let shownDay = "";
  for (const time of axis.list) {
    picture.append(svg("line", { x1: x(time), x2: x(time), y1: 4, y2: height - 22 }));
    let text = axis.step % 60000 === 0 ? clock(time).slice(0, 5) : clock(time);
    if (axis.step >= 86400000) text = day(time);
    else if (day(time) !== shownDay) text = day(time).slice(5) + " " + text;
    shownDay = day(time);
    picture.append(svg("text", { x: x(time), y: height - 7, "text-anchor": "middle" }, text));
  }
  lanes.forEach((lane, n) => {
    const y = n * laneHeight + laneHeight / 2 + 6;
    picture.append(svg("line", { x1: left, x2: width - right, y1: y, y2: y }));
    const label = cut(lane.label, left < 150 ? 15 : 25);
    const name = svg("text", { class: "lane", x: 10, y: y + 4 }, label);
    name.append(svg("title", {}, lane.label));
    picture.append(name);
    for (const dot of dots(lane.rows, x, left, width - right)) {
      const circle = svg("circle", {
        class: levels[dot.level], cx: (left + (dot.bin + 0.5) * binWidth).toFixed(1), cy: y,
        r: Math.min(3.4 + 1.25 * Math.log2(dot.rows), laneHeight / 2 - 1).toFixed(1),
      });
      circle.append(svg("title", {}, plural(dot.rows, noun) + (noun === "finding" ? ", " + levels[dot.level] : "") + "\n" + dot.titles.join("\n") +
        "\n" + moment(dot.from) + (dot.to > dot.from ? " to " + clock(dot.to) : "")));
      circle.dataset.from = dot.from;
      circle.dataset.to = dot.to;
      picture.append(circle);
    }
  });
  if (lanes.length === 0) picture.append(svg("text", { class: "lane", x: 10, y: 26 }, "No " + noun + " fits the filters."));
  box.replaceChildren(picture);
  box.setAttribute("aria-label", `Timeline from ${moment(from)} to ${moment(to)}: ` +
    lanes.map((lane) => lane.label + " " + count(lane.rows.filter((row) => row.time >= from && row.first <= to).length)).join(", ") +
    ". Plus and minus zoom, the arrow keys move, 0 shows the whole time. The list below has the same content.");
}

// cut shortens a label. The end of a name tells more than its beginning, for words it is the other way round.
function cut(label, most) {
  if (label.length <= most) return label;
  return label.includes("/") ? "…" + label.slice(1 - most) : label.slice(0, most - 1) + "…";
}

// dots puts rows into bins of a fixed width, so that the picture stays small however many there are.
function dots(list, x, left, right) {
  const bins = new Map();
  for (const row of list) {
    const at = x(row.time);
    if (at < left || at > right) continue;
    const bin = Math.floor((at - left) / binWidth);
    let dot = bins.get(bin);
    if (!dot) bins.set(bin, dot = { bin, rows: 0, level: 0, titles: [], from: row.first, to: row.time });
    dot.rows++;
    dot.level = Math.max(dot.level, row.level);
    dot.from = Math.min(dot.from, row.first);
    dot.to = Math.max(dot.to, row.time);
    if (dot.titles.length < 6 && !dot.titles.includes(row.rule.title)) dot.titles.push(row.rule.title);
  }
  return bins.values();
}

// place returns where a pointer is on the plot, within its times.
function place(event) {
  const at = event.clientX - plot().getBoundingClientRect().left;
  return Math.min(Math.max(at, scale.left), scale.width - 14);
}

// startDragging zooms to what the pointer is dragged across.
function startDragging() {
  let begun = null;
  let brush = null;
  plot().addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !scale) return;
    begun = place(event);
    plot().setPointerCapture(event.pointerId);
  });
  plot().addEventListener("pointermove", (event) => {
    if (begun === null) return;
    const at = place(event);
    if (!brush) {
      brush = svg("rect", { class: "brush", y: 0, height: "100%" });
      plot().firstElementChild.append(brush);
    }
    brush.setAttribute("x", Math.min(begun, at));
    brush.setAttribute("width", Math.abs(at - begun));
  });
  plot().addEventListener("pointerup", (event) => {
    if (begun === null) return;
    const [start, end] = [begun, place(event)].sort((a, b) => a - b);
    const hit = document.elementFromPoint(event.clientX, event.clientY);
    const dot = hit && hit.closest("#plot circle");
    begun = null;
    if (brush) brush.remove();
    brush = null;
    if (end - start > 4) zoomTo(scale.time(start), scale.time(end));
    else if (dot) zoomTo(Number(dot.dataset.from) - 1000, Number(dot.dataset.to) + 1000);
  });
  plot().addEventListener("pointercancel", () => {
    begun = null;
    if (brush) brush.remove();
    brush = null;
  });
}

export function start() {
  if (whole.from === null) return;
  document.getElementById("chart").hidden = false;
  for (const [id, act] of [
    ["zoom-in", () => zoom(0.5)], ["zoom-out", () => zoom(2)], ["earlier", () => move(-0.5)], ["later", () => move(0.5)],
    ["zoom-all", () => choose({ from: null, to: null })],
  ]) document.getElementById(id).addEventListener("click", act);
  document.getElementById("lanes").addEventListener("change", draw);
  const keys = {
    "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), ArrowLeft: () => move(-0.25), ArrowRight: () => move(0.25),
    0: () => choose({ from: null, to: null }),
  };
  plot().addEventListener("keydown", (event) => {
    const act = !event.ctrlKey && !event.metaKey && !event.altKey && keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  if (noun === "event") document.getElementById("lanes").value = "actor";
  startDragging();
  let width = 0;
  new ResizeObserver(() => {
    if (plot().clientWidth !== width) {
      width = plot().clientWidth;
      draw();
    }
  }).observe(plot());
}
