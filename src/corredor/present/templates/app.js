"use strict";
(async () => {
  const data = JSON.parse(document.getElementById("charts").textContent);
  const options = {
    actions: false, ast: true, renderer: "svg", config: data.config,
    formatLocale: data.number, timeFormatLocale: data.time, loader: { baseURL: "about:invalid" },
  };
  let failed = 0;
  for (const box of document.querySelectorAll("[data-chart]")) {
    try {
      box.textContent = "";
      await vegaEmbed(box, data.charts[box.dataset.chart], options);
      box.dataset.drawn = "yes";
    } catch (fault) {
      failed += 1;
      console.error(box.dataset.chart, fault);
    }
  }
  document.documentElement.dataset.charts = failed ? "failed" : "drawn";
})();
