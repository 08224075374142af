// The planner of a server on this machine (`studysmith serve`), behind the interface of ../API.md.

import { PlannerError, hearing, plannerOf } from "./planning.js";

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
  const asked = async (verb, body, said) =>
    verb === "formats" ? (await ask("api/formats", body)).json() : stream(`api/${verb}`, body, said);
  return plannerOf({ about, today, ask: asked });
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
    const { error } = await response.json().catch(() => ({}));
    const said = error ?? { kind: "fault", message: `The server answered with status ${response.status}.` };
    throw new PlannerError({ ...said, kind: said.kind === "refused" ? "fault" : said.kind });
  }
  return response;
}

/** The result that a stream of lines ends in; tells of progress and weeks on the way. */
async function stream(path, body, { signal, ...said } = {}) {
  const response = await ask(path, body, signal);
  const hear = hearing(said);
  let found;
  try {
    for await (const { result, error, ...told } of lines(response.body)) {
      hear(told);
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
