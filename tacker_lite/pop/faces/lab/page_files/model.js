// What the lab has said so far: pieces by id, and a minute of numbers.

const MINUTE = 60;
const PARTS = ["pops", "links", "instances", "numbers", "balancers"];

export class Model {
  constructor() {
    this.mark = "";
    this.etag = "";
    this.lab = "";
    this.runtime = "";
    this.measured = false;
    this.events = [];
    this.generation = 0;
    this.clear();
  }

  clear() {
    for (const part of PARTS) this[part] = new Map();
    this.history = new Map();
    this.flows = new Map();
  }

  // Take over an answer; pieces that did not change are not in it.
  take(body) {
    if (body.full) {
      this.events = [];
      this.generation += 1;
      this.clear();
    }
    for (const part of PARTS) {
      for (const [id, piece] of Object.entries(body[part])) {
        this[part].set(id, piece);
      }
      for (const id of body.gone[part] ?? []) this[part].delete(id);
    }
    for (const event of body.events) this.events.push(event);
    this.events = this.events.slice(-300);
    ({ mark: this.mark, lab: this.lab, runtime: this.runtime, measured: this.measured } = body);
  }

  // One more second has passed.
  tick() {
    for (const id of this.history.keys()) if (!this.numbers.has(id)) this.history.delete(id);
    for (const [id, [cpu, memory, rx, tx]] of this.numbers) {
      let kept = this.history.get(id);
      if (!kept) this.history.set(id, (kept = { cpu: [], memory: [], rx: [], tx: [] }));
      push(kept.cpu, cpu); push(kept.memory, memory); push(kept.rx, rx); push(kept.tx, tx);
    }
    for (const [id, link] of this.links) {
      if (!link.flows) continue;
      let kept = this.flows.get(id);
      if (!kept) this.flows.set(id, (kept = []));
      push(kept, link.flows[0] + link.flows[1]);
    }
    this.group();
  }

  // Instances and sums by PoP.
  group() {
    this.byPop = new Map();
    this.total = { instances: 0, cpu: 0, memory: 0, rx: 0, tx: 0 };
    for (const [id, instance] of this.instances) {
      let sum = this.byPop.get(instance.pop);
      if (!sum) this.byPop.set(instance.pop, (sum = { ids: [], cpu: 0, memory: 0, rx: 0, tx: 0, bad: 0 }));
      sum.ids.push(id);
      if (instance.status === "ERROR") sum.bad += 1;
      this.total.instances += 1;
      const numbers = this.numbers.get(id);
      if (!numbers) continue;
      ["cpu", "memory", "rx", "tx"].forEach((name, at) => {
        sum[name] += numbers[at];
        this.total[name] += numbers[at];
      });
    }
  }

  of(pop) {
    return this.byPop.get(pop) ?? { ids: [], cpu: 0, memory: 0, rx: 0, tx: 0, bad: 0 };
  }
}

function push(values, value) {
  values.push(value);
  if (values.length > MINUTE) values.shift();
}
