// A question and its answer: sends it, shows progress, lays out each stage, keeps the link.
// An answer on the page that is not that of the form is dimmed, and a sentence says so.
import { json, setQuery, tag } from "./charts.js";
import { ask, cancel, doing, follow } from "./jobs.js";

const { api } = document.body.dataset;

export class Asking {
  constructor({ path, show, state = (job) => ({ job: job.id }), read = null }) {
    this.path = path;
    this.show = show;
    this.state = state;
    this.form = document.querySelector("[data-ask]");
    this.bar = document.querySelector("[data-progress]");
    this.target = document.querySelector("[data-answer]");
    this.stop = document.querySelector("[data-cancel]");
    this.turn = 0;
    this.job = null;
    this.read = read ?? (() => [...new FormData(this.form)]);
    this.asked = null; // the question that runs, or ran last
    this.shown = null; // the question whose answer is on the page
    this.note = tag("p", document.querySelector("[data-words]").dataset.stale, { class: "stale", role: "status", hidden: true });
    this.target.before(this.note);
    this.form?.addEventListener("input", () => this.mark());
    this.form?.addEventListener("change", () => this.mark());
    this.stop?.addEventListener("click", () => this.cancel());
  }

  get question() { return JSON.stringify(this.read()); }

  mark() {
    const stale = this.shown !== null && this.shown !== this.question;
    this.target.toggleAttribute("data-stale", stale);
    this.note.hidden = !stale;
  }

  // Nothing is on the page any more.
  clear(...nodes) {
    this.shown = null;
    this.target.replaceChildren(...nodes);
    delete this.target.dataset.state;
    this.mark();
  }

  async cancel() {
    const { job } = this;
    this.turn += 1;
    this.job = null;
    this.waiting(null);
    if (job) await cancel(job);
  }

  waiting(job) {
    const on = job !== null;
    this.bar.hidden = !on;
    if (this.stop) this.stop.hidden = !on;
    this.target.setAttribute("aria-busy", on ? "true" : "false");
    if (!on) return;
    this.bar.querySelector("progress").value = (job.state === "queued" ? job.ahead : job.share) ?? 0;
    this.bar.querySelector("[role=status]").textContent = doing(job);
  }

  fault(message) {
    this.waiting(null);
    this.clear(tag("p", message, { class: "failed", role: "alert" }));
  }

  // Ask for `body`; an earlier question that is still running is given up.
  async ask(body) {
    const before = this.job;
    const turn = ++this.turn;
    this.asked = this.question;
    this.mark();
    this.waiting({ share: 0, label: "" });
    try {
      if (before) cancel(before).catch(() => {});
      const job = await ask(this.path, body);
      await this.follow(job, turn);
    } catch (fault) {
      if (turn === this.turn) this.fault(fault.message);
    }
  }

  // Show a job of which the link was kept.
  async open(id) {
    const turn = ++this.turn;
    this.asked = this.question;
    try {
      let job = await json(`${api}/jobs/${id}`);
      if (job.state === "stopped" || job.state === "cancelled") {
        job = await json(`${api}/jobs/${id}/resume`, { method: "POST" });
      }
      await this.follow(job, turn);
      return job;
    } catch (fault) {
      this.fault(fault.message);
      return null;
    }
  }

  async follow(job, turn) {
    if (turn !== this.turn) return;
    this.job = job.id;
    setQuery(this.state(job));
    const alive = () => turn === this.turn;
    const end = await follow(job.id, {
      alive,
      progress: (now) => this.waiting(now),
      stage: async (now) => {
        if (!alive()) return;
        await this.show(now, this.target);
        this.shown = this.asked;
        this.mark();
      },
    });
    if (!alive()) return;
    this.job = null;
    if (end.state === "failed") this.fault(end.error);
    else this.waiting(null);
    this.target.dataset.state = end.state;
    this.mark();
  }
}
