// Follows a job: progress, stages as they come, the end.
import { json } from "./charts.js";

const { api, lang } = document.body.dataset;

// What a job does, in words; one that waits says what is done before it.
export function doing(job) {
  if (!job.label) return "";
  const share = Math.round((job.state === "queued" ? job.ahead : job.share) * 100);
  const before = job.state === "queued" ? document.querySelector("[data-words]").dataset.before : "";
  return `${before ? `${before} ` : ""}${job.label} · ${share} %`;
}

export async function follow(id, { progress, stage, alive = () => true }) {
  let seen = 0;
  for (;;) {
    const job = await json(`${api}/jobs/${id}?wait=15&seen=${seen}&lang=${lang}`);
    if (!alive()) return job;
    progress?.(job);
    if (job.have > seen) {
      seen = job.have;
      await stage?.(job);
    }
    if (["done", "failed", "cancelled", "stopped"].includes(job.state)) return job;
    if (!alive()) return job;
  }
}

export async function ask(path, body) {
  return json(`${api}/${path}`, {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

export async function cancel(id) {
  return json(`${api}/jobs/${id}`, { method: "DELETE" });
}

export async function prepare() {
  const box = document.querySelector("[data-base]");
  if (!box) return;
  const bar = box.querySelector("progress");
  const label = box.querySelector("[data-label]");
  let job = await ask("base");
  job = await follow(job.id, {
    progress: (now) => {
      bar.value = now.share;
      label.textContent = doing(now);
    },
    // the fit alone shows nothing new
    stage: (now) => { if (now.state !== "done" && now.have > 1) location.reload(); },
  });
  if (job.state === "done") location.reload();
  else label.textContent = job.error;
}
