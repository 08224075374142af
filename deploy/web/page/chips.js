// What a plan takes for given about its learner, as chips; each can be changed, and the plan is made again.

import { counted, dateSaid, el } from "./dom.js";

const DAYS = { mon: "Mon", tue: "Tue", wed: "Wed", thu: "Thu", fri: "Fri", sat: "Sat", sun: "Sun" };
const perSession = (profile) => Math.round(profile.minutes_per_week / profile.sessions_per_week);
const words = (text) => text.split(",").map((word) => word.trim()).filter(Boolean);

/** A chip: what it is called, what it says of a plan, its input with the value, and the fields that a new value sets.
 * `shown` says whether a plan has it; `goesOn`, whether it can change where a part of the plan is done. */
const CHIPS = [
  {
    title: "Course or grade", said: (p) => p.course || "Any level", input: { type: "text", maxlength: 80 },
    value: (p) => p.course, change: (value) => ({ course: value.trim() }), shown: () => true, goesOn: true,
  },
  {
    title: "Weeks", said: (p, plan) => counted(weeksOf(plan), "week"), input: { type: "number", min: 1, max: 52 },
    value: (p, plan) => weeksOf(plan), change: (value) => ({ weeks: Number(value) }), shown: (p) => !p.deadline && rhythmic(p),
  },
  {
    title: "Sessions a week", said: (p) => `${p.sessions_per_week} × a week`, input: { type: "number", min: 1, max: 7 },
    value: (p) => p.sessions_per_week, goesOn: true, shown: rhythmic,
    change: (value, p) => ({ sessions_per_week: Number(value), minutes_per_week: Number(value) * perSession(p) }),
  },
  {
    title: "Minutes a session", said: (p) => `${perSession(p)} min each`, input: { type: "number", min: 5, max: 180 },
    value: perSession, goesOn: true, shown: (p) => rhythmic(p) && !Object.keys(p.minutes_on).length,
    change: (value, p) => ({ minutes_per_week: Number(value) * p.sessions_per_week }),
  },
  {
    title: "Days", said: (p) => p.days.map((day) => DAYS[day]).join(", ") || "Any day", options: DAYS,
    value: (p) => p.days, change: (days) => ({ days }), shown: rhythmic, goesOn: true,
  },
  {
    title: "Day of the test", said: (p) => (p.deadline ? `Test: ${dateSaid(p.deadline, "en", { year: "numeric" })}` : "No test day"), input: { type: "date" },
    value: (p) => p.deadline, change: (value) => ({ deadline: value || null }), shown: () => true, goesOn: true,
  },
  {
    title: "Interests, with commas between", said: (p) => p.interests.join(", ") || "No interests named", input: { type: "text", maxlength: 200 },
    value: (p) => p.interests.join(", "), change: (value) => ({ interests: words(value) }), shown: () => true, goesOn: true,
  },
];

const weeksOf = (plan) => plan.phases.flatMap((phase) => phase.weeks).length;

/** Whether sessions come in a rhythm, and are not single days that the learner named. */
function rhythmic(profile) {
  return profile.sessions_per_week > 0 && profile.minutes_per_week > 0 && !Object.keys(profile.sessions_on).length;
}

/** The chips of a plan. begun: a part of it is done. change: called with the fields of a profile that are to change. */
export function chipsOf(plan, { begun, change }) {
  const { profile } = plan;
  const shown = CHIPS.filter((chip) => chip.shown(profile) && (chip.goesOn || !begun));
  return el("ul", { class: "chips", "aria-label": "What this plan takes for given. Choose one to change it." }, shown.map((chip) => {
    const said = chip.said(profile, plan);
    const open = () => edit(chip, plan, change);
    return el("li", {}, el("button", { type: "button", class: "chip", "aria-haspopup": "dialog", "aria-label": `${said}: change ${chip.title.toLowerCase()}`, onclick: open }, said));
  }));
}

function edit(chip, plan, change) {
  const dialog = document.getElementById("edit");
  const value = chip.value(plan.profile, plan);
  const input = chip.input && el("input", { id: "edit-value", ...chip.input, value, required: chip.input.type === "number", "aria-labelledby": "edit-title" });
  const boxes = Object.entries(chip.options ?? {}).map(([name, said]) =>
    el("label", { class: "box" }, el("input", { type: "checkbox", value: name, checked: value.includes(name) }), said));
  const read = () => (input ? input.value : [...dialog.querySelectorAll(":checked")].map((box) => box.value));
  const submit = (event) => {
    event.preventDefault();
    dialog.close();
    if (JSON.stringify(read()) !== JSON.stringify(input ? String(value ?? "") : value)) change(chip.change(read(), plan.profile));
  };
  dialog.replaceChildren(
    el("form", { onsubmit: submit },
      el("h2", { id: "edit-title" }, chip.title),
      input ?? el("div", { class: "boxes", role: "group", "aria-labelledby": "edit-title" }, boxes),
      el("div", { class: "row" },
        el("button", { type: "submit", class: "main" }, "Plan again"),
        el("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Cancel"))));
  dialog.showModal();
}
