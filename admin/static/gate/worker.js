// The service worker: keeps the scanner page and its parts from the first load on. VERSION and KEPT stand above.
const CACHE = `paso-gate-${VERSION}`;
const PAGE = KEPT[0];

self.addEventListener("install", (event) => event.waitUntil(keepAll().then(() => self.skipWaiting())));

self.addEventListener("activate", (event) => event.waitUntil(dropOthers().then(() => self.clients.claim())));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (address.pathname === PAGE) event.respondWith(page(request));
  } else if (KEPT.includes(address.pathname + address.search)) event.respondWith(part(request));
});

async function keepAll() {
  const cache = await caches.open(CACHE);
  await Promise.all(
    KEPT.map(async (address) => {
      const answer = await fetch(address, { cache: "no-cache", redirect: "error" });
      if (!answer.ok) throw new Error(address);
      await cache.put(address, answer);
    }),
  );
}

async function dropOthers() {
  for (const name of await caches.keys()) if (name.startsWith("paso-gate-") && name !== CACHE) await caches.delete(name);
}

// The server's page while there is a line; whoever was signed out is led to sign in again.
async function page(request) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(4_000) });
    if (answer.status < 500) return answer;
  } catch {
    // No line.
  }
  return (await kept(PAGE)) ?? Response.error();
}

async function part(request) {
  return (await kept(request)) ?? fetch(request);
}

async function kept(request) {
  return (await caches.open(CACHE)).match(request);
}
