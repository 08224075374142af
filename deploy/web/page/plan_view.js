// A plan as elements: what it is for, what it takes for given, its weeks, what to do when things go differently.

import { chipsOf } from "./chips.js";
import { dateSaid, el } from "./dom.js";
import { nameOf, sessionsOf } from "./marks.js";
import { KINDS } from "./save.js";
import { answerOf, weekOf } from "./week_view.js";

const LONG = 240;

/** The elements of a plan. names: of concepts; on: what the buttons do; whole: false while weeks are still to come. */
export function planOf({ plan, replanned, marks }, { names, on, whole = true }) {
  const answers = [];
  const noted = (answer) => {
    if (answer === null) return null;
    answers.push(answer);
    return el("span", { class: "paper" }, ` [${answers.length}]`);
  };
  const weeks = plan.phases.filter((phase) => phase.weeks.length).map((phase) => el("section", { class: "phase" },
    el("h3", {}, phase.title), el("p", { class: "muted" }, phase.objective),
    phase.weeks.map((week) => weekOf(plan, week, { on, noted, whole }))));
  const sheet = plan.practice.length > 0 && el("section", { class: "card" }, el("h3", {}, "Practice sheet"),
    el("ol", {}, plan.practice.map(({ task, answer }) => el("li", {}, task, noted(answer), answerOf(answer)))));
  return el("article", { class: "plan", "aria-labelledby": "plan-title" },
    el("div", { class: "overview" },
      el("h2", { id: "plan-title", tabindex: "-1" }, plan.title),
      el("p", { class: "muted" }, whole && plan.start && spanOf(plan)),
      plan.goal && el("p", {}, el("strong", {}, "Goal: "), plan.goal),
      whole && el("div", { class: "tally" }, el("p", { id: "tally-said" }), el("progress", { id: "tally", "aria-labelledby": "tally-said", value: 0 })),
      plan.profile && whole && chipsOf(plan, { begun: replanned || marks.done.length > 0, change: on.change }),
      notesOf(plan, replanned)),
    el("div", { class: "weeks" },
      plan.diagnosis.map(({ concept, evidence }) => el("section", { class: "card first" },
        el("h3", {}, `To repair first: ${nameOf(concept, names)}`), el("p", {}, evidence))),
      weeks, sheet, adaptationsOf(plan), answersOf(answers)),
    whole && keepOf(on));
}

/** Why nothing is planned; what must be answered first, as buttons. */
export function questionOf({ needs, omissions, title }, names, choose) {
  const [first = title, ...rest] = needs ? [needs.question, ...omissions] : omissions;
  const options = needs?.options ?? [];
  return el("section", { class: "card question", "aria-labelledby": "question" },
    el("h2", { id: "question", tabindex: "-1" }, first),
    options.length > 0
      ? el("ul", { class: "options" }, options.map((option) =>
          el("li", {}, el("button", { type: "button", onclick: () => choose(needs.field, option) }, nameOf(option, names)))))
      : rest.filter((line) => line !== first).map((line) => el("p", {}, line)));
}

function spanOf(plan) {
  const days = sessionsOf(plan).map(({ session }) => session.day);
  return dateSaid(plan.start, plan.language, { days: Math.min(...days), until: Math.max(...days), year: "numeric" });
}

function notesOf(plan, replanned) {
  const note = (title, lines, open) => lines.length > 0 && el("details", { class: "note", open },
    el("summary", {}, `${title} (${lines.length})`), el("ul", {}, lines.map((line) => el("li", {}, line))));
  return [
    note("Read but not used", plan.unused.map((words) => `“${words}”`), true),
    note("Not planned", plan.omissions, plan.omissions.join(" ").length < LONG),
    note(replanned ? "What changed, and what is assumed" : "Assumed", plan.assumptions, Boolean(replanned)),
  ];
}

function adaptationsOf({ adaptations }) {
  const title = { behind: "When you fall behind", ahead: "When you run ahead" };
  return adaptations.length > 0 && el("section", { class: "card" }, el("h3", {}, "If things go differently"),
    adaptations.map(({ when, trigger, action }) => [
      el("h4", {}, title[when]), el("p", { class: "muted" }, trigger), el("p", {}, action)]));
}

function answersOf(answers) {
  return answers.length > 0 && el("section", { class: "answers paper" }, el("h3", {}, "Answers"),
    el("ol", {}, answers.map((answer) => el("li", {}, answer))));
}

function keepOf(on) {
  const button = (said, onclick) => el("button", { type: "button", onclick }, said);
  return el("section", { class: "keep", "aria-labelledby": "keep" }, el("h3", { id: "keep" }, "Keep this plan"),
    el("div", { class: "row" },
      button("Print", () => print()),
      Object.entries(KINDS).map(([kind, { said }]) => button(said, () => on.save(kind)))),
    el("p", {}, button("Plan the rest from today", on.replan)));
}
