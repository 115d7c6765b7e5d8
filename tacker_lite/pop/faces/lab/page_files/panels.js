// Load balancers, links, events and the sums at the top.

import { bits, bytes, html, percent, setAttribute, setText, spark, tone } from "./draw.js";
import { describe } from "./map.js";
import { arrange } from "./table.js";

const MOST_LINKS = 50;
const MOST_BALANCERS = 60;
const MOST_MEMBERS = 24;

export function totals(node, model) {
  const entries = [["PoPs", model.pops.size.toLocaleString("en")], ["Instances", model.total.instances.toLocaleString("en")]];
  if (model.measured) {
    entries.push(["CPU", percent(model.total.cpu)], ["Memory", bytes(model.total.memory)],
      ["In", bits(model.total.rx)], ["Out", bits(model.total.tx)]);
  }
  if (node.children.length !== entries.length) {
    node.replaceChildren(...entries.map(([name]) => html("div", {}, html("dt", {}, name), html("dd"))));
  }
  entries.forEach(([name, value], at) => {
    setText(node.children[at].firstElementChild, name);
    setText(node.children[at].lastElementChild, value);
  });
}

export class EventList {
  constructor(list, note) {
    this.list = list;
    this.note = note;
    this.last = 0;
  }

  update(model, chosen) {
    if (chosen !== this.chosen || model.generation !== this.generation) {
      this.chosen = chosen;
      this.generation = model.generation;
      this.last = 0;
      this.list.replaceChildren();
    }
    const fresh = model.events.filter(([number, , pop]) => number > this.last && (!chosen || pop === chosen));
    if (model.events.length) this.last = model.events.at(-1)[0];
    this.list.prepend(...fresh.reverse().map(eventItem));
    while (this.list.children.length > 200) this.list.lastElementChild.remove();
    setText(this.note, this.list.children.length ? (chosen ? `of ${chosen}` : "newest first") : "nothing has happened yet");
  }
}

function eventItem([number, time, pop, kind, name, text]) {
  const bad = /error|fail|killed|lost|could not|down/i.test(text);
  return html("li", { "data-number": number, class: bad ? "bad" : "" },
    html("time", { datetime: time, title: time }, new Date(time).toLocaleTimeString("en-GB")),
    html("div", {}, html("span", { class: "what" }, kind.replaceAll("_", " ")), " ",
      html("b", {}, name), pop ? html("span", { class: "about" }, pop) : null,
      html("p", {}, text)));
}

export class Balancers {
  constructor(panel, holder) {
    this.panel = panel;
    this.holder = holder;
    this.said = "";
  }

  update(model, chosen) {
    const found = [...model.balancers].filter(([id]) => model.instances.has(id) && (!chosen || model.instances.get(id).pop === chosen));
    this.panel.hidden = !found.length;
    const shown = found.slice(0, MOST_BALANCERS).map(([id, health]) => [id, health, model.instances.get(id)]);
    const said = JSON.stringify([shown, found.length]);
    if (said === this.said) return;
    this.said = said;
    this.holder.replaceChildren(...shown.map((one) => this.card(...one)),
      ...(found.length > shown.length ? [html("p", { class: "rest" }, `and ${found.length - shown.length} more`)] : []));
  }

  card(id, health, instance) {
    const members = health.members ?? [];
    const [active, total] = health.connections ?? [0, 0];
    return html("article", { class: "card", "data-id": id },
      html("h3", {}, instance.name || id, " ", html("span", { class: `pill ${tone(health.health)}` }, health.health ?? instance.status)),
      html("p", { class: "about" }, `${instance.pop} · ${instance.addresses.join(", ")} · ${active} open, ${total} connections`),
      html("ul", { class: "members" }, members.slice(0, MOST_MEMBERS).map((member) => html("li", {},
        html("span", { class: `bullet ${tone(member.health)}`, "aria-hidden": "true" }),
        html("span", {}, member.name || member.place), html("span", { class: "about" }, `${member.place} ${member.health}`)))),
      members.length > MOST_MEMBERS ? html("p", { class: "about" }, `and ${members.length - MOST_MEMBERS} more members`) : null,
      members.length ? null : html("p", { class: "about" }, "no members"));
  }
}

export class Links {
  constructor(panel, body, rest) {
    this.panel = panel;
    this.body = body;
    this.rest = rest;
    this.rows = new Map();
  }

  update(model, chosen) {
    const found = [...model.links].filter(([, link]) => !chosen || link.left === chosen || link.right === chosen);
    const flow = ([, link]) => (link.flows ? link.flows[0] + link.flows[1] : 0);
    if (found.length > MOST_LINKS) found.sort((a, b) => flow(b) - flow(a));
    this.panel.hidden = !found.length;
    const shown = found.slice(0, MOST_LINKS);
    arrange(this.body, shown.map(([id, link]) => this.row(id, link, model)));
    const kept = new Set(shown.map(([id]) => id));
    for (const id of this.rows.keys()) if (!kept.has(id)) this.rows.delete(id);
    setText(this.rest, found.length > shown.length ? `and ${(found.length - shown.length).toLocaleString("en")} more; choose a PoP to see its own` : "");
  }

  row(id, link, model) {
    let row = this.rows.get(id);
    if (!row) {
      row = { does: html("td"), by: html("td"), lost: html("td"), text: html("span", { class: "number wide" }), line: spark(120), state: html("span", { class: "about" }) };
      row.node = html("tr", { "data-link": id },
        html("th", { scope: "row" }, link.left, " ↔ ", link.right, row.state),
        row.does, row.by, html("td", { class: "measure" }, row.line, row.text), row.lost);
      this.rows.set(id, row);
    }
    setText(row.state, link.up === false ? "down" : "");
    setText(row.does, describe(link) || "–");
    setText(row.by, link.means ?? (model.measured ? "–" : "simulated"));
    setText(row.text, link.flows ? `→ ${bits(link.flows[0])}  ← ${bits(link.flows[1])}` : "–");
    row.line.draw(model.flows.get(id) ?? [], 1000);
    const lost = (link.lost?.[0] ?? 0) + (link.lost?.[1] ?? 0), dropped = (link.dropped?.[0] ?? 0) + (link.dropped?.[1] ?? 0);
    setText(row.lost, link.lost ? `${lost.toLocaleString("en")}${dropped ? ` + ${dropped.toLocaleString("en")} queue full` : ""}` : "–");
    setAttribute(row.node, "class", link.up === false ? "down" : "");
    return row.node;
  }
}
