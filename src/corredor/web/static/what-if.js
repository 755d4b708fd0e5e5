// What if: the state of the form is the question; every change asks again.
import { json, setQuery, tag } from "./charts.js";
import { Asking } from "./asking.js";
import { lay } from "./blocks.js";
import { Box, day, DAY } from "./measure-box.js";

const { api, lang } = document.body.dataset;

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
  const bring = form.querySelector("[data-bring]");
  const start = () => day(form.elements.start.value);
  const length = () => Number(form.elements.days.value);
  const period = () => ({ start: start(), end: start() + (length() - 1) * DAY });
  const levers = [...form.querySelectorAll("[data-lever]")].map((box) => new Box(box, period));
  const published = [...form.querySelectorAll("[data-measure]")].map((box) => new Box(box, period));
  const boxOf = (element) => [...levers, ...published].find((one) => one.box.contains(element));

  function lay_out() {
    const { start: first, end: last } = period();
    const away = [];
    for (const one of published) {
      const { start: from, end: to, name } = one.box.dataset;
      const over = from && day(from) <= last && (!to || day(to) >= first);
      one.box.hidden = !over && !one.brought;
      if (one.box.hidden) one.reset();
      if (one.box.hidden) away.push(tag("option", name, { value: one.box.dataset.measure }));
    }
    const many = published.filter((one) => !one.box.hidden).length;
    form.querySelector("[data-none]").hidden = many > 0;
    form.querySelector("[data-many]").textContent = many;
    bring.replaceChildren(bring.options[0], ...away);
    bring.value = "";
    for (const one of [...levers, ...published]) one.fit();
  }

  function read() {
    const shown = published.filter((one) => !one.box.hidden);
    return {
      start: form.elements.start.value,
      days: length(),
      off: shown.filter((one) => !one.on && !one.brought).map((one) => one.box.dataset.measure),
      changed: shown.filter((one) => one.on).map((one) => one.changes()).filter(Boolean),
      on: levers.filter((one) => one.on).map((one) => one.lever()),
    };
  }

  function write(asked) {
    form.elements.start.value = asked.start;
    form.elements.days.value = asked.days;
    const find = (ident) => published.find((one) => one.box.dataset.measure === ident);
    for (const other of asked.changed ?? []) if (find(other.id)) find(other.id).brought = true;
    lay_out();
    for (const lever of asked.on ?? []) {
      const one = levers.find((box) => box.box.dataset.lever === lever.kind);
      if (one) one.write(lever);
    }
    for (const ident of asked.off ?? []) if (find(ident)) find(ident).on = false;
    for (const other of asked.changed ?? []) if (find(other.id)) find(other.id).write(other);
    form.querySelector("[data-all]").open = Boolean(asked.off?.length || asked.changed?.length);
  }

  let soon = 0;
  function changed() {
    clearTimeout(soon);
    soon = setTimeout(() => {
      const asked = read();
      if (!asked.on.length && !asked.off.length && !asked.changed.length) {
        asking.cancel();
        target.replaceChildren(...empty);
        delete target.dataset.state;
        take.hidden = true;
        setQuery({});
        return;
      }
      const wrong = [...form.querySelectorAll("input:invalid")].find((input) => input.offsetParent);
      if (wrong) {
        asking.cancel();
        asking.fault(`${wrong.getAttribute("aria-label") ?? wrong.labels[0].textContent.trim()}: ${wrong.validationMessage}`);
        return;
      }
      state = asked;
      delete target.dataset.state;
      asking.ask(asked);
    }, 250);
  }

  form.addEventListener("input", (event) => {
    const one = boxOf(event.target);
    if (one) one.moved(event.target);
    else if (["start", "days"].includes(event.target.name)) {
      if (!form.elements.start.value) return;
      lay_out();
    } else if (event.target === bring) {
      const chosen = published.find((box) => box.box.dataset.measure === bring.value);
      if (!chosen) return;
      chosen.brought = true;
      lay_out();
      chosen.bring();
    }
    // while a slider is dragged its words follow; the question is asked when it is let go
    if (event.target.type !== "range") changed();
  });
  form.addEventListener("change", (event) => {
    if (event.target.type === "range") changed();
    else if (boxOf(event.target)?.left(event.target)) changed();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("click", (event) => {
    if (!event.target.matches("[data-as-published]")) return;
    const one = boxOf(event.target);
    one.reset();
    lay_out();
    changed();
  });
  form.querySelector("[data-reset]").addEventListener("click", () => {
    form.reset();
    for (const one of [...levers, ...published]) one.reset();
    lay_out();
    changed();
  });
  lay_out();
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
