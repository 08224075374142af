// One sentence for what went wrong, and the button for what can be done about it.

import { byId } from "./dom.js";

const LABELS = { offline: "Go on", quota: "Try again, there is room now", busy: "Try again, the other tab is closed" };
const SAID_ELSE = "Something went wrong in this page: ";

/** again: what to do at a press of the button; none where trying again is no use. */
export function showTrouble({ kind, message }, again) {
  byId("trouble").hidden = false;
  byId("trouble-said").textContent = kind || again ? message : SAID_ELSE + message;
  byId("again").hidden = !again || kind === "browser";
  byId("again").textContent = LABELS[kind] ?? "Try again";
  byId("again").onclick = () => {
    hideTrouble();
    again();
  };
  byId("trouble").scrollIntoView({ block: "nearest" });
}

export function hideTrouble() {
  byId("trouble").hidden = true;
  byId("trouble-said").textContent = "";
}

byId("dismiss").addEventListener("click", hideTrouble);
