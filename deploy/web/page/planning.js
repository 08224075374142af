// What planners have in common, wherever plans are made: errors, one call at a time, plans that come week by week.

/** An error with one sentence for the reader; `kind` and `field` say what can be done about it. */
export class PlannerError extends Error {
  constructor({ kind, message, field }) {
    super(message);
    this.name = "PlannerError";
    this.kind = kind;
    this.field = field;
  }
}

/** The planner of API.md. ask: puts a verb and what it takes to whoever plans; its promise is of the result. */
export function plannerOf({ about, today, ask, close = () => {} }) {
  const day = () => today ?? localDate(new Date());
  let last = Promise.resolve();
  // A call waits for those before it.
  const inTurn = (...asked) => {
    const work = () => ask(...asked);
    return (last = last.then(work, work));
  };
  return {
    about,
    plan: (text, profile = {}, { practice = 0, ...said } = {}) => inTurn("plan", { text, profile, practice, today: day() }, said),
    replan: (plan, { done = [], missed = [], hard = [] }, said = {}) =>
      inTurn("replan", { plan, marks: { done, missed, hard }, today: day() }, said),
    formats: (plan) => inTurn("formats", { plan }, {}),
    selftest: (said = {}) => inTurn("selftest", {}, said),
    close,
  };
}

/** The device's own date, as YYYY-MM-DD. */
function localDate(now) {
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

/** Hears what is told while a plan is made, and passes on its progress, and its weeks with the plan up to each. */
export function hearing({ onProgress = () => {}, onWeek = () => {} }) {
  let plan;
  return ({ progress, frame, week, phase }) => {
    if (progress) onProgress(progress);
    if (frame) plan = { ...frame, phases: frame.phases.map((p, i) => ({ ...p, weeks: plan?.phases[i]?.weeks ?? [] })) };
    if (week) {
      plan = { ...plan, phases: plan.phases.map((p, i) => (i === phase ? { ...p, weeks: [...p.weeks, week] } : p)) };
      onWeek(week, plan);
    }
  };
}
