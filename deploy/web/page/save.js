// A plan as a file, and on paper.

import { byId } from "./dom.js";

export const KINDS = {
  ical: { said: "Calendar (.ics)", type: "text/calendar", suffix: "ics" },
  markdown: { said: "Markdown", type: "text/markdown", suffix: "md" },
  json: { said: "JSON", type: "application/json", suffix: "json" },
};

/** Hand a text to the browser as a file. */
export function download(kind, text, title) {
  const { type, suffix } = KINDS[kind];
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) || "plan"}.${suffix}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // a slow device may still read it
}

/** On paper every session is open; the answers stay folded, for they stand on a page of their own at the end. */
export function openOnPaper() {
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...byId("plan").querySelectorAll("details.session:not([open])")];
    for (const each of folded) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of folded) each.open = false;
  });
}
