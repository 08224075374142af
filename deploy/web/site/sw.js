// Keeps the page for when there is no network: every file of this version, once it was used, whole and unchanged.

const SCOPE = new URL("./", self.location.href);
const OURS = `studysmith ${SCOPE.pathname} `;
const VERSION = `${OURS}SITE_DIGEST`;
const POLICY = "SITE_POLICY";
const SHELL = /^[^/]+\.(html|js|css|svg|png|webmanifest|json)$/;
let listed;

async function site() {
  listed ??= (await (await cachedFetch("site.json")).json()).files;
  return listed;
}

/** A file of this version: kept, or else loaded, checked where its hash is known, and kept. */
async function cachedFetch(path, integrity) {
  const cache = await caches.open(VERSION);
  const url = new URL(path, SCOPE).href;
  const kept = await cache.match(url);
  if (kept) return kept;
  const response = await fetch(url, { cache: "no-cache", ...(integrity && { integrity }) });
  // Where there is no room to keep it, the page goes on with what was loaded.
  if (response.ok) await cache.put(url, response.clone()).catch(() => undefined);
  return response;
}

self.addEventListener("install", (event) => {
  const install = async () => {
    const files = await site();
    const shell = Object.keys(files).filter((path) => SHELL.test(path));
    await Promise.all(shell.map((path) => cachedFetch(path, files[path].integrity)));
    await self.skipWaiting();
  };
  event.waitUntil(install());
});

self.addEventListener("activate", (event) => {
  const activate = async () => {
    const ours = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== VERSION);
    await Promise.all(ours.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(activate());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || !url.href.startsWith(SCOPE.href)) return;
  const path = url.pathname.slice(SCOPE.pathname.length) || "index.html";
  event.respondWith(answer(path, event.request));
});

async function answer(path, request) {
  const files = await site().catch(() => ({}));
  if (path !== "site.json" && !files[path]) return fetch(request); // the model, which is kept elsewhere
  return isolated(await cachedFetch(path, files[path]?.integrity));
}

/** The same response with the policy, for workers too, and the headers by which a browser lets a page use threads. */
function isolated(response) {
  if (!response.ok) return response;
  const headers = new Headers(response.headers);
  headers.set("Content-Security-Policy", POLICY);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
