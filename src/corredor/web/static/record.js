// Record: a text goes in, its statements come back marked.
import { json, tag } from "./charts.js";
import { Asking } from "./asking.js";
import { tellDays } from "./days.js";

const { api, lang } = document.body.dataset;

function statement(s, words) {
  const rests = s.rests.map((r) => tag("li", [
    r.link ? tag("a", r.title, { href: r.link }) : r.title,
    r.publisher ? ` · ${r.publisher}` : "", r.published ? `, ${r.published}` : ""]));
  return tag("article", [
    tag("h3", [tag("span", `${s.sign} ${s.verdict}`, { class: `v is-${s.class}` })]),
    tag("blockquote", s.sentence),
    ...s.why.map((line) => tag("p", line)),
    s.unread ? tag("p", s.unread, { class: "note" }) : "",
    ...(s.quotes ?? []).map((line) => tag("p", line, { class: "note" })),
    s.confidence ? tag("p", s.confidence, { class: "note" }) : "",
    rests.length ? tag("p", `${words.rests}:`, { class: "note rests" }) : "",
    rests.length ? tag("ul", rests, { class: "note" }) : "",
  ], { class: "statement", id: `s${s.n}`, tabindex: "-1" });
}

async function show(job, target) {
  const words = target.dataset;
  const found = (await json(`${api}/jobs/${job.id}/view?lang=${lang}`)).sections;
  const pieces = found.pieces.map((p) => (p.n === null ? p.text : tag("a",
    [tag("span", p.sign, { class: "sign" }), p.text], { href: `#s${p.n}`, class: `mark is-${p.class}` })));
  target.replaceChildren(
    tag("h2", words.heading),
    tag("p", `${words.published} ${found.published}${found.published_given ? "" : ` (${words.today})`}.`, { class: "note" }),
    found.none ? tag("p", found.none, { class: "absent" }) : "",
    tag("ul", found.counts.map((c) => tag("li", [tag("span", `${c.sign} ${c.label}`, { class: `v is-${c.class}` }), ` ${c.n}`])), { class: "tally" }),
    tag("h3", words.text),
    tag("div", pieces, { class: "marked" }),
    found.statements.length ? tag("h2", words.statements) : "",
    ...found.statements.map((s) => statement(s, words)),
    tag("p", `${words.others}: ${found.others}`, { class: "note" }),
    tag("p", tag("a", words.data, { href: `${api}/jobs/${job.id}/result`, download: "corredor-record.json" }), { class: "take" }),
  );
}

export async function run() {
  const asking = new Asking({ path: "check", show });
  const { form } = asking;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { text, published } = Object.fromEntries(new FormData(form));
    asking.ask({ text, published: published || null });
  });
  const id = new URLSearchParams(location.search).get("job");
  if (id) {
    const job = await asking.open(id);
    if (job) {
      form.elements.text.value = job.params.text;
      form.elements.published.value = job.params.published;
      tellDays(form);
      asking.shown = asking.question;
      asking.mark();
    }
  }
}
