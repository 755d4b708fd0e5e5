// A measure in the form: a switch, two days and a number, each as a slider and as a field.
// The fields hold what is asked; a slider is another hand on its field.
import { day, tellDays, words as shown } from "./days.js";

const { locale: own } = document.body.dataset;
const number = new Intl.NumberFormat(own, { maximumFractionDigits: 3 });
const percent = new Intl.NumberFormat(own, { style: "percent", maximumFractionDigits: 1 });

export const DAY = 86400000;
export const iso = (time) => new Date(time).toISOString().slice(0, 10);

export class Box {
  constructor(box, period) {
    const pick = (name) => box.querySelector(`[data-${name}]`);
    this.box = box;
    this.period = period;
    this.published = Boolean(box.dataset.measure);
    this.brought = false;
    this.switch = pick("on");
    this.at = pick("at");
    this.much = pick("much");
    this.exact = pick("exact");
    this.ends = [["from", "start"], ["to", "end"]].map(([name, what]) => (
      { name, what, slider: pick(name), field: pick(`${name}-day`) }));
  }

  get on() { return this.switch.checked; }
  set on(value) { this.switch.checked = value; this.say(); }

  // The day an end has when nobody moved it: as published, or that of the period.
  usual({ name, what }) {
    return this.published ? this.box.dataset[what] : iso(this.period()[name === "from" ? "start" : "end"]);
  }

  reset() {
    this.brought = false;
    this.switch.checked = this.published;
    const details = this.box.querySelector("details");
    if (details) details.open = false;
    for (const end of this.ends) { end.field.value = this.usual(end); end.moved = false; }
    if (this.exact) this.exact.value = this.exact.dataset.usual;
    if (this.at) this.at.selectedIndex = 0;
    this.fit();
  }

  // Another period: sliders run over it, and ends that nobody moved follow.
  fit() {
    const { start, end } = this.period();
    const last = Math.round((end - start) / DAY);
    for (const one of this.ends) {
      one.slider.max = last;
      if (!one.moved) one.field.value = this.usual(one);
      const at = one.field.value ? Math.round((day(one.field.value) - start) / DAY) : last;
      one.slider.value = Math.min(Math.max(at, 0), last);
    }
    this.say();
  }

  // A measure brought into the period lasts as long as it, until it is moved.
  bring() {
    this.brought = true;
    this.switch.checked = true;
    const { start, end } = this.period();
    [start, end].forEach((time, i) => { this.ends[i].field.value = iso(time); this.ends[i].moved = true; });
    this.box.querySelector("details").open = true;
    this.fit();
    this.box.querySelector("summary").focus();
  }

  moved(input) {
    const { start } = this.period();
    const end = this.ends.find((one) => one.slider === input || one.field === input);
    if (end && end.slider === input) {
      const other = this.ends.find((one) => one !== end);
      this.slide(end, Number(input.value), start);
      // a slider pushes the other before it
      const crossed = end.name === "from" ? Number(input.value) > Number(other.slider.value)
        : Number(input.value) < Number(other.slider.value);
      if (crossed) {
        other.slider.value = input.value;
        this.slide(other, Number(input.value), start);
      }
    } else if (end) {
      end.moved = input.value !== "" && input.value !== this.usual(end);
      if (input.value) end.slider.value = Math.round((day(input.value) - start) / DAY);
    } else if (input === this.much) {
      this.exact.value = Number((Number(input.value) * this.scale).toFixed(3));
    } else if (input === this.exact && input.value) {
      this.much.value = Number(input.value) / this.scale;
    }
    this.say();
  }

  // At an end of the period a measure that was published to reach past it does so again.
  slide(end, value, start) {
    const usual = this.usual(end);
    const edge = end.name === "from" ? value === 0 && usual && day(usual) <= start
      : value === Number(end.slider.max) && (!usual || day(usual) >= this.period().end);
    end.moved = !edge;
    end.field.value = edge ? usual : iso(start + value * DAY);
  }

  // A field left empty goes back to what it was; tells whether the question changed.
  left(input) {
    const end = this.ends.find((one) => one.field === input);
    if (!end || input.value) return false;
    end.moved = false;
    this.fit();
    return true;
  }

  get scale() { return this.much.hasAttribute("data-share") ? 100 : 1; }

  get value() {
    return this.exact && this.exact.value !== "" ? Number((Number(this.exact.value) / this.scale).toFixed(5)) : null;
  }

  // What a published measure has other than as published; null where nothing.
  changes() {
    const made = { id: this.box.dataset.measure };
    for (const end of this.ends) if (end.field.value && end.field.value !== this.usual(end)) made[end.what] = end.field.value;
    const { usual } = this.exact?.dataset ?? {};
    if (this.exact && this.exact.value !== "" && this.exact.value !== usual) made[this.box.dataset.field] = this.value;
    return Object.keys(made).length > 1 ? made : null;
  }

  lever() {
    const made = { kind: this.box.dataset.lever };
    for (const end of this.ends) made[end.what] = end.field.value || this.usual(end);
    if (this.at) made.at = this.at.value;
    if (this.exact && this.value !== null) made[this.box.dataset.field] = this.value;
    return made;
  }

  write(asked) {
    this.switch.checked = true;
    if (this.at && asked.at) this.at.value = asked.at;
    for (const end of this.ends) {
      if (!asked[end.what]) continue;
      end.field.value = asked[end.what];
      end.moved = asked[end.what] !== this.usual(end);
    }
    const much = asked[this.box.dataset.field];
    if (this.exact && much !== undefined && much !== null) {
      this.exact.value = Number((much * this.scale).toFixed(3));
      this.much.value = much;
    }
    const details = this.box.querySelector("details");
    if (details) details.open = true;
    this.fit();
  }

  // Words for those who do not see the sliders, and marks of what was changed.
  say() {
    tellDays(this.box);
    for (const { slider, field } of this.ends) {
      slider.setAttribute("aria-valuetext", field.value ? shown.format(day(field.value)) : this.box.dataset.open ?? "");
    }
    if (this.much) {
      const given = this.value !== null;
      this.much.toggleAttribute("data-unset", !given);
      const words = this.scale === 100 ? percent.format(this.value ?? 0) : number.format(this.value ?? 0);
      this.much.setAttribute("aria-valuetext", given ? words : this.exact.placeholder);
      if (!given) this.much.value = this.much.defaultValue;
    }
    const inside = this.box.querySelector(".inside");
    if (this.at) this.at.required = this.on;
    if (!this.published) inside.hidden = !this.on;
    else {
      this.box.querySelector("details").hidden = !this.on;
      this.box.querySelector("[data-changed]").hidden = !(this.on && this.changes());
    }
  }
}
