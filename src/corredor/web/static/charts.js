// Draws the charts whose specifications the API gives.
export const views = new Map();

// The fault of a request, or the first of several, each at its place.
function sentence(detail) {
  if (typeof detail === "string") return detail;
  const [first] = Array.isArray(detail) ? detail : [];
  if (!first) return null;
  const place = first.loc.filter((part) => typeof part === "string" && part !== "body").join(" ");
  return `${place ? `${place}: ` : ""}${first.msg.replace("Value error, ", "")}.`;
}

export async function json(url, options) {
  const answer = await fetch(url, { headers: { accept: "application/json" }, ...options });
  const body = await answer.json();
  if (!answer.ok) throw new Error(sentence(body.detail) ?? answer.statusText);
  return body;
}

export async function draw(box, whole) {
  const options = {
    actions: false, ast: true, renderer: "svg", config: whole.config, defaultStyle: false,
    formatLocale: whole.number, timeFormatLocale: whole.time, tooltip: { disableDefaultStyle: true },
    loader: { baseURL: "about:invalid" },
  };
  box.textContent = "";
  const made = await window.vegaEmbed(box, whole.spec, options);
  if (whole.spec.height === "container") box.classList.add("fit");
  box.setAttribute("aria-label", whole.alt);
  // the box is the picture, with its text; tables hold the values
  box.querySelector("svg")?.setAttribute("aria-hidden", "true");
  box.dataset.drawn = "yes";
  views.set(box, made.view);
  return made.view;
}

export async function drawAll(root = document) {
  const words = document.querySelector("[data-words]");
  let failed = 0;
  await Promise.all([...root.querySelectorAll("[data-chart]")].map(async (box) => {
    try {
      await draw(box, await json(box.dataset.chart));
    } catch (fault) {
      failed += 1;
      box.textContent = words.dataset.failed;
      console.error(box.dataset.chart, fault);
    }
  }));
  return failed;
}

export function tag(name, content, attributes = {}) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  for (const part of [content].flat(9)) {
    if (part !== null && part !== undefined && part !== "") made.append(part);
  }
  return made;
}

export function table(label, heads, rows, options = {}) {
  // heads: [text, class]; the first cell of a row is its head
  return tag("div", tag("table", [
    tag("thead", tag("tr", heads.map(([text, cls]) => tag("th", text, { scope: "col", class: cls || null })))),
    tag("tbody", rows.map((cells) => tag("tr", cells.map((cell, i) => (i === 0
      ? tag("th", cell, { scope: "row", class: heads[i][1] || null })
      : tag("td", cell, { class: heads[i][1] || null, "data-label": options.cards ? heads[i][0] : null })))))),
  ]), { class: `scroll${options.cards ? " cards" : ""}`, tabindex: "0", role: "region", "aria-label": label });
}

export function setQuery(values) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value !== "" && value !== null) query.set(key, value);
  const text = query.toString();
  history.replaceState(null, "", text ? `?${text}` : location.pathname);
  for (const link of document.querySelectorAll("[data-keep-query]")) {
    link.search = text;
  }
}
