// llama.cpp in the browser (wllama), asked as the engine on a laptop is in exact mode: greedy, one at a time.

import { Failure } from "./failure.js";
import { part } from "./part.js";
import { LoggerWithoutDebug, Wllama } from "./wllama/wllama.js";

const BATCH = 2048;
const MICRO_BATCH = 128;
const MOST_THREADS = 4;
const LEAST_CONTEXT = 1024; // the cache for it takes 24 MB of the embedded model, for 4096 four times as much
const BESIDE = 16; // tokens that a model may put before a prompt
const NOT_LOADED = "The model cannot be loaded here: the memory of this device is not enough, or its format is not known.";

/**
 * The model of a file. context: its longest; longest: bytes of a prompt that is to be expected. compat: llama.cpp without
 * the newest parts of WebAssembly, which Safari needs.
 */
export async function openEngine(site, file, { context, longest }, compat = false) {
  if (compat) delete WebAssembly.Suspending;
  const engine = new Engine((size) => loaded(site, file, size), context);
  await engine.makeRoom(longest);
  return engine;
}

async function loaded(site, file, context) {
  const wllama = new Wllama(
    { default: await unpacked(site, "wllama/wllama.wasm.gz", !needsCompat()) },
    { suppressNativeLog: true, logger: { ...LoggerWithoutDebug, log() {}, warn() {} } },
  );
  wllama.setCompat({
    wasm: await unpacked(site, "wllama/compat.wasm.gz", needsCompat()),
    worker: new URL("./wllama/compat.js", import.meta.url).href,
  });
  try {
    await wllama.loadModel([file], {
      n_ctx: context,
      n_batch: BATCH,
      n_ubatch: MICRO_BATCH,
      n_parallel: 1,
      n_gpu_layers: 0,
      n_threads: Math.max(1, Math.min(MOST_THREADS, navigator.hardwareConcurrency)),
      flash_attn: false,
      warmup: false,
    });
    // The file is whole, so either it is too large for this device or of a kind that this llama.cpp does not know.
    if (!wllama.getLoadedContextInfo().success) throw new Failure("memory", NOT_LOADED);
  } catch (error) {
    await wllama.exit();
    throw error;
  }
  return wllama;
}

/** Whether wllama will take its other build: see its `needCompat`. */
function needsCompat() {
  try {
    new WebAssembly.Memory({ address: "i64", initial: 1n });
    return !WebAssembly.Suspending && !/Firefox\//.test(navigator.userAgent);
  } catch {
    return !/Firefox\//.test(navigator.userAgent);
  }
}

/** A URL of what a compressed file holds; of nothing where it is not used. */
async function unpacked(site, path, used) {
  if (!used) return "unused:";
  const stream = (await part(site, path)).body.pipeThrough(new DecompressionStream("gzip"));
  const raw = await new Response(stream).blob();
  return URL.createObjectURL(raw.slice(0, raw.size, "application/wasm"));
}

class Engine {
  constructor(load, most) {
    this.load = load;
    this.most = most;
    this.context = 0;
  }

  get threads() {
    return this.wllama.getNumThreads();
  }

  /** Load the model with a context that a text of so many bytes fits into, whatever its tokens: each is a byte or more. */
  async makeRoom(bytes) {
    const wanted = Math.max(LEAST_CONTEXT, 2 ** Math.ceil(Math.log2(bytes + BESIDE)));
    const context = Math.min(wanted, this.most);
    if (context <= this.context) return;
    await this.wllama?.exit();
    this.context = 0;
    this.wllama = await this.load(context);
    this.context = context;
  }

  /** The answer to a question (see asked.py). */
  async answer(question) {
    await this.makeRoom(new TextEncoder().encode(question.prompt).length + (question.max_tokens ?? 1));
    return question.grammar ? this.write(question) : this.look(question);
  }

  /** How likely tokens are after a prompt: natural logprobs of those among the likeliest, and of the least of these. */
  async look({ prompt, look, ids }) {
    try {
      // Sampled is a whole character, whatever its likelihood: a part of one is held back, and what is known of it as well.
      const { content, prompt_tokens } = await this.next(prompt, look, "a");
      const known = new Map(content.top_logprobs.map(({ id, logprob }) => [id, logprob]));
      const found = ids.filter((id) => known.has(id)).map((id) => [id, known.get(id)]);
      return { logprobs: Object.fromEntries(found), least: Math.min(...known.values()), prompt_tokens };
    } catch (error) {
      if (this.abort.signal.aborted) throw error;
      return this.lookAtEach(prompt, ids);
    }
  }

  /**
   * The same, one token at a time. wllama writes alternatives as JSON and cannot where one is a byte that is no text (a
   * part of a character or an emoji); with 1000 of them that happens, with the likeliest alone it does not.
   */
  async lookAtEach(prompt, ids) {
    const found = [];
    let read = 0;
    for (const id of ids) {
      const { content, prompt_tokens } = await this.next(prompt, 1, id);
      found.push([id, content.logprob]);
      read = prompt_tokens;
    }
    return { logprobs: Object.fromEntries(found), least: Math.min(...found.map(([, logprob]) => logprob)), prompt_tokens: read };
  }

  /** What is known of the next token where it has to be `token`, and of `count` alternatives: logprobs as if it had not. */
  async next(prompt, count, token) {
    const { choices, usage } = await this.complete({ prompt, n_predict: 1, n_probs: count, logit_bias: [[token, 1000]] });
    return { content: choices[0].logprobs.content[0], prompt_tokens: usage.prompt_tokens };
  }

  async write({ prompt, grammar, max_tokens, repeat_penalty }) {
    const options = { prompt, grammar, n_predict: max_tokens, repeat_penalty, repeat_last_n: 64, samplers: ["penalties", "temperature"] };
    const { choices, usage } = await this.complete(options);
    const [{ text, finish_reason }] = choices;
    const { prompt_tokens, completion_tokens } = usage;
    return { text, cut: finish_reason === "length", prompt_tokens, completion_tokens };
  }

  async complete(options) {
    this.abort = new AbortController();
    // WebAssembly computes each token by itself, so what is kept of the last prompt is what would come anew.
    return this.wllama.createCompletion({ ...options, temperature: 0, cache_prompt: true, abortSignal: this.abort.signal });
  }

  stop() {
    this.abort?.abort();
  }
}
