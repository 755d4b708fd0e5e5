// What if: the state of the form is the question; it is asked when the reader asks it.
import { json, setQuery, tag } from "./charts.js";
import { Asking } from "./asking.js";
import { lay } from "./blocks.js";
import { day, tellDays } from "./days.js";
import { Box, DAY } from "./measure-box.js";

const { api, lang } = document.body.dataset;

export async function run() {
  const target = document.querySelector("[data-answer]");
  const empty = [...target.childNodes];
  const take = document.querySelector("[data-take]");
  let state = null;

  const asking = new Asking({
    path: "what-if",
    read: () => read(),
    state: () => ({ s: JSON.stringify(state) }),
    show: async (job) => {
      const found = await json(`${api}/jobs/${job.id}/view?lang=${lang}`);
      await lay(target, found.sections.blocks, (name, fmt, download) => (
        `${api}/jobs/${job.id}/charts/${name}.${fmt}?lang=${lang}&stage=${job.have}${download ? "&download" : ""}`));
      target.dataset.stage = job.have;
      take.hidden = target.hasAttribute("data-stale");
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
    tellDays(form);
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

  const none = (asked) => !asked.on.length && !asked.off.length && !asked.changed.length;

  // The form says something else: what runs is given up, what is shown is dimmed.
  function changed() {
    if (asking.job) asking.cancel();
    form.querySelector("[type=submit]").disabled = none(read());
    asking.mark();
    take.hidden = asking.shown === null || target.hasAttribute("data-stale");
  }

  function reset() {
    asking.cancel();
    asking.clear(...empty);
    take.hidden = true;
    setQuery({});
    changed();
  }

  function compare() {
    const asked = read();
    if (none(asked)) return;
    const wrong = [...form.querySelectorAll(":is(input, select):invalid")].find((input) => input.offsetParent);
    if (wrong) {
      asking.cancel();
      const name = wrong.getAttribute("aria-label") ?? wrong.labels[0].firstChild.textContent.trim();
      asking.fault(`${name}: ${wrong.validationMessage}`);
      wrong.focus();
      return;
    }
    state = asked;
    delete target.dataset.state;
    take.hidden = true;
    asking.ask(asked);
    // on a phone the answer is below the form
    if (matchMedia("(max-width: 900px)").matches) asking.bar.scrollIntoView({ block: "start" });
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
    changed();
  });
  form.addEventListener("change", (event) => {
    if (boxOf(event.target)?.left(event.target)) changed();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    compare();
  });
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
    reset();
  });
  lay_out();
  const kept = new URLSearchParams(location.search).get("s");
  if (kept) {
    try {
      write(JSON.parse(kept));
      changed();
      compare(); // the link asks
    } catch (fault) {
      asking.fault(fault.message);
    }
  }
}
