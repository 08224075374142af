// Parts of the site that are fetched when they are needed: whole and unchanged, or not at all.

import { Failure } from "./failure.js";

/** The response with a file of the site, by its place in it. */
export async function part(site, path) {
  const { integrity } = site.files[path];
  const response = await fetch(new URL(path, import.meta.url), { integrity }).catch(() => undefined);
  if (response?.ok) return response;
  if (navigator.onLine === false) throw new Failure("offline", "A part of the page is not here yet, and there is no network to load it.");
  throw new Failure("corrupt", `A part of the page (${path}) is missing or was changed; load the page again.`);
}
