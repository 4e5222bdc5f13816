// The door page on a phone: checks codes without leaving the page, reads them with the camera, and goes on without a
// network: it then decides by an encrypted list and sends its acts later. Each act has a nonce; sent twice, it counts once.
const door = document.getElementById("door");
const facts = JSON.parse(door.dataset.door);
const form = document.getElementById("door-form"), undo = document.getElementById("door-undo");
const walk = document.getElementById("door-walk"), video = document.getElementById("door-video");
const answer = document.getElementById("door-answer"), state = document.getElementById("door-state");
const path = location.pathname, token = path.split("/").pop();
const KEEP = `door-${facts.event}`, QUEUE = `${KEEP}-acts`;
const bytes = new TextEncoder();
let busy = false;

const text = (words, count) => words.replace("{count}", new Intl.NumberFormat(document.documentElement.lang).format(count));
const queue = () => JSON.parse(localStorage.getItem(QUEUE) ?? "[]");
const digest = async (words) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.encode(words)));
const key = async (use) => crypto.subtle.importKey("raw", await digest(`door|${token}`), "AES-GCM", false, [use]);

async function opened(sealed) {
  const octets = Uint8Array.from(atob(sealed), (one) => one.charCodeAt(0));
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: octets.slice(0, 12) }, await key("decrypt"), octets.slice(12));
  return JSON.parse(new TextDecoder().decode(plain));
}

async function sealed(value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const hidden = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key("encrypt"), bytes.encode(JSON.stringify(value)));
  return btoa(String.fromCharCode(...iv)) + btoa([...new Uint8Array(hidden)].map((one) => String.fromCharCode(one)).join(""));
}

// Twelve octets of iv are sixteen letters of base64, so the two parts read as one.
async function list() {
  const kept = localStorage.getItem(KEEP);
  const found = kept ? await opened(kept).catch(() => null) : null;
  if (found && found.until * 1000 > Date.now()) return found;
  localStorage.removeItem(KEEP);
  return null;
}

function ended() {
  localStorage.removeItem(KEEP);
  globalThis.caches?.delete("door").finally(() => location.reload()) ?? location.reload();
}

// Not while acts wait: the list of the server does not know them yet.
async function refresh() {
  if (queue().length) return;
  const reply = await fetch(`${path}?snapshot=yes`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (reply?.status === 410) ended();
  if (reply?.ok) localStorage.setItem(KEEP, (await reply.json()).sealed);
}

function show(said) {
  const box = document.createElement("div"), inner = document.createElement("div");
  box.className = `callout tone-${said.tone}`;
  for (const [words, name] of [[said.title, "callout-title"], [said.name, "door-name"], [said.more, ""]]) {
    if (!words) continue;
    const line = document.createElement("p");
    line.className = name;
    line.textContent = words;
    line.dir = "auto";
    inner.append(line);
  }
  box.append(inner);
  answer.replaceChildren(box);
  navigator.vibrate?.(said.tone === "done" ? 60 : [80, 60, 80]);
}

function canUndo(nonce) {
  undo.hidden = !nonce;
  undo.elements.nonce.value = nonce;
}

function report(extra = "") {
  const waiting = queue().length;
  state.textContent = [extra, waiting ? text(facts.waiting, waiting) : ""].filter(Boolean).join(" ");
}

async function post(act) {
  const body = new URLSearchParams({ ...act, form_token: form.elements.form_token.value });
  const reply = await fetch(path, { method: "POST", body, headers: { Accept: "application/json" } });
  if (reply.status === 410) ended();
  if (reply.status >= 500 || reply.status === 429) throw new Error(String(reply.status));
  return reply.json();
}

// Without a network: what the list says of a code, and the act kept for later.
async function decide(act) {
  const known = await list();
  if (act.act !== "check") return { verdict: act.act === "undo" ? "undone" : "walk_in" };
  if (!known) return { verdict: "", title: facts.nolist, tone: "needs" };
  const code = act.code.toUpperCase().replace(/[^0-9A-Z]/g, "");
  const hash = [...(await digest(`ticket|${facts.event}|${code}`)).slice(0, 16)];
  const entry = known.tickets[hash.map((one) => one.toString(16).padStart(2, "0")).join("")];
  if (!entry) return { verdict: code.length === 12 ? "forged" : "no_code" };
  const [name, verdict] = entry;
  if (verdict === "valid") {
    entry[1] = "used";
    localStorage.setItem(KEEP, await sealed(known));
  }
  return { verdict, name };
}

async function later(act) {
  const said = await decide(act);
  const isAct = ["valid", "walk_in", "undone"].includes(said.verdict);
  if (isAct) localStorage.setItem(QUEUE, JSON.stringify([...queue(), act]));
  report(facts.offline);
  return { title: facts.words[said.verdict], tone: facts.tones[said.verdict], ...said };
}

async function send() {
  for (let acts = queue(); acts.length; acts = queue()) {
    const reply = await post(acts[0]).catch(() => null);
    if (!reply) return report(facts.offline);
    if (reply.error) return report(reply.error);
    localStorage.setItem(QUEUE, JSON.stringify(queue().slice(1)));
    counted(reply.counts);
  }
  report();
}

function counted(counts) {
  if (counts) document.getElementById("door-count").textContent = text(facts.inside, counts.inside);
}

async function perform(act) {
  if (busy) return;
  busy = true;
  try {
    await send();
    const whole = { ...act, at: String(Math.floor(Date.now() / 1000)) };
    const said = queue().length ? await later(whole) : await post(whole).catch(() => later(whole));
    if (said.error) return show({ title: said.error, tone: "stopped" });
    show(said.verdict === "undone" ? { title: facts.undone, tone: "draft" } : said);
    canUndo(["valid", "walk_in"].includes(said.verdict) ? act.nonce : "");
    counted(said.counts);
  } finally {
    busy = false;
  }
}

const nonce = () => crypto.randomUUID();
form.addEventListener("submit", (event) => {
  event.preventDefault();
  perform({ act: "check", code: form.elements.code.value, nonce: nonce() });
  form.elements.code.select();
});
walk.addEventListener("submit", (event) => { event.preventDefault(); perform({ act: "walk_in", nonce: nonce() }); });
undo.addEventListener("submit", (event) => { event.preventDefault(); perform({ act: "undo", nonce: undo.elements.nonce.value }); });

// The camera: a picture five times a second goes to the worker; the same code again within four seconds is one scan.
const camera = document.getElementById("door-camera");
camera.hidden = !navigator.mediaDevices?.getUserMedia;
camera.addEventListener("click", async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
  if (!stream) return report(facts.nocamera);
  video.srcObject = stream;
  video.hidden = false;
  camera.hidden = true;
  await video.play();
  watch();
});

function watch() {
  const worker = new Worker(facts.decoder), canvas = document.createElement("canvas");
  const drawn = canvas.getContext("2d", { willReadFrequently: true });
  let last = "", until = 0;
  const picture = () => {
    const scale = Math.min(1, 640 / (video.videoWidth || 640));
    canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
    canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
    drawn.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data } = drawn.getImageData(0, 0, canvas.width, canvas.height);
    worker.postMessage({ pixels: data, width: canvas.width, height: canvas.height }, [data.buffer]);
  };
  worker.onmessage = async ({ data }) => {
    if (data && (data !== last || Date.now() > until)) {
      [last, until] = [data, Date.now() + 4000];
      await perform({ act: "check", code: data.slice(0, 40), nonce: nonce() });
    }
    setTimeout(picture, 200);
  };
  worker.postMessage({ library: facts.library });
  picture();
}

// Before the first list: what loads from then on is kept for hours without a network.
async function keepPage() {
  await navigator.serviceWorker?.register("/door-worker.js", { scope: "/door/" });
  await navigator.serviceWorker?.ready;
  const parts = [...document.querySelectorAll("link[rel=stylesheet], script[src]")].map((one) => one.href || one.src);
  await Promise.all([path, facts.decoder, facts.library, ...parts].map((one) => caches.open("door").then((kept) => kept.add(one))));
}

addEventListener("online", send);
setInterval(send, 15000);
setInterval(refresh, 60000);
refresh();
send();
if (navigator.serviceWorker) keepPage().catch(() => {});
