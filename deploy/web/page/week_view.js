// A week of a plan as elements, and its marks.

import { byId, counted, dateSaid, el } from "./dom.js";
import { isMissed, sessionsOf } from "./marks.js";

const KINDS = { study: "Study", example: "Worked example", practice: "Practice", repair: "Repair", review: "Review" };
const minutesOf = (session) => session.activities.reduce((sum, activity) => sum + activity.minutes, 0);

export const answerOf = (answer) =>
  answer !== null && el("details", { class: "answer" }, el("summary", {}, "Answer"), el("p", {}, answer));

/** noted: keeps an answer for the list at the end of the paper, and gives the mark for it. */
export function weekOf(plan, week, { on, noted, whole }) {
  const minutes = week.sessions.reduce((sum, session) => sum + minutesOf(session), 0);
  return el("section", { class: "card week", "data-week": week.number },
    el("h4", {}, el("span", { class: "count" }, `Week ${week.number}`), ` ${week.title}`),
    el("p", { class: "muted small" }, `${counted(week.sessions.length, "session")}, ${minutes} min`),
    week.sessions.map((session, place) => sessionOf(plan, session, `${week.number}.${place + 1}`, { on, noted, whole })),
    week.checkpoint && el("div", { class: "checkpoint" },
      el("h5", {}, "Checkpoint"), el("p", { class: "task" }, week.checkpoint.question, noted(week.checkpoint.answer)),
      answerOf(week.checkpoint.answer)),
    whole && el("button", { type: "button", class: "toggle missed", "aria-pressed": "false", onclick: () => on.missed(week.number) }, "I missed this week"));
}

function sessionOf(plan, session, number, { on, noted, whole }) {
  const when = plan.start ? dateSaid(plan.start, plan.language, { days: session.day, weekday: "short" }) : "";
  const level = (name, said) => el("button", {
    type: "button", class: "toggle", "data-level": name, "data-concept": session.concept, "aria-pressed": "false",
    onclick: () => on.level(session.concept, name) }, said);
  return el("div", { class: "sitting", "data-number": number },
    whole && el("input", { type: "checkbox", class: "done", "aria-label": `Done: ${number} ${session.title}`, onchange: (event) => on.done(number, event.target.checked) }),
    el("details", { class: "session", "data-key": number },
      el("summary", {}, el("span", { class: "title" }, session.title), " ",
        el("span", { class: "muted small" }, [when, `${minutesOf(session)} min`].filter(Boolean).join(", "))),
      el("p", { class: "objective" }, session.objective),
      el("ol", { class: "activities" }, session.activities.map((activity) => activityOf(activity, noted))),
      el("p", { class: "why" }, el("strong", {}, "Why this: "), session.rationale),
      whole && session.concept && el("div", { class: "row levels", role: "group", "aria-label": `How was ${session.title}?` },
        level("hard", "This was too hard"), level("easy", "This was too easy"))));
}

function activityOf({ kind, minutes, text, task, answer }, noted) {
  const solved = kind === "example"; // its answer is part of what is read
  return el("li", {},
    el("p", { class: "kind" }, `${KINDS[kind]}, ${minutes} min`),
    task && el("p", { class: "task" }, task, !solved && noted(answer)),
    solved ? linesOf(text) : el("p", {}, text),
    task && solved && answer !== null && el("p", {}, el("strong", {}, "Answer: "), answer),
    task && !solved && answerOf(answer));
}

/** A worked example: what to do with it, and below that a line for each step, which can be covered. */
function linesOf(text) {
  const [lead, ...steps] = text.split("\n");
  return [el("p", {}, lead), el("ol", { class: "lines" }, steps.map((step) => el("li", {}, step)))];
}

/** Bring the marks into the elements that are there; what is open stays open. */
export function showMarks(root, plan, marks) {
  const sessions = sessionsOf(plan);
  const next = sessions.find(({ number }) => !marks.done.includes(number))?.number;
  for (const sitting of root.querySelectorAll(".sitting")) {
    const { number } = sitting.dataset;
    const done = marks.done.includes(number);
    sitting.querySelector(".done").checked = done;
    sitting.classList.toggle("is-done", done);
    sitting.classList.toggle("is-next", number === next);
  }
  for (const week of root.querySelectorAll(".week")) {
    const number = Number(week.dataset.week);
    const over = sessions.filter((s) => s.week === number).every((s) => marks.done.includes(s.number));
    const missed = week.querySelector(".missed");
    missed.hidden = over;
    missed.setAttribute("aria-pressed", isMissed(marks, number));
  }
  for (const toggle of root.querySelectorAll("[data-level]")) {
    toggle.setAttribute("aria-pressed", marks[toggle.dataset.level].includes(toggle.dataset.concept));
  }
  byId("tally").max = sessions.length;
  byId("tally").value = marks.done.length;
  byId("tally-said").textContent = `${marks.done.length} of ${counted(sessions.length, "session")} done`;
}

/** Open the session that is to be done next. */
export function openNext(root) {
  const next = root.querySelector(".is-next details");
  if (next) next.open = true;
}
