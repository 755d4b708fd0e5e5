// Lays out the blocks of an answer in order.
import { draw, json, table, tag } from "./charts.js";

const SVG = "http://www.w3.org/2000/svg";
const DASHES = ["none", "6 3", "2 2", "8 3 2 3", "12 3", "4 4"];

function key({ colour, form }) {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("width", "22");
  made.setAttribute("height", "12");
  made.setAttribute("aria-hidden", "true");
  const add = (name, values) => {
    const one = document.createElementNS(SVG, name);
    for (const [k, v] of Object.entries(values)) one.setAttribute(k, v);
    made.append(one);
  };
  if (form.startsWith("line") || form === "dot") {
    const dash = form === "dot" ? "none" : DASHES[Number(form.slice(4) || 0) % DASHES.length];
    add("path", { d: "M0 6h22", stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash });
    if (form === "dot") add("circle", { cx: 11, cy: 6, r: 3.5, fill: colour });
  } else add("rect", { x: form === "band" ? 0 : 4, width: form === "band" ? 22 : 14, height: 12, fill: colour });
  return made;
}

function element(block, source) {
  switch (block.kind) {
    case "heading": return tag("h2", block.text);
    case "text": return tag("p", block.text, { class: block.tone || null });
    case "table": return table(block.label, block.heads, block.rows, { cards: block.cards });
    case "legend": return tag("ul", block.items.map((i) => tag("li", [key(i), i.label])), { class: "legend" });
    case "numbers": return tag("dl", block.items.map((i) => tag("div", [
      tag("dt", i.label), tag("dd", i.value), tag("dd", i.range, { class: "when" })])), { class: "numbers across" });
    case "chart": {
      const links = ["svg", "png"].map((fmt) => tag("a", fmt.toUpperCase(), {
        href: source(block.name, fmt, true), download: true, "aria-label": `${fmt.toUpperCase()}: ${block.alt}` }));
      const box = tag("div", "", { class: "chart", role: "img", "aria-label": block.alt, "data-source": source(block.name, "json") });
      return tag("figure", [box, tag("p", links, { class: "take" })]);
    }
    default: return tag("p", "");
  }
}

export async function lay(target, blocks, source) {
  const made = tag("div", blocks.map((block) => element(block, source)));
  // the new answer replaces the old one only when it is drawn, so that nothing jumps
  target.replaceChildren(made);
  await Promise.all([...made.querySelectorAll("[data-source]")].map(async (box) => draw(box, await json(box.dataset.source))));
}
