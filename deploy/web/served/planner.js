// The planner of a server on this machine (`studysmith serve`), behind the interface of ../API.md.

/** An error with one sentence for the reader; `kind` and `field` say what can be done about it. */
export class PlannerError extends Error {
  constructor({ kind, message, field }) {
    super(message);
    this.name = "PlannerError";
    this.kind = kind === "refused" ? "fault" : kind;
    this.field = field;
  }
}

const address = (path) => new URL(path, import.meta.url);
const GONE = { kind: "offline", message: "The server does not answer: start studysmith serve again, then try again." };
const STOPPED = { kind: "aborted", message: "The request was interrupted." };

export async function modelState() {
  const { bytes } = await (await ask("api/about")).json();
  return { bytes, have: bytes, where: "server" };
}

export async function openPlanner({ onProgress = () => {}, today } = {}) {
  onProgress({ stage: "load", done: 0, total: 1, said: "Asking the server." });
  const about = await (await ask("api/about")).json();
  onProgress({ stage: "load", done: 1, total: 1, said: "The planner is ready." });
  const day = () => today ?? localDate(new Date());
  let last = Promise.resolve();
  // One plan at a time: a second call waits for the first.
  const inTurn = (work) => (last = last.then(work, work));
  return {
    about,
    plan: (text, profile = {}, { practice = 0, ...said } = {}) =>
      inTurn(() => stream("api/plan", { text, profile, practice, today: day() }, said)),
    replan: (plan, { done = [], missed = [], hard = [] }, said = {}) =>
      inTurn(() => stream("api/replan", { plan, marks: { done, missed, hard }, today: day() }, said)),
    formats: async (plan) => (await ask("api/formats", { plan })).json(),
    selftest: (said = {}) => inTurn(() => stream("api/selftest", {}, said)),
    close: () => {},
  };
}

/** The device's own date, as YYYY-MM-DD. */
function localDate(now) {
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

/** The response; rejects with a PlannerError for every other than a good one. */
async function ask(path, body, signal) {
  const how = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  let response;
  try {
    response = await fetch(address(path), { ...how, signal });
  } catch {
    throw new PlannerError(signal?.aborted ? STOPPED : GONE);
  }
  if (!response.ok) {
    const told = await response.json().catch(() => ({}));
    throw new PlannerError(told.error ?? { kind: "fault", message: `The server answered with status ${response.status}.` });
  }
  return response;
}

/** The result that a stream of lines ends in; tells of progress and weeks on the way. */
async function stream(path, body, { onProgress = () => {}, onWeek = () => {}, signal } = {}) {
  const response = await ask(path, body, signal);
  let plan, found;
  try {
    for await (const { progress, frame, week, phase, result, error } of lines(response.body)) {
      if (progress) onProgress(progress);
      if (frame) plan = { ...frame, phases: frame.phases.map((p, i) => ({ ...p, weeks: plan?.phases[i]?.weeks ?? [] })) };
      if (week) {
        plan = { ...plan, phases: plan.phases.map((p, i) => (i === phase ? { ...p, weeks: [...p.weeks, week] } : p)) };
        onWeek(week, plan);
      }
      if (error) throw new PlannerError(error);
      found ??= result;
    }
    if (found) return found;
  } catch (error) {
    if (error instanceof PlannerError) throw error;
    if (signal?.aborted) throw new PlannerError(STOPPED);
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
  }
  throw new PlannerError(GONE);
}

/** The values of a body that has one line of JSON for each. */
async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const whole = (rest + value).split("\n");
      rest = whole.pop();
      for (const line of whole) yield JSON.parse(line);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
