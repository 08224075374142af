// What can go wrong, as a kind and a sentence.

export class Failure extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

const MEMORY = /out of memory|cannot allocate|allocation failed|Cannot enlarge memory|OOM/i;

/** What the page is told of an error. */
export function failure(error) {
  if (error instanceof Failure) return { kind: error.kind, message: error.message };
  if (error instanceof RangeError || MEMORY.test(error?.message)) {
    return { kind: "memory", message: "The memory of this device is not enough for the model; close other tabs and try again." };
  }
  return { kind: "fault", message: `studysmith failed, which is a fault in studysmith: ${error?.message ?? error}` };
}
