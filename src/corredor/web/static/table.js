// Table: one question, a first answer and the full one.
import { json } from "./charts.js";
import { Asking } from "./asking.js";
import { lay } from "./blocks.js";

const { api, lang } = document.body.dataset;

export async function run() {
  const picked = {};
  const asking = new Asking({
    path: "deal",
    state: () => picked,
    show: async (job, target) => {
      const found = await json(`${api}/jobs/${job.id}/view?lang=${lang}`);
      await lay(target, found.sections.blocks, (name, fmt, download) => (
        `${api}/jobs/${job.id}/charts/${name}.${fmt}?lang=${lang}&stage=${job.have}${download ? "&download" : ""}`));
    },
  });
  const { form } = asking;
  if (!form) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    Object.assign(picked, Object.fromEntries(new FormData(form)));
    delete asking.target.dataset.state;
    asking.ask({ table: picked.table });
  });
  const asked = new URLSearchParams(location.search).get("table");
  if (asked && [...form.elements.table.options].some((o) => o.value === asked)) {
    form.elements.table.value = asked;
    form.requestSubmit();
  }
}
