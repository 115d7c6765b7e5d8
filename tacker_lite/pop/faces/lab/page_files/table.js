// The table of instances: by PoP, or by what they use; rows are made as they are needed.

import { bits, bytes, cut, html, percent, setAttribute, setText, spark, tone } from "./draw.js";

const PAGE = 60;

export class InstanceTable {
  constructor(body, rest) {
    this.body = body;
    this.rest = rest;
    this.rows = new Map();
    this.limit = PAGE;
    this.more = html("button", { type: "button", onclick: () => { this.limit += 4 * PAGE; this.redo(); } });
    this.redo = () => {};
  }

  reset() {
    this.limit = PAGE;
  }

  update(model, { chosen, filter, order }) {
    this.redo = () => this.update(model, { chosen, filter, order });
    const ids = this.wanted(model, chosen, filter, order);
    const shown = ids.slice(0, this.limit);
    const wanted = [];
    const kept = new Set(shown);
    let pop = null;
    for (const id of shown) {
      const instance = model.instances.get(id);
      if (order === "pop" && instance.pop !== pop) {
        pop = instance.pop;
        wanted.push(this.heading(pop, model));
        kept.add(`pop ${pop}`);
      }
      wanted.push(this.row(id, instance, model, order !== "pop"));
    }
    for (const [id, row] of this.rows) if (!kept.has(id)) { row.node.remove(); this.rows.delete(id); }
    arrange(this.body, wanted);
    const nothing = model.total.instances
      ? chosen && !filter ? `No instance in ${chosen}.` : "No instance matches."
      : "No instances yet. Create one with the openstack client: the lab’s openrc files let it in.";
    this.tellRest(ids.length - shown.length, ids.length ? "" : nothing);
  }

  tellRest(hidden, text) {
    if (hidden > 0) {
      setText(this.more, `Show more (${hidden.toLocaleString("en")} left)`);
      if (!this.more.isConnected) this.rest.replaceChildren(this.more);
    } else if (this.more.isConnected || this.rest.textContent !== text) this.rest.replaceChildren(text);
  }

  wanted(model, chosen, filter, order) {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    const ids = [];
    for (const [id, instance] of model.instances) {
      if (chosen && instance.pop !== chosen) continue;
      if (words.length) {
        const text = [id, instance.name, instance.pop, instance.status, instance.kind, ...instance.addresses].join(" ").toLowerCase();
        if (!words.every((word) => text.includes(word))) continue;
      }
      ids.push(id);
    }
    const number = (id, at) => model.numbers.get(id)?.[at] ?? -1;
    const keys = {
      cpu: (id) => number(id, 0),
      memory: (id) => number(id, 1),
      traffic: (id) => number(id, 2) + number(id, 3),
    };
    const places = new Map([...model.pops.keys()].map((name, at) => [name, at]));
    if (keys[order]) ids.sort((a, b) => keys[order](b) - keys[order](a));
    else {
      ids.sort((a, b) => {
        const left = model.instances.get(a), right = model.instances.get(b);
        return places.get(left.pop) - places.get(right.pop) || left.name.localeCompare(right.name, "en", { numeric: true });
      });
    }
    return ids;
  }

  heading(pop, model) {
    const id = `pop ${pop}`;
    let row = this.rows.get(id);
    if (!row) {
      const about = html("span", { class: "about" });
      const node = html("tr", { class: "group" }, html("th", { scope: "rowgroup", colspan: 7 }, pop, about));
      this.rows.set(id, (row = { node, about }));
    }
    const sum = model.of(pop), [used, all] = model.pops.get(pop)?.vcpus ?? [0, 0];
    const numbers = model.measured ? ` · CPU ${percent(sum.cpu)} · ${bytes(sum.memory)}` : "";
    setText(row.about, `${sum.ids.length} · ${used}/${all} vCPUs${numbers}`);
    return row.node;
  }

  row(id, instance, model, withPop) {
    let row = this.rows.get(id);
    if (!row) this.rows.set(id, (row = makeRow(id)));
    setText(row.name, cut(instance.name || id, 60));
    setText(row.where, withPop ? instance.pop : instance.kind === "server" ? "" : instance.kind);
    setText(row.status, instance.status);
    setAttribute(row.status, "class", `pill ${tone(instance.status)}`);
    setAttribute(row.status, "title", instance.fault || instance.status);
    setText(row.address, instance.addresses.slice(0, 2).join(", ") + (instance.addresses.length > 2 ? ` +${instance.addresses.length - 2}` : ""));
    setAttribute(row.address, "title", instance.addresses.join(", "));
    const numbers = model.numbers.get(id), history = model.history.get(id);
    row.node.classList.toggle("unmeasured", !numbers);
    if (!numbers || !history) {
      for (const cell of [row.cpu, row.memory, row.rx, row.tx]) setText(cell.text, "–");
      row.cpu.line.draw([]); row.rx.line.draw([]); row.tx.line.draw([]);
      setAttribute(row.bar, "value", 0);
      return row.node;
    }
    setText(row.cpu.text, percent(numbers[0]));
    row.cpu.line.draw(history.cpu, 5);
    setText(row.memory.text, bytes(numbers[1]));
    setAttribute(row.bar, "max", (instance.ram_mib || 512) * 1048576);
    setAttribute(row.bar, "value", numbers[1]);
    setText(row.rx.text, bits(numbers[2]));
    row.rx.line.draw(history.rx, 1000);
    setText(row.tx.text, bits(numbers[3]));
    row.tx.line.draw(history.tx, 1000);
    return row.node;
  }
}

function makeRow(id) {
  const cell = () => {
    const text = html("span", { class: "number" });
    const line = spark();
    return { text, line, node: html("td", { class: "measure" }, line, text) };
  };
  const row = {
    name: html("span", { class: "who" }), where: html("span", { class: "about" }),
    status: html("span", { class: "pill" }), address: html("td", { class: "address" }),
    cpu: cell(), rx: cell(), tx: cell(),
    memory: { text: html("span", { class: "number" }) },
    bar: html("progress", { max: 1, value: 0, "aria-label": "memory of its flavor in use" }),
  };
  row.node = html("tr", { "data-id": id },
    html("th", { scope: "row", title: id }, row.name, row.where),
    html("td", {}, row.status), row.address,
    row.cpu.node, html("td", { class: "measure" }, row.bar, row.memory.text), row.rx.node, row.tx.node);
  return row;
}

// Bring rows into an order without touching those that are in place.
export function arrange(body, wanted) {
  wanted.forEach((node, at) => {
    if (body.children[at] !== node) body.insertBefore(node, body.children[at] ?? null);
  });
  while (body.children.length > wanted.length) body.lastElementChild.remove();
}
