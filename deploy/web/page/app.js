// The page: what is asked, what is shown, and what is remembered. Planning is planner.js's, on this device or a server.

import { chipsOf } from "./chips.js";
import { byId } from "./dom.js";
import { changesSaid, forPlanner, isMissed, markDone, markLevel, markMissed, noMarks, sessionsOf } from "./marks.js";
import { onOtherTab, remember, remembered } from "./memory.js";
import { openPlanner } from "./planner.js";
import { planOf, questionOf } from "./plan_view.js";
import { download, openOnPaper } from "./save.js";
import { showModel, showPlace } from "./model.js";
import { hideTrouble, showTrouble } from "./trouble.js";
import { openNext, showMarks } from "./week_view.js";

let opening = null; // the promise of a planner
let working = null; // the AbortController of the plan that is being made
let asking = false; // whether the text box is shown although there is a plan

const UNKEPT = { kind: "storage", message: "This browser keeps nothing for this page, so save the plan as a file before you close it." };

function keep(change) {
  if (!remember(change)) showTrouble(UNKEPT);
}

// What is shown -------------------------------------------------------------------------------------------------------

function render() {
  const { names, text, current, earlier, question, partial } = remembered();
  const form = !working && (asking || !current);
  byId("ask").hidden = !form;
  byId("new").hidden = Boolean(working) || form;
  byId("back").hidden = !current;
  byId("earlier").hidden = Boolean(working) || !earlier;
  byId("working").hidden = !working;
  if (document.activeElement !== byId("text")) byId("text").value = text;
  const shown = working
    ? partial && planOf({ plan: partial, marks: noMarks() }, { names, on, whole: false })
    : form ? question && questionOf(question.plan, names, choose) : planOf(current, { names, on });
  const root = byId("plan");
  const open = [...root.querySelectorAll("details[data-key][open]")].map((each) => each.dataset.key);
  root.replaceChildren(...[shown].filter(Boolean));
  for (const each of root.querySelectorAll("details[data-key]")) each.open = open.includes(each.dataset.key);
  if (!working && !form) renderMarks();
  else byId("bar").hidden = true;
}

function renderMarks() {
  const { names, current } = remembered();
  const { plan, marks } = current;
  showMarks(byId("plan"), plan, marks);
  byId("plan").querySelector(".chips")?.replaceWith(chipsOf(plan, { begun: begun(current), change: on.change }));
  byId("bar-said").textContent = changesSaid(marks, names);
  byId("bar").hidden = !byId("bar-said").textContent;
}

const begun = ({ replanned, marks }) => replanned || marks.done.length > 0;

function showProgress({ done, total, said }) {
  byId("said").textContent = said;
  const bar = byId("progress");
  if (total) Object.assign(bar, { max: total, value: done });
  else bar.removeAttribute("value");
}

// What is asked -------------------------------------------------------------------------------------------------------

/** Make a plan, or the rest of one, until it is whole. What is unfinished is remembered, and goes on after a reload. */
async function work(pending) {
  hideTrouble();
  byId("text-error").textContent = "";
  byId("text").removeAttribute("aria-invalid");
  const stop = (working = new AbortController());
  const goesOn = pending.tries > 0; // the weeks that were there before are shown until they are there again
  const change = { pending: { ...pending, tries: (pending.tries ?? 0) + 1 }, question: null };
  keep(goesOn ? change : { ...change, partial: null });
  showProgress({ said: "Opening the planner.", total: 0 });
  render();
  byId("working").focus();
  const onWeek = (week, partial) => {
    if (stop.signal.aborted) return;
    if (weeksOf(partial) >= weeksOf(remembered().partial)) keep({ partial });
    render();
    byId("news").textContent = `Week ${week.number} is ready.`;
  };
  try {
    const planner = await Promise.race([opened(), stopped(stop.signal)]);
    showPlace(planner.about.where);
    keep({ names: planner.about.names });
    showProgress({ said: "Making the plan.", total: 0 });
    const plan = await asked(planner, pending, { onProgress: showProgress, onWeek, signal: stop.signal });
    working = null;
    finish(pending, plan);
  } catch (error) {
    working = null;
    failed(pending, error);
  }
}

const weeksOf = (plan) => plan?.phases.flatMap((phase) => phase.weeks).length ?? 0;

function opened() {
  opening ??= openPlanner({ onProgress: showProgress }).catch((error) => {
    opening = null;
    throw error;
  });
  return opening;
}

function stopped(signal) {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(Object.assign(new Error("Stopped."), { kind: "aborted" })));
  });
}

function asked(planner, { kind, text, profile, change }, said) {
  if (kind === "plan") return planner.plan(text, profile, said);
  const { plan, marks } = remembered().current;
  return planner.replan({ ...plan, profile: { ...plan.profile, ...change } }, forPlanner(plan, marks), said);
}

function finish({ kind, text, profile }, plan) {
  const { current, earlier } = remembered();
  const done = { pending: null, partial: null };
  if (!sessionsOf(plan).length) {
    keep({ ...done, question: { text, profile, plan } });
    asking = true;
  } else {
    const next = { text, profile, plan, marks: noMarks(), replanned: kind === "replan", files: null };
    keep({ ...done, current: next, earlier: current ?? earlier });
    asking = false;
  }
  render();
  if (!asking) openNext(byId("plan"));
  byId("news").textContent = asking ? "" : "The plan is ready.";
  (byId("plan-title") ?? byId("question")).focus();
  if (!asking) files().catch(showTrouble); // they can be saved later without a planner
}

function failed(pending, error) {
  const over = ["aborted", "input"].includes(error.kind);
  if (over) keep({ pending: null, partial: null });
  if (["memory", "fault"].includes(error.kind)) opening = null;
  const ofText = error.kind === "input" && pending.kind === "plan" && (error.field ?? "text") === "text";
  if (ofText) asking = true;
  render();
  if (ofText) {
    byId("text-error").textContent = error.message;
    byId("text").setAttribute("aria-invalid", "true");
    byId("text").focus();
  } else if (error.kind !== "aborted") showTrouble(error, over ? null : () => work(remembered().pending));
}

/** The plan as files have it, made once. */
async function files() {
  const { current } = remembered();
  if (current.files) return current.files;
  const made = await (await opened()).formats(current.plan);
  keep({ current: { ...remembered().current, files: made } });
  return made;
}

// What buttons do -----------------------------------------------------------------------------------------------------

function mark(change) {
  const { current } = remembered();
  keep({ current: { ...current, marks: change(current.marks, current.plan) } });
  renderMarks();
}

const on = {
  done: (number, isDone) => mark((marks) => markDone(marks, number, isDone)),
  missed: (week) => mark((marks, plan) => markMissed(plan, marks, week, !isMissed(marks, week))),
  level: (concept, level) => mark((marks) => markLevel(marks, concept, marks[level].includes(concept) ? "" : level)),
  change: (change) => {
    const { current } = remembered();
    const profile = { ...current.profile, ...change };
    work({ kind: begun(current) ? "replan" : "plan", text: current.text, profile, change });
  },
  replan: () => {
    const { text, profile } = remembered().current;
    work({ kind: "replan", text, profile });
  },
  save: async (kind) => {
    try {
      download(kind, (await files())[kind], remembered().current.plan.title);
    } catch (error) {
      showTrouble(error, () => on.save(kind));
    }
  },
};

function choose(field, option) {
  const { text, profile } = remembered().question;
  work({ kind: "plan", text, profile: { ...profile, [field]: [option] } });
}

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  work({ kind: "plan", text: byId("text").value, profile: {} });
});
byId("text").addEventListener("input", () => keep({ text: byId("text").value }));
for (const example of document.querySelectorAll(".examples button")) {
  example.addEventListener("click", () => {
    byId("text").value = example.textContent;
    keep({ text: example.textContent });
    byId("text").focus();
  });
}
byId("stop").addEventListener("click", () => working?.abort());
byId("replan").addEventListener("click", on.replan);
byId("new").addEventListener("click", () => {
  asking = true;
  render();
  byId("text").focus();
});
byId("back").addEventListener("click", () => {
  asking = false;
  keep({ question: null });
  render();
  byId("plan-title").focus();
});
byId("earlier").addEventListener("click", () => {
  const { current, earlier } = remembered();
  asking = false;
  keep({ current: earlier, earlier: current });
  render();
  openNext(byId("plan"));
  byId("plan-title").focus();
});

// How it begins -------------------------------------------------------------------------------------------------------

asking = Boolean(remembered().question);
render();
if (!byId("plan").querySelector(".question")) openNext(byId("plan"));
openOnPaper();
onOtherTab(() => {
  if (working) return;
  if (!remembered().pending) hideTrouble();
  render();
});
const { pending } = remembered();
if (pending && pending.tries < 2) work(pending);
else {
  // What broke off twice would break off again by itself: it waits for the learner.
  const twice = "The plan was interrupted twice; close other tabs and apps before you try again.";
  if (pending) showTrouble({ message: twice }, () => work({ ...pending, tries: 0 }));
  showModel();
}
