// Keeps the door page on the phone for hours without a network: what was loaded last is shown again if nothing answers.
// Served as /door-worker.js, so that it may stand before pages of /door/. Acts (POST) and lists always go to the network.
const KEPT = "door", LIFETIME = 12 * 3600 * 1000;

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

async function fresh(request, name) {
  const reply = await fetch(request);
  if (reply.status === 410) await caches.delete(KEPT);
  else if (reply.ok) await (await caches.open(KEPT)).put(name, reply.clone());
  return reply;
}

async function stored(name) {
  const reply = await (await caches.open(KEPT)).match(name);
  const made = Date.parse(reply?.headers.get("Date") ?? "");
  if (reply && made + LIFETIME > Date.now()) return reply;
  if (reply) await caches.delete(KEPT);
  return Response.error();
}

addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  const isPage = request.mode === "navigate", isPart = url.pathname.startsWith("/static/") || url.pathname.endsWith("/brand.css");
  if (request.method !== "GET" || url.origin !== location.origin || !(isPage || isPart)) return;
  // The page in another language (?lang=) is the same page.
  const name = isPage ? url.pathname : request;
  event.respondWith(fresh(request, name).catch(() => stored(name)));
});
