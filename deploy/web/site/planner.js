// The planner on the device itself, behind the interface of API.md: a worker plans, this passes on what it says.

import { PlannerError, hearing, plannerOf } from "./planning.js";

const BROWSERS = "a current Chrome, Edge, Firefox, or Safari (iOS 17 and later) has it";
// Milliseconds that a service worker has to load the page's files, and then to take the page over; without it the page goes on.
const INSTALLING = 10_000;
const CLAIMING = 3000;
const CLOSED = { kind: "aborted", message: "The planner was closed." };
// The smallest module with an instruction of SIMD, which llama.cpp consists of.
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

// Safari may keep a page that is left, to come back to it; its worker would go on holding the model, and its planning would
// stand still. So the worker ends there, and a page that comes back begins anew: what was unfinished goes on.
addEventListener("pagehide", () => running?.then(({ worker }) => worker.terminate()));
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());

// Any page of the site shows with ?selftest whether this browser plans as the laptop did that made it.
const CHECK = new URL("./selftest.html", import.meta.url);
if (new URLSearchParams(location.search).has("selftest") && location.pathname !== CHECK.pathname) location.replace(CHECK);

export async function modelState() {
  return (await started()).ask("state");
}

export async function openPlanner({ onProgress = () => {}, today, compat = false } = {}) {
  const worker = await started();
  const about = await worker.ask("open", { compat }, { onProgress });
  return plannerOf({ about, today, ask: (...asked) => worker.ask(...asked), close: () => worker.end() });
}

let running;

function started() {
  return (running ??= start().catch((error) => {
    running = undefined;
    throw error;
  }));
}

async function start() {
  const lacking = await lacks();
  if (lacking) throw new PlannerError({ kind: "browser", message: `This browser lacks ${lacking}; ${BROWSERS}.` });
  await cached();
  return new Asked(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));
}

/** What this browser does not have of what planning takes; undefined where it has all. */
async function lacks() {
  if (typeof WebAssembly !== "object") return "WebAssembly";
  if (!WebAssembly.validate(new Uint8Array(SIMD))) return "WebAssembly's SIMD";
  if (!isSecureContext) return "a secure connection to this page (https), without which nothing can be kept on the device";
  if (!(await navigator.storage?.getDirectory?.().catch(() => undefined))) return "storage for files (it may be off in a private window)";
  if (!navigator.locks) return "locks between its tabs";
  return undefined;
}

/** Wait for the service worker, which keeps the page for when there is no network; go on where there can be none. */
async function cached() {
  if (!navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register(new URL("./sw.js", import.meta.url));
    await Promise.race([navigator.serviceWorker.ready, after(INSTALLING)]); // one that cannot be installed never is
  } catch {
    return;
  }
  if (navigator.serviceWorker.controller) return;
  // Reloaded past the cache, a page is not controlled: it works, but needs the network.
  const controlled = new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
  await Promise.race([controlled, after(CLAIMING)]);
}

function after(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A worker that is asked: each question has a number, and hears of progress until its result or error. */
class Asked {
  constructor(worker) {
    this.worker = worker;
    this.open = new Map();
    this.number = 0;
    worker.onmessage = ({ data: { id, ...said } }) => this.open.get(id)?.(said);
    worker.onerror = (event) => {
      event.preventDefault();
      this.fail({ kind: "fault", message: `The planner's worker failed: ${event.message || "it could not be loaded"}.` });
    };
  }

  ask(verb, body = {}, { signal, ...said } = {}) {
    return new Promise((resolve, reject) => {
      if (this.ended) throw new PlannerError(CLOSED);
      const id = ++this.number;
      const stop = () => this.worker.postMessage({ id, verb: "stop" });
      const end = (settle, value) => {
        this.open.delete(id);
        signal?.removeEventListener("abort", stop);
        settle(value);
      };
      const hear = hearing(said);
      this.open.set(id, ({ result, error, ...told }) => {
        hear(told);
        if (error) {
          end(reject, new PlannerError(error));
          if (error.kind === "memory") this.end();
        }
        if (result !== undefined) end(resolve, result);
      });
      this.worker.postMessage({ id, verb, body: JSON.stringify(body) });
      signal?.addEventListener("abort", stop);
      if (signal?.aborted) stop();
    });
  }

  fail(error) {
    for (const hear of [...this.open.values()]) hear({ error });
  }

  end() {
    running = undefined;
    this.ended = true;
    this.worker.terminate();
    this.fail(CLOSED);
  }
}
