// What the page remembers, on this device only: what concepts are called, the text, the plan with its marks, the plan
// before it, unfinished work.
//
// localStorage writes at once, so that a tick is kept even when the page is closed the moment after it. What is
// written is read anew before each change, for another tab may have written too.

const KEY = `studysmith:${new URL("./", location.href).pathname}`;
const EMPTY = { names: {}, text: "", current: null, earlier: null, question: null, pending: null, partial: null };
let unkept = null; // where the browser keeps nothing, the page lasts as long as its tab

export function remembered() {
  if (unkept) return unkept;
  try {
    return { ...EMPTY, ...JSON.parse(localStorage.getItem(KEY)) };
  } catch {
    return { ...EMPTY }; // storage is off, or what it holds is not ours
  }
}

/** Change some of it; whether it was kept. Where room is short, the plan before the current one is given up first. */
export function remember(change) {
  const state = { ...remembered(), ...change };
  for (const kept of [state, { ...state, earlier: null }]) {
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
      unkept = null;
      return true;
    } catch {
      unkept = state;
    }
  }
  return false;
}

/** Hear of what another tab of this page has kept. */
export function onOtherTab(hear) {
  addEventListener("storage", (event) => event.key === KEY && hear());
}
