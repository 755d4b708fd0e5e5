// What if: the state of the form is the question; every change asks again.
import { json, setQuery, tag } from "./charts.js";
import { Asking } from "./asking.js";
import { lay } from "./blocks.js";

const { api, lang } = document.body.dataset;
const DAY = 86400000;
const shown = new Intl.DateTimeFormat(lang === "es" ? "es" : "en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const number = new Intl.NumberFormat(lang === "es" ? "es" : "en");
const percent = new Intl.NumberFormat(lang === "es" ? "es" : "en", { style: "percent" });

const day = (text) => Date.parse(`${text}T00:00:00Z`);
const iso = (time) => new Date(time).toISOString().slice(0, 10);

export async function run() {
  const target = document.querySelector("[data-answer]");
  const empty = [...target.childNodes];
  const take = document.querySelector("[data-take]");
  let state = null;

  const asking = new Asking({
    path: "what-if",
    state: () => ({ s: JSON.stringify(state) }),
    show: async (job) => {
      const found = await json(`${api}/jobs/${job.id}/view?lang=${lang}`);
      await lay(target, found.sections.blocks, (name, fmt, download) => (
        `${api}/jobs/${job.id}/charts/${name}.${fmt}?lang=${lang}&stage=${job.have}${download ? "&download" : ""}`));
      target.dataset.stage = job.have;
      take.hidden = false;
      take.querySelector("a").href = `${api}/jobs/${job.id}/result`;
    },
  });
  const { form } = asking;
  const levers = [...form.querySelectorAll("[data-lever]")];
  const published = [...form.querySelectorAll("[data-measure]")];
  const start = () => day(form.elements.start.value);
  const length = () => Number(form.elements.days.value);

  function say(box) {
    for (const input of box.querySelectorAll("input[type=range]")) {
      const value = Number(input.value);
      const text = input.matches("[data-from], [data-to]") ? shown.format(start() + value * DAY)
        : input.matches("[data-share]") ? percent.format(value) : number.format(value);
      input.nextElementSibling.textContent = text;
      input.setAttribute("aria-valuetext", text);
    }
  }

  function period() {
    let any = false;
    for (const box of published) {
      const over = day(box.dataset.start) <= start() + (length() - 1) * DAY
        && (!box.dataset.end || day(box.dataset.end) >= start());
      box.hidden = !over;
      if (!over) box.querySelector("[data-keep]").checked = true;
      any ||= over;
    }
    form.querySelector("[data-none]").hidden = any;
    for (const input of form.querySelectorAll("[data-from], [data-to]")) {
      const last = input.max;
      const whole = input.matches("[data-to]") && input.value === last;
      input.max = length() - 1;
      if (whole) input.value = length() - 1;
    }
    levers.forEach(say);
  }

  function read() {
    const on = levers.filter((box) => box.querySelector("[data-on]").checked).map((box) => {
      const pick = (name) => box.querySelector(`[data-${name}]`);
      const from = Number(pick("from").value);
      const to = Math.max(from, Number(pick("to").value));
      const made = { kind: box.dataset.lever, start: iso(start() + from * DAY), end: iso(start() + to * DAY) };
      if (pick("at")) made.at = pick("at").value;
      if (box.dataset.field) made[box.dataset.field] = Number(pick("much").value);
      return made;
    });
    const off = published.filter((box) => !box.hidden && !box.querySelector("[data-keep]").checked).map((box) => box.dataset.measure);
    return { start: form.elements.start.value, days: length(), off, on };
  }

  function write(asked) {
    form.elements.start.value = asked.start;
    form.elements.days.value = asked.days;
    period();
    for (const lever of asked.on ?? []) {
      const box = levers.find((one) => one.dataset.lever === lever.kind);
      if (!box) continue;
      const pick = (name) => box.querySelector(`[data-${name}]`);
      pick("on").checked = true;
      box.querySelector(".inside").hidden = false;
      if (pick("at") && lever.at) pick("at").value = lever.at;
      if (box.dataset.field && lever[box.dataset.field] !== undefined) pick("much").value = lever[box.dataset.field];
      pick("from").value = Math.round((day(lever.start) - start()) / DAY);
      pick("to").value = lever.end ? Math.round((day(lever.end) - start()) / DAY) : length() - 1;
      say(box);
    }
    for (const ident of asked.off ?? []) {
      const box = published.find((one) => one.dataset.measure === ident);
      if (box) box.querySelector("[data-keep]").checked = false;
    }
  }

  let soon = 0;
  function changed() {
    clearTimeout(soon);
    soon = setTimeout(() => {
      const asked = read();
      if (!asked.on.length && !asked.off.length) {
        asking.cancel();
        target.replaceChildren(...empty);
        delete target.dataset.state;
        take.hidden = true;
        setQuery({});
        return;
      }
      state = asked;
      delete target.dataset.state;
      asking.ask(asked);
    }, 250);
  }

  form.addEventListener("input", (event) => {
    const box = event.target.closest("[data-lever]");
    if (box) {
      box.querySelector(".inside").hidden = !box.querySelector("[data-on]").checked;
      const [from, to] = [box.querySelector("[data-from]"), box.querySelector("[data-to]")];
      if (Number(from.value) > Number(to.value)) {
        if (event.target === from) to.value = from.value;
        else from.value = to.value;
      }
      say(box);
    } else if (["start", "days"].includes(event.target.name)) {
      if (!form.elements.start.value) return;
      period();
    }
    // while a slider is dragged its words follow; the question is asked when it is let go
    if (event.target.type !== "range") changed();
  });
  form.addEventListener("change", (event) => { if (event.target.type === "range") changed(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("[data-reset]").addEventListener("click", () => {
    form.reset();
    for (const box of levers) box.querySelector(".inside").hidden = true;
    period();
    changed();
  });
  period();
  const kept = new URLSearchParams(location.search).get("s");
  if (kept) {
    try {
      write(JSON.parse(kept));
      changed();
    } catch (fault) {
      target.replaceChildren(tag("p", fault.message, { class: "failed" }));
    }
  }
}
