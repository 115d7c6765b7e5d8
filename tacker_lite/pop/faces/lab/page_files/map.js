// The topology as a drawing: cards and lines, or a field of cells when PoPs are many.

import { bits, cut, percent, plural, setAttribute, setText, svg, tone } from "./draw.js";

const MOST_CARDS = 40;
const CARD = { width: 168, height: 74 };
const WIDTH = 960;

export class PopMap {
  constructor(holder, legend, choose) {
    this.holder = holder;
    this.legend = legend;
    this.choose = choose;
    this.drawn = "";
  }

  update(model, chosen) {
    const names = [...model.pops.keys()];
    const shape = JSON.stringify([names, [...model.links.keys()]]);
    const many = names.length > MOST_CARDS;
    if (shape !== this.drawn) {
      this.drawn = shape;
      this.nodes = new Map();
      this.lines = new Map();
      this.shown = null;
      this.holder.replaceChildren(many ? this.cells(names) : this.cards(names, model));
    }
    if (many) this.updateCells(model, chosen);
    else this.updateCards(model, chosen);
  }

  // A node that can be pressed, also with the keyboard.
  button(name, attributes, ...children) {
    const press = () => this.choose(name);
    return svg("g", {
      class: "pop", role: "button", tabindex: 0, "data-pop": name,
      onclick: press,
      onkeydown: (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); press(); }
        this.move(event, name);
      },
      ...attributes,
    }, ...children);
  }

  // Arrow keys go to the nearest node in their direction.
  move(event, name) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const from = this.nodes.get(name);
    let best = null;
    for (const node of this.nodes.values()) {
      const ahead = (node.x - from.x) * way[0] + (node.y - from.y) * way[1];
      const aside = Math.abs((node.x - from.x) * way[1]) + Math.abs((node.y - from.y) * way[0]);
      const cost = ahead + 2 * aside;
      if (ahead > 1 && (!best || cost < best.cost)) best = { node, cost };
    }
    best?.node.group.focus();
  }

  // ---- few PoPs: cards

  cards(names, model) {
    const links = [...model.links.values()];
    const { places, height } = layout(names, links);
    const lines = svg("g", { class: "lines" });
    const nodes = svg("g");
    for (const [id, link] of model.links) {
      const from = places.get(link.left), to = places.get(link.right);
      if (from && to) lines.append(this.line(id, link, from, to));
    }
    for (const name of names) nodes.append(this.card(name, places.get(name)));
    return svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "group", "aria-label": "PoPs and links" }, lines, nodes);
  }

  card(name, { x, y }) {
    const dots = svg("g", { class: "dots" });
    const text = svg("text", { class: "sub", x: 12, y: 42 });
    const load = svg("rect", { class: "load", x: 12, y: CARD.height - 8, height: 3, rx: 1.5, width: 0 });
    const title = svg("title");
    const group = this.button(name, { transform: `translate(${x - CARD.width / 2} ${y - CARD.height / 2})` },
      title,
      svg("rect", { class: "card", width: CARD.width, height: CARD.height, rx: 10 }),
      svg("text", { class: "name", x: 12, y: 24 }, cut(name, 19)),
      text, dots,
      svg("rect", { class: "rail", x: 12, y: CARD.height - 8, height: 3, rx: 1.5, width: CARD.width - 24 }),
      load);
    this.nodes.set(name, { group, dots, text, load, title, x, y, said: "" });
    return group;
  }

  line(id, link, from, to) {
    const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
    const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
    const aside = { x: (-(to.y - from.y) / length) * 4.5, y: ((to.x - from.x) / length) * 4.5 };
    const track = (side) => `M${from.x + side * aside.x} ${from.y + side * aside.y}L${to.x + side * aside.x} ${to.y + side * aside.y}`;
    const path = track(0);
    const forth = svg("path", { class: "flow", d: track(1) });
    const back = svg("path", { class: "flow back", d: track(-1) });
    const does = svg("text", { class: "does", "text-anchor": "middle", y: -5 });
    const carries = svg("text", { class: "carries", "text-anchor": "middle", y: 11 });
    const plate = svg("rect", { class: "plate", rx: 7, y: -18, height: 36 });
    const title = svg("title");
    const chip = svg("g", { transform: `translate(${middle.x} ${middle.y})` }, plate, does, carries);
    const group = svg("g", { class: "link", "data-link": id }, title, svg("path", { class: "wire", d: path }), forth, back, chip);
    this.lines.set(id, { group, forth, back, does, carries, plate, title, chip });
    return group;
  }

  updateCards(model, chosen) {
    for (const [name, node] of this.nodes) {
      const sum = model.of(name);
      const busy = model.measured ? ` · CPU ${percent(sum.cpu)}` : "";
      setText(node.text, plural(sum.ids.length, "instance") + busy);
      const [used, all] = model.pops.get(name).vcpus;
      setAttribute(node.load, "width", Math.min(1, all ? used / all : 0) * (CARD.width - 24));
      setText(node.title, `${name}: ${used} of ${all} vCPUs given away`);
      node.group.classList.toggle("chosen", name === chosen);
      setAttribute(node.group, "aria-pressed", name === chosen);
      setAttribute(node.group, "aria-label", `PoP ${name}, ${plural(sum.ids.length, "instance")}`);
      this.dots(node, sum, model);
    }
    for (const [id, line] of this.lines) updateLine(line, model.links.get(id));
    setText(this.legend, "the bar below a PoP: vCPUs given away of its capacity");
  }

  // One dot for each instance, as far as there is room.
  dots(node, sum, model) {
    const most = 18;
    const shown = sum.ids.slice(0, sum.ids.length > most ? most - 2 : most);
    const states = shown.map((id) => tone(model.instances.get(id).status) + (model.instances.get(id).kind === "server" ? "" : " square"));
    const said = `${states.join()} ${sum.ids.length}`;
    if (said === node.said) return;
    node.said = said;
    node.dots.replaceChildren(...states.map((state, at) => state.endsWith("square")
      ? svg("rect", { class: `dot ${state}`, x: 12 + at * 8, y: 50, width: 6, height: 6, rx: 1 })
      : svg("circle", { class: `dot ${state}`, cx: 15 + at * 8, cy: 53, r: 3 })));
    if (sum.ids.length > shown.length) {
      node.dots.append(svg("text", { class: "more", x: 14 + shown.length * 8, y: 57 }, `+${sum.ids.length - shown.length}`));
    }
  }

  // ---- many PoPs: cells

  cells(names) {
    const columns = Math.ceil(Math.sqrt(names.length * 2));
    const size = WIDTH / columns;
    const rows = Math.ceil(names.length / columns);
    this.wires = svg("g", { class: "lines" });
    const field = svg("g");
    names.forEach((name, at) => {
      const x = (at % columns) * size, y = Math.floor(at / columns) * size;
      const title = svg("title");
      const body = svg("rect", { class: "cell", x: x + 1.5, y: y + 1.5, width: size - 3, height: size - 3, rx: Math.min(5, size / 6) });
      const group = this.button(name, { tabindex: at ? -1 : 0 }, title, body);
      this.nodes.set(name, { group, body, title, x: x + size / 2, y: y + size / 2 });
      field.append(group);
    });
    return svg("svg", { class: "field", viewBox: `0 0 ${WIDTH} ${rows * size}`, role: "group", "aria-label": "PoPs" }, field, this.wires);
  }

  updateCells(model, chosen) {
    let top = 1;
    for (const name of this.nodes.keys()) top = Math.max(top, model.of(name).ids.length);
    for (const [name, node] of this.nodes) {
      const sum = model.of(name);
      const count = sum.ids.length;
      const level = count ? 1 + Math.min(4, Math.floor((count / top) * 4)) : 0;
      setAttribute(node.body, "data-level", sum.bad ? "bad" : level);
      setText(node.title, `${name}: ${plural(count, "instance")}${model.measured ? `, CPU ${percent(sum.cpu)}` : ""}`);
      setAttribute(node.group, "aria-label", node.title.textContent);
      setAttribute(node.group, "aria-pressed", name === chosen);
      node.group.classList.toggle("chosen", name === chosen);
    }
    if (this.shown !== chosen) {
      this.shown = chosen;
      for (const node of this.nodes.values()) node.group.classList.remove("near");
      this.wires.replaceChildren(...this.wiresOf(model, chosen));
    }
    setText(this.legend, `${plural(this.nodes.size, "PoP")}: the fuller, the more instances; choose one to see its links`);
  }

  *wiresOf(model, chosen) {
    const from = this.nodes.get(chosen);
    for (const link of model.links.values()) {
      const other = link.left === chosen ? link.right : link.right === chosen ? link.left : null;
      const to = this.nodes.get(other);
      to?.group.classList.add("near");
      if (from && to) yield svg("path", { class: "wire", d: `M${from.x} ${from.y}L${to.x} ${to.y}` });
    }
  }
}

function updateLine(line, link) {
  if (!link) return;
  const does = describe(link);
  setText(line.does, does || "no delay or loss");
  const flows = link.flows ?? [0, 0];
  const sum = flows[0] + flows[1];
  setText(line.carries, link.up === false ? "down" : link.flows ? (sum ? bits(sum) : "idle") : "");
  setAttribute(line.does, "y", line.carries.textContent ? -4 : 4);
  const width = Math.max(line.does.textContent.length, line.carries.textContent.length) * 6.1 + 18;
  setAttribute(line.plate, "x", -width / 2);
  setAttribute(line.plate, "width", width);
  setText(line.title, `${link.left} – ${link.right}: ${does || "nothing is done to packets"}`);
  line.group.classList.toggle("down", link.up === false);
  [[line.forth, flows[0]], [line.back, flows[1]]].forEach(([path, flow]) => {
    const level = flow ? Math.min(5, Math.max(1, Math.floor(Math.log10(flow)) - 1)) : 0;
    setAttribute(path, "data-level", level);
  });
}

// What a link does to packets, in words.
export function describe(link) {
  const parts = [];
  if (link.delay_ms) parts.push(link.jitter_ms ? `${link.delay_ms} ± ${link.jitter_ms} ms` : `${link.delay_ms} ms`);
  else if (link.jitter_ms) parts.push(`± ${link.jitter_ms} ms`);
  if (link.loss_percent) parts.push(`${link.loss_percent} % loss`);
  if (link.rate_mbit) parts.push(`${link.rate_mbit} Mbit/s`);
  return parts.join(" · ");
}

// Places of PoPs: a row, or springs between linked ones, always the same for the same lab.
function layout(names, links) {
  const row = chain(names, links);
  if (row.length) {
    return { places: fit(new Map(row.map((name, at) => [name, { x: at, y: 0 }])), 260), height: 260 };
  }
  const count = names.length;
  const height = count <= 6 ? 420 : count <= 14 ? 520 : 760;
  const places = new Map(names.map((name, at) => {
    const turn = (2 * Math.PI * at) / count - Math.PI / 2;
    return [name, { x: Math.cos(turn) * 300, y: Math.sin(turn) * 200 }];
  }));
  if (count > 3) {
    relax([...places.values()], links.map((link) => [names.indexOf(link.left), names.indexOf(link.right)]));
  }
  return { places: fit(places, height), height };
}

// PoPs that links string up one after the other, in that order; else nothing.
function chain(names, links) {
  const beside = new Map(names.map((name) => [name, []]));
  for (const { left, right } of links) {
    beside.get(left)?.push(right);
    beside.get(right)?.push(left);
  }
  const ends = names.filter((name) => beside.get(name).length < 2);
  if (names.length > 5 || (links.length && links.length !== names.length - 1)) return [];
  if (!links.length) return names.length < 4 ? names : [];
  const row = [ends[0]];
  for (let next = ends[0]; next; ) {
    next = beside.get(next)?.find((name) => !row.includes(name));
    if (next) row.push(next);
  }
  return row.length === names.length ? row : [];
}

function relax(points, pairs) {
  const ideal = 900 / Math.sqrt(points.length);
  for (let round = 0; round < 300; round += 1) {
    const heat = 40 * (1 - round / 300);
    const moves = points.map(() => [0, 0]);
    for (let a = 0; a < points.length; a += 1) {
      for (let b = a + 1; b < points.length; b += 1) push(a, b, (d) => (ideal * ideal) / d);
    }
    for (const [a, b] of pairs) if (a >= 0 && b >= 0) push(a, b, (d) => -(d * d) / ideal);
    function push(a, b, force) {
      const dx = points[a].x - points[b].x || 0.1, dy = points[a].y - points[b].y || 0.1;
      const distance = Math.hypot(dx, dy), size = force(distance) / distance;
      moves[a][0] += dx * size; moves[a][1] += dy * size;
      moves[b][0] -= dx * size; moves[b][1] -= dy * size;
    }
    points.forEach((point, at) => {
      const [x, y] = moves[at], length = Math.hypot(x, y) || 1;
      point.x += (x / length) * Math.min(length, heat);
      point.y += (y / length) * Math.min(length, heat);
    });
  }
}

// Stretch places over the drawing.
function fit(places, height) {
  const points = [...places.values()];
  const span = (axis, room) => {
    const values = points.map((point) => point[axis]);
    const least = Math.min(...values), most = Math.max(...values);
    return (value) => (most - least < 1e-6 ? room / 2 : ((value - least) / (most - least)) * room);
  };
  const x = span("x", WIDTH - CARD.width - 40), y = span("y", height - CARD.height - 40);
  return new Map([...places].map(([name, point]) => [name, {
    x: x(point.x) + CARD.width / 2 + 20,
    y: y(point.y) + CARD.height / 2 + 20,
  }]));
}
