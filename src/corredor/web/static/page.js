// What each page does once it is loaded. Everything shown comes from the API.
import { drawAll, draw, json, setQuery, table, tag, views } from "./charts.js";
import { tellDays } from "./days.js";
import { prepare } from "./jobs.js";

const { api, lang } = document.body.dataset;
const query = new URLSearchParams(location.search);

function keepLanguage() {
  for (const link of document.querySelectorAll("[data-keep-query]")) link.search = location.search;
}

// ------------------------------------------------------------------ map
function months() {
  const bar = document.querySelector("[data-months]");
  if (!bar) return;
  const input = bar.querySelector("input");
  const output = bar.querySelector("output");
  const button = bar.querySelector("[data-play]");
  const words = document.querySelector("[data-words]").dataset;
  const body = document.querySelector("[data-largest]");
  const box = document.querySelector("[data-chart]");
  let flows = null;
  let timer = 0;

  async function show(index) {
    flows ??= (await json(`${api}/views/map?lang=${lang}`)).sections.flows;
    const month = flows.months[index];
    output.textContent = month.name;
    input.setAttribute("aria-valuetext", month.name);
    body.replaceChildren(...flows.rows[index].map(([from, to, n]) => tag("tr", [
      tag("td", from), tag("td", to), tag("td", n, { class: "num" })])));
    for (const link of document.querySelectorAll("[data-month-link]")) {
      const url = new URL(link.href);
      url.searchParams.set("month", index);
      link.href = url.pathname + url.search;
    }
    setQuery({ month: month.id });
    const view = views.get(box);
    if (view) await view.signal("month", index).runAsync();
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    button.textContent = words.play;
    button.setAttribute("aria-pressed", "false");
  }
  input.addEventListener("input", () => show(Number(input.value)));
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (Number(input.value) >= Number(input.max)) input.value = 0;
    button.textContent = words.pause;
    button.setAttribute("aria-pressed", "true");
    show(Number(input.value));
    timer = setInterval(() => {
      input.value = Number(input.value) + 1;
      show(Number(input.value));
      if (Number(input.value) >= Number(input.max)) stop();
    }, 700);
    return undefined;
  });
  return async () => {
    if (!query.has("month")) return;
    flows = (await json(`${api}/views/map?lang=${lang}`)).sections.flows;
    const at = flows.months.findIndex((m) => m.id === query.get("month"));
    if (at >= 0) {
      input.value = at;
      await show(at);
    }
  };
}

// ----------------------------------------------------------------- next
function recordTable(title, c, words) {
  const best = (s) => (s.best ? tag("span", s.text, { class: "best" }) : s.text);
  return table(`${title}. ${words.record}: ${c.title}`,
    [[words.ahead, ""], ...c.lines.map((l) => [String(l.horizon), "num"])],
    [...c.models.map((m, i) => [m, ...c.lines.map((l) => best(l.scores[i]))]),
      [words.coverage, ...c.lines.map((l) => l.coverage)], [words.cases, ...c.lines.map((l) => l.n)]]);
}

function exploring() {
  const form = document.querySelector("[data-explore]");
  if (!form) return;
  const box = document.querySelector("[data-explored]");
  const words = document.querySelector("[data-words-explore]").dataset;
  let latest = 0;

  async function show() {
    const { checkpoint, nationality, sector } = Object.fromEntries(new FormData(form));
    const turn = ++latest;
    const chosen = sector ? { sector } : { checkpoint: nationality ? checkpoint : "", nationality };
    setQuery(chosen);
    if (!sector && !nationality) {
      box.hidden = true;
      return;
    }
    const asked = new URLSearchParams({ checkpoint, nationality, sector, lang });
    try {
      const found = await json(`${api}/explore?${asked}`);
      const [name] = Object.keys(found.charts);
      const whole = await json(`${api}/charts/explore/${name}.json?${asked}`);
      if (turn !== latest) return;
      const { panel, record, own_record: own } = found.sections;
      const chart = tag("div", "", { class: "chart", role: "img" });
      const [half, most, nearly] = words.shares.split("|");
      const links = ["svg", "png"].map((fmt) => tag("a", fmt.toUpperCase(), {
        href: `${api}/charts/explore/${name}.${fmt}?${asked}&download`, download: true }));
      box.replaceChildren(tag("div", [
        tag("header", [tag("h2", panel.title), tag("p", panel.last, { class: "err" })]),
        tag("div", [chart, tag("p", links, { class: "take" })], { class: "ahead-chart" }),
        tag("div", [
          table(`${panel.title}: ${words.median}`, [[words.month, ""], [words.median, "num"], [half, "num"], [most, "num"], [nearly, "num"]],
            panel.rows.map((r) => [r.month, r.median, r.half, r.most, r.nearly])),
          panel.sum ? tag("p", panel.sum, { class: "note" }) : "",
          ...record.flatMap((c) => [tag("h3", `${words.record}: ${c.title}`), recordTable(panel.title, c, words)]),
          own ? "" : tag("p", words.notOwn, { class: "note" }),
        ]),
      ], { class: "ahead" }));
      box.hidden = false;
      await draw(chart, whole);
    } catch (fault) {
      box.replaceChildren(tag("p", fault.message, { class: "failed" }));
      box.hidden = false;
    }
  }
  form.addEventListener("change", (event) => {
    // a sector and a nationality exclude one another
    if (event.target.name === "sector") form.elements.nationality.value = "";
    else form.elements.sector.value = "";
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const name of ["checkpoint", "nationality", "sector"]) {
    if (query.has(name)) form.elements[name].value = query.get(name);
  }
  return show;
}

// -------------------------------------------------------------- sources
function filtering() {
  const input = document.querySelector("[data-filter]");
  if (!input) return;
  const count = document.querySelector("[data-count]");
  function show() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    for (const group of document.querySelectorAll("[data-group]")) {
      let any = false;
      for (const row of group.querySelectorAll("[data-find]")) {
        row.hidden = !words.every((w) => row.dataset.find.includes(w));
        if (!row.hidden) { any = true; n += 1; }
      }
      group.hidden = !any;
    }
    count.textContent = words.length ? String(n) : "";
    setQuery({ q: input.value });
  }
  input.addEventListener("input", show);
  input.form.addEventListener("submit", (event) => event.preventDefault());
  return () => {
    if (!query.has("q")) return;
    input.value = query.get("q");
    show();
  };
}

// ---------------------------------------------------------------- start
async function start() {
  keepLanguage();
  tellDays();
  const ready = [months(), exploring(), filtering()];
  if (document.querySelector("[data-module]")) {
    const { run } = await import(document.querySelector("[data-module]").dataset.module);
    ready.push(run);
  }
  const failed = await drawAll();
  for (const then of ready) if (then) await then();
  document.documentElement.dataset.charts = failed ? "failed" : "drawn";
  await prepare();
}
start();
