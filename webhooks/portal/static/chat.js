// The chat without reloading the page. Everything here also works without it: forms post, and lead back.
const conversation = () => document.getElementById("conversation");
const path = conversation().dataset.path;
const announcer = document.getElementById("announcer");
const offline = document.getElementById("offline");
const ending = document.getElementById("ending");
const WARNING_MS = 2 * 60 * 1000;
let timers = [];
class Refusal extends Error {}

function keepTime() {
  const idle = Number(ending.dataset.idle) * 1000;
  timers.forEach(clearTimeout);
  ending.hidden = true;
  timers = [
    setTimeout(() => { ending.hidden = false; }, idle - WARNING_MS),
    // A little later than the server: what it then shows is a new conversation, and why.
    setTimeout(() => location.replace(path), idle + 2000),
  ];
}

async function load(form, button) {
  const fields = new URLSearchParams(new FormData(form));
  if (button?.name) fields.set(button.name, button.value);
  const answer = await fetch(form.action, { method: "POST", body: fields });
  return { html: await answer.text(), address: answer.url, status: answer.status };
}

function place(fresh) {
  document.title = fresh.title;
  for (const part of ["#conversation", ".languages"]) {
    const now = document.querySelector(part), next = fresh.querySelector(part);
    if (now && next) now.replaceWith(document.adoptNode(next));
  }
  document.dispatchEvent(new Event("turned"));
}

// Focus goes where a sighted person looks: to the problem, the field, or the question. What was said before it is
// announced; what the focus reads anyway is not said twice.
function tell() {
  const problems = document.getElementById("problems");
  const field = document.getElementById("answer");
  const heading = document.querySelector("#question[tabindex]");
  announcer.textContent = [...document.querySelectorAll(".said")].map((said) => said.textContent.trim()).join(" ");
  (problems || heading || field)?.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  document.getElementById("latest")?.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
}

async function send(form, button) {
  if (conversation().getAttribute("aria-busy") === "true") return;
  conversation().setAttribute("aria-busy", "true");
  button?.setAttribute("aria-disabled", "true");
  offline.hidden = true;
  announcer.textContent = conversation().dataset.sending;
  try {
    const { html, address, status } = await load(form, button);
    const fresh = new DOMParser().parseFromString(html, "text/html");
    if (status >= 400 && status !== 403) throw new Refusal(fresh.querySelector(".lead")?.textContent);
    if (fresh.documentElement.lang !== document.documentElement.lang || !fresh.getElementById("conversation")) {
      // Another language, or another page (an error, a session that ended): as a whole.
      location.assign(new URL(address).pathname === path ? path : address);
      return;
    }
    place(fresh);
    keepTime();
    tell();
  } catch (fault) {
    // Its nonce makes it harmless to send the same form again.
    offline.textContent = (fault instanceof Refusal && fault.message) || offline.dataset.words;
    offline.hidden = false;
    announcer.textContent = "";
    conversation().removeAttribute("aria-busy");
    button?.removeAttribute("aria-disabled");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.wholePage !== undefined || new URL(form.action).pathname !== path) return;
  event.preventDefault();
  send(form, event.submitter);
});

async function stay() {
  const csrf = document.querySelector("#conversation input[name=csrf]").value;
  try {
    await fetch(`${path}/stay`, { method: "POST", body: new URLSearchParams({ csrf }) });
    keepTime();
  } catch {
    offline.textContent = offline.dataset.words;
    offline.hidden = false;
  }
}

document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) print(); });
document.documentElement.classList.add("scripted");

document.getElementById("stay").addEventListener("click", () => {
  stay();
  (document.getElementById("answer") || document.getElementById("main")).focus();
});

// A page from the browser's memory may show what has been answered or erased since.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
keepTime();
// A page loaded again, without an answer having been sent, is a sign of life too.
if (performance.getEntriesByType("navigation")[0]?.type === "reload") stay();
if (document.getElementById("problems")) document.getElementById("problems").focus();

// How long the place is still held: for the eye only; the review says until when, for everybody.
setInterval(() => {
  const hold = document.getElementById("hold");
  if (!hold) return;
  const left = Math.max(0, Math.round((Number(hold.dataset.until) - Date.now()) / 1000));
  hold.hidden = false;
  hold.querySelector("span").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}, 1000);
