// Asks the lab each second what has changed, and shows it.

import { html, setText } from "./draw.js";
import { PopMap } from "./map.js";
import { Model } from "./model.js";
import { Balancers, EventList, Links, totals } from "./panels.js";
import { InstanceTable } from "./table.js";

const SECOND = 1000;
const find = (id) => document.getElementById(id);

const model = new Model();
const view = { chosen: null, filter: "", order: "pop" };
const table = new InstanceTable(find("rows"), find("rest"));
const map = new PopMap(find("map"), find("legend"), choose);
const events = new EventList(find("events"), find("events-note"));
const balancers = new Balancers(find("balancers-panel"), find("balancers"));
const links = new Links(find("links-panel"), find("links"), find("links-rest"));

function choose(pop) {
  view.chosen = view.chosen === pop ? null : pop;
  table.reset();
  const button = view.chosen && html("button", { type: "button", class: "chip", onclick: () => choose(pop) }, `${pop} ✕`);
  button?.setAttribute("aria-label", `Show all PoPs, not only ${pop}`);
  find("chosen").replaceChildren(...(button ? [button] : []));
  show();
}

function show() {
  if (!model.mark) return;
  if (view.chosen && !model.pops.has(view.chosen)) choose(view.chosen);
  setText(find("lab"), model.lab);
  document.title = `${model.lab} · lab`;
  setText(find("runtime"), `${model.runtime} runtime`);
  find("note").hidden = model.measured;
  setText(find("note"), model.measured ? "" : "This lab is simulated: instances are records, no process runs, and nothing is measured.");
  totals(find("totals"), model);
  map.update(model, view.chosen);
  events.update(model, view.chosen);
  table.update(model, view);
  balancers.update(model, view.chosen);
  links.update(model, view.chosen);
}

async function ask() {
  const headers = model.etag ? { "If-None-Match": model.etag } : {};
  const answer = await fetch(`/lab/v1/live?since=${encodeURIComponent(model.mark)}`, { headers, cache: "no-store", signal: AbortSignal.timeout(10 * SECOND) });
  if (answer.status === 304) return;
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  model.take(await answer.json());
  model.etag = answer.headers.get("ETag") ?? "";
}

async function run() {
  let pause = SECOND;
  if (!document.hidden) {
    const state = find("state");
    try {
      await ask();
      model.tick();
      show();
      setText(state, "live");
      state.className = "state live";
    } catch (error) {
      setText(state, "no answer from the lab");
      state.className = "state lost";
      pause = 3 * SECOND;
      if (!(error instanceof TypeError) && error.name !== "TimeoutError") console.error(error);
    }
  }
  setTimeout(run, pause);
}

find("filter").addEventListener("input", (event) => { view.filter = event.target.value; table.reset(); show(); });
find("order").addEventListener("change", (event) => { view.order = event.target.value; table.reset(); show(); });
find("theme").addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", document.documentElement.dataset.theme);
});
const kept = localStorage.getItem("theme");
if (kept === "dark" || kept === "light") document.documentElement.dataset.theme = kept;

run();
