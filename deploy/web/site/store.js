// The model on the device: downloaded once into the origin's own file system, checked, and held by one tab.

import { Failure } from "./failure.js";

const SCOPE = new URL("./", import.meta.url).pathname;
const FLUSH = 8 * 2 ** 20; // bytes that a cut download may lose
const LETTING_GO = 3000; // ms that a tab which was closed, or loaded anew, may take to let go of the model
const CUT = "The download stopped; what came is kept, and it goes on from there when you try again.";
const BUSY = "Another tab of this page has the model open; use that tab, or close it and try again.";

export class Store {
  constructor({ path, bytes, sha256 }) {
    this.url = new URL(`./${path}`, import.meta.url);
    this.bytes = bytes;
    this.sha256 = sha256;
    this.name = `model-${sha256}.gguf`;
  }

  /** Hold the model until this worker ends, so that no other tab loads or replaces it. */
  async hold() {
    if (this.held) return;
    await new Promise((held, busy) => {
      navigator.locks
        .request(`studysmith ${SCOPE}`, { signal: AbortSignal.timeout(LETTING_GO) }, () => {
          this.held = true;
          held();
          return new Promise(() => {});
        })
        .catch((error) => busy(error.name === "TimeoutError" ? new Failure("busy", BUSY) : error));
    });
  }

  /** Bytes of the model that are here. */
  async have() {
    try {
      return (await (await this.handle()).getFile()).size;
    } catch {
      return 0;
    }
  }

  /** The whole, checked model as a File; downloads what is missing of it. */
  async model(progress) {
    if ((await this.have()) < this.bytes) {
      await this.forgetOthers();
      await this.download(progress);
    }
    progress(this.bytes, this.bytes, "Checking the model.");
    const file = await (await this.handle()).getFile();
    if (file.size !== this.bytes || (await hex(file)) !== this.sha256) {
      await this.remove();
      throw new Failure("corrupt", "The model that is kept here is damaged and was removed; try again, and it is downloaded anew.");
    }
    return file;
  }

  async download(progress) {
    await this.checkRoom();
    navigator.storage.persist?.();
    const file = await (await this.handle({ create: true })).createSyncAccessHandle();
    let at = file.getSize();
    try {
      const response = await this.fetched(at);
      if (response.status !== 206) at = 0; // a server that knows no ranges begins anew
      file.truncate(at);
      const reader = response.body.getReader();
      for (let kept = at; ; ) {
        const { done, value } = await reader.read().catch(() => {
          throw new Failure("offline", CUT);
        });
        if (done) break;
        if (!wrote(file, value, at)) {
          file.truncate(at); // a part of it may be there
          throw this.full();
        }
        at += value.length;
        if (at - kept >= FLUSH) {
          file.flush();
          kept = at;
        }
        progress(at, this.bytes, `Downloading the model: ${megabytes(at)} of ${megabytes(this.bytes)} MB.`);
      }
      if (at < this.bytes) throw new Failure("offline", CUT);
    } finally {
      file.flush();
      file.close();
    }
  }

  async fetched(at) {
    const headers = at ? { Range: `bytes=${at}-` } : {};
    const response = await fetch(this.url, { headers, cache: "no-store" }).catch(() => undefined);
    if (!response?.ok) throw new Failure("offline", at ? CUT : "The model cannot be downloaded: the network or the server does not answer.");
    return response;
  }

  async checkRoom() {
    const { quota = Infinity, usage = 0 } = (await navigator.storage.estimate?.()) ?? {};
    if (quota - usage < this.bytes - (await this.have())) throw this.full();
  }

  full() {
    return new Failure("quota", `This device has no room for the model: ${megabytes(this.bytes)} MB are needed; free some space and try again.`);
  }

  /** This site's own: another one may be at the same address, in another folder. */
  async folder() {
    const name = `studysmith${SCOPE.replaceAll("/", "_")}`;
    return (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
  }

  async handle(options) {
    return (await this.folder()).getFileHandle(this.name, options);
  }

  async remove() {
    await (await this.folder()).removeEntry(this.name);
  }

  /** Remove the models of earlier versions of this page. */
  async forgetOthers() {
    const folder = await this.folder();
    for await (const name of folder.keys()) {
      if (name !== this.name) await folder.removeEntry(name);
    }
  }
}

/** Whether bytes were written: without room some browsers throw, and Chromium counts others than it was given. */
function wrote(file, bytes, at) {
  try {
    return file.write(bytes, { at }) === bytes.length;
  } catch (error) {
    if (error.name === "QuotaExceededError") return false;
    throw error;
  }
}

async function hex(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function megabytes(bytes) {
  return Math.round(bytes / 1e6);
}
