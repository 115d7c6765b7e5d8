// Making elements and writing numbers.  Text only ever goes in as text: names are
// users', and what they write must not become markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export const html = (name, attributes = {}, ...children) =>
  fill(document.createElement(name), attributes, children);

export const svg = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

const scaled = (value, base, units) => {
  let at = 0;
  while (value >= base && at < units.length - 1) { value /= base; at += 1; }
  const digits = value >= 100 || at === 0 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[at]}`;
};

export const bytes = (value) => scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);
export const bits = (perSecond) => scaled(perSecond * 8, 1000, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"]);
export const percent = (value) => `${value >= 10 ? value.toFixed(0) : value.toFixed(1)} %`;
export const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
export const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

// A little line over the last minute.
export function spark(width = 84, height = 22) {
  const line = svg("polyline", { class: "line" });
  const area = svg("polygon", { class: "area" });
  const node = svg("svg", { class: "spark", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, area, line);
  node.draw = (values, least = 0) => {
    const top = Math.max(least, ...values);
    const step = width / 59;
    const start = width - (values.length - 1) * step;
    const points = values.map((value, at) => {
      const y = height - 1.5 - (top ? value / top : 0) * (height - 4);
      return `${(start + at * step).toFixed(1)},${y.toFixed(1)}`;
    });
    setAttribute(line, "points", points.join(" "));
    setAttribute(area, "points", values.length ? [`${start.toFixed(1)},${height}`, ...points, `${width},${height}`].join(" ") : "");
  };
  return node;
}

export const STATES = {
  ACTIVE: "good", ONLINE: "good", BUILD: "busy", REBOOT: "busy", HARD_REBOOT: "busy",
  PENDING_CREATE: "busy", PENDING_UPDATE: "busy", PENDING_DELETE: "busy", DELETING: "busy",
  RESIZE: "busy", REBUILD: "busy", VERIFY_RESIZE: "busy", MIGRATING: "busy",
  DEGRADED: "warn", DRAINING: "warn", ERROR: "bad", NO_MONITOR: "idle",
};
export const tone = (status) => STATES[status] ?? "idle";
