// Ports: the months of one port, and queues as simulated.
import { draw, json, setQuery, table, tag } from "./charts.js";
import { Asking } from "./asking.js";
import { tellDays } from "./days.js";
import { lay } from "./blocks.js";

const { api, lang } = document.body.dataset;

export async function run() {
  const query = new URLSearchParams(location.search);
  const picked = { port: "", measure: "Trucks", start: "", days: "" };
  const keep = () => setQuery({ ...picked, measure: picked.port ? picked.measure : "" });

  const choose = document.querySelector("[data-port-form]");
  const box = document.querySelector("[data-port]");
  async function one() {
    Object.assign(picked, Object.fromEntries(new FormData(choose)));
    keep();
    box.hidden = !picked.port;
    if (!picked.port) return;
    const asked = new URLSearchParams({ port: picked.port, measure: picked.measure, lang });
    const found = (await json(`${api}/port?${asked}`)).sections;
    if (!found.rows.length) {
      box.replaceChildren(tag("h3", found.name), tag("p", "–"));
      return;
    }
    const whole = await json(`${api}/charts/port/port.json?${asked}`);
    const chart = tag("div", "", { class: "chart", role: "img" });
    const links = ["svg", "png"].map((fmt) => tag("a", fmt.toUpperCase(), { href: `${api}/charts/port/port.${fmt}?${asked}&download`, download: true }));
    box.replaceChildren(tag("h3", found.name), chart, tag("p", links, { class: "take" }),
      tag("details", [tag("summary", found.source), table(found.name, [["", "nowrap"], ["", "num"]], found.rows)]));
    await draw(chart, whole);
  }
  choose.addEventListener("change", one);
  choose.addEventListener("submit", (event) => event.preventDefault());

  const asking = new Asking({
    path: "ports",
    state: () => ({ ...picked, measure: picked.port ? picked.measure : "" }),
    show: async (job, target) => {
      const found = await json(`${api}/jobs/${job.id}/view?lang=${lang}`);
      await lay(target, found.sections.blocks, (name, fmt, download) => (
        `${api}/jobs/${job.id}/charts/${name}.${fmt}?lang=${lang}&stage=${job.have}${download ? "&download" : ""}`));
    },
  });
  const { form } = asking;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    Object.assign(picked, Object.fromEntries(new FormData(form)));
    delete asking.target.dataset.state;
    asking.ask({ start: picked.start, days: Number(picked.days) });
  });
  if (query.get("port")) {
    choose.elements.port.value = query.get("port");
    choose.elements.measure.value = query.get("measure") || "Trucks";
    await one();
  }
  if (query.get("start")) {
    form.elements.start.value = query.get("start");
    tellDays(form);
    form.elements.days.value = query.get("days");
    form.requestSubmit();
  }
}
