// Where plans are made: Python makes them, llama.cpp answers what Python asks, and both only compute here.

import { openEngine } from "./engine.js";
import { Failure, failure } from "./failure.js";
import { openPython } from "./python.js";
import { Store } from "./store.js";

const stopped = new Set();
let site, store, session, engine;

onmessage = async ({ data: { id, verb, body } }) => {
  const say = (message) => postMessage({ id, ...message });
  if (verb === "stop") {
    stopped.add(id);
    engine?.stop();
    return;
  }
  try {
    say(await answer(verb, JSON.parse(body), id, say));
  } catch (error) {
    say({ error: failure(error) });
  } finally {
    stopped.delete(id);
  }
};

async function answer(verb, body, id, say) {
  site ??= await listed();
  store ??= new Store(site.model);
  if (verb === "state") return { result: { bytes: site.model.bytes, have: await store.have(), where: "device" } };
  if (verb === "open") return { result: await open(body, id, say) };
  if (!session) throw new Failure("fault", "The planner is not open.");
  return JSON.parse(await session.handle(verb, JSON.stringify(body), (message) => say(JSON.parse(message)), ask(id)));
}

async function listed() {
  const response = await fetch(new URL("./site.json", import.meta.url)).catch(() => undefined);
  if (!response?.ok) throw new Failure("offline", "The page cannot be loaded: there is no network, and it was not used here before.");
  return response.json();
}

async function open({ compat }, id, say) {
  const progress = (stage, done, total, said) => say({ progress: { stage, done, total, said } });
  if (!session) {
    await store.hold();
    const file = await store.model((done, total, said) => {
      if (stopped.has(id)) throw new Failure("aborted", "The download was interrupted; what came is kept.");
      progress("download", done, total, said);
    });
    progress("load", 0, 2, "Starting Python.");
    session = await openPython(site);
    progress("load", 1, 2, "Loading the model.");
    try {
      engine = await openEngine(site, file, session, compat);
    } catch (error) {
      session = undefined;
      throw error;
    }
    progress("load", 2, 2, "The planner is ready.");
  }
  const { name, version, model: { sha256 } } = site;
  return { name, version, where: "device", threads: engine.threads, sha256, names: session.names };
}

/** Puts a question of Python's to the model; an error is an answer too, which ends what asked. */
function ask(id) {
  return async (question) => {
    try {
      if (stopped.has(id)) throw new Failure("aborted", "The plan was interrupted.");
      return JSON.stringify(await engine.answer(JSON.parse(question)));
    } catch (error) {
      const said = stopped.has(id) ? new Failure("aborted", "The plan was interrupted.") : error;
      return JSON.stringify({ error: failure(said) });
    }
  };
}
