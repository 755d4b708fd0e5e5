// Days in words beside their fields: a browser writes a field in its own way, which may be
// month before day, and not in that of the page.
const { lang, locale } = document.body.dataset;
export const words = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : locale,
  { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

export const day = (text) => Date.parse(`${text}T00:00:00Z`);

export function tellDays(root = document) {
  for (const field of root.querySelectorAll('input[type="date"]')) {
    const label = field.labels[0] ?? field.closest(".drag").querySelector("label");
    let told = label.querySelector(".told");
    if (!told) {
      told = document.createElement("span");
      told.className = "told";
      told.setAttribute("aria-hidden", "true");
      label.append(told);
    }
    told.textContent = field.value ? words.format(day(field.value)) : "";
  }
}

document.addEventListener("input", (event) => {
  if (event.target.type === "date") tellDays(event.target.closest("form, .drag"));
});
