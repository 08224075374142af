// Where plans are made, and so what is true of privacy and of what has to be fetched.

import { byId } from "./dom.js";
import { modelState } from "./planner.js";
import { showTrouble } from "./trouble.js";

const PLACES = {
  device: "Nothing leaves this device: plans are made here, and what you type and tick stays in this browser. "
    + "Add this page to your home screen and it plans without a network.",
  server: "Plans are made by the computer that serves this page: what you type goes to it, and this page sends it nowhere else. "
    + "What you tick stays in this browser.",
};

export function showPlace(where) {
  byId("privacy").textContent = PLACES[where];
}

/** Say what a first plan has to fetch, before it is asked for. */
export async function showModel() {
  try {
    const { bytes, have, where } = await modelState();
    showPlace(where);
    const left = Math.ceil((bytes - have) / 1e6);
    byId("download").textContent = where === "device" && left > 0 ? `The first plan fetches ${left} MB, once.` : "";
  } catch (error) {
    showTrouble(error, error.kind === "browser" ? null : showModel);
  }
}
