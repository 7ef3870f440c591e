// The scanner page: wires camera, keypad, hand-held scanner, line and verdicts together.
import { Camera, Decoder } from "./camera.js";
import { Gatekeeper } from "./gatekeeper.js";
import { Line } from "./line.js";
import { Store } from "./store.js";
import { VerdictScreen } from "./verdict.js";
import { CODE_LENGTH } from "./token.js";
import { say, time } from "./words.js";

const SAME_MS = 4_000;
const OLD_MS = 5 * 60_000;
const CORRECTED_WITHIN_MS = 10 * 60_000;
const $ = (id) => document.getElementById(id);

const store = await Store.open();
const line = new Line(store);
const screen = new VerdictScreen(() => (camera.paused = busy = false));
const keeper = new Gatekeeper(line, store, screen, offerCorrection);
const decoder = new Decoder(new URL("./decoder.js", import.meta.url));
const camera = new Camera($("video"), decoder, seen);
let busy = false;
let persons = 0;
let last = { text: "", at: 0 };

// -- what was shown

function seen(text) {
  if (text === last.text && Date.now() - last.at < SAME_MS) {
    last.at = Date.now();
    return;
  }
  if (!screen.mayBeReplaced) return;
  last = { text, at: Date.now() };
  look(text);
}

async function look(shown, typed = false) {
  if (busy) return;
  busy = true;
  $("view").dataset.looking = "";
  const direction = document.querySelector("[name=direction]:checked").value || null;
  try {
    await keeper.look(shown, { direction, persons: persons || null }, typed);
    count(0);
  } catch {
    screen.show({ kind: "stop", lines: [say("offline.failed")] });
  } finally {
    busy = false;
    last.at = Date.now();
    delete $("view").dataset.looking;
  }
}

// -- fewer came than were let through

let correctable = 0;
function offerCorrection(passing) {
  clearTimeout(correctable);
  $("correct").hidden = !passing;
  if (passing) correctable = setTimeout(() => ($("correct").hidden = true), CORRECTED_WITHIN_MS);
}
$("correct").addEventListener("click", () => keeper.askCorrection());

// -- how many, and which way

function count(wanted) {
  persons = Math.max(0, Math.min(255, wanted));
  $("persons").textContent = persons || say("all");
}
// The same pass, but another question.
const askAnew = () => (last = { text: "", at: 0 });
for (const way of document.querySelectorAll("[name=direction]"))
  way.addEventListener("change", () => {
    askAnew();
    store.keep("direction", way.value); // a telephone stays at its gate
  });
const before = await store.read("direction");
if (before) document.querySelector(`[name=direction][value=${before}]`).checked = true;
for (const [id, step] of [["fewer", -1], ["more", 1]])
  $(id).addEventListener("click", () => {
    count(persons + step);
    askAnew();
  });
count(0);

// -- camera

async function startCamera() {
  try {
    if (!navigator.mediaDevices) throw Object.assign(new Error(), { name: "NotFoundError" });
    await camera.start();
    $("start").hidden = true;
    $("view").dataset.on = "";
    $("torch").hidden = !camera.hasTorch;
    await navigator.wakeLock?.request("screen").catch(() => null);
  } catch (fault) {
    const word = { NotAllowedError: "denied", NotReadableError: "busy" }[fault.name] ?? "none";
    $("camera-note").textContent = say(`camera.${word}`);
    $("start").hidden = false;
  }
}
$("start").addEventListener("click", startCamera);
$("torch").addEventListener("click", async () => {
  const on = $("torch").getAttribute("aria-pressed") !== "true";
  await camera.light(on);
  $("torch").setAttribute("aria-pressed", String(on));
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && camera.runs) navigator.wakeLock?.request("screen").catch(() => null);
});

// -- photograph

$("photo").addEventListener("change", async () => {
  const [file] = $("photo").files;
  $("photo").value = "";
  if (!file) return;
  const text = await decoder.readPhoto(file).catch(() => null);
  if (text === null) screen.show({ kind: "stop", lines: [say("photo.nothing")] });
  else look(text);
});

// -- keypad

const keypad = $("keypad");
let typed = "";
function type(digits) {
  typed = digits.slice(0, CODE_LENGTH);
  const shown = typed.padEnd(CODE_LENGTH, "·").match(/.{1,3}/g).join(" ");
  $("typed").textContent = shown;
  $("check").disabled = typed.length !== CODE_LENGTH;
}
function check() {
  if (typed.length !== CODE_LENGTH) return;
  const code = typed;
  keypad.close();
  look(code, true);
}
$("open-keypad").addEventListener("click", () => {
  type("");
  keypad.showModal();
});
keypad.addEventListener("click", (event) => {
  const { key } = event.target.closest("button")?.dataset ?? {};
  if (key === "back") type(typed.slice(0, -1));
  else if (key === "close") keypad.close();
  else if (key === "check") check();
  else if (key) type(typed + key);
});
keypad.addEventListener("keydown", (event) => {
  event.stopPropagation();
  if (/^[0-9]$/.test(event.key)) type(typed + event.key);
  else if (event.key === "Backspace") type(typed.slice(0, -1));
  else if (event.key === "Enter" && event.target.dataset.key !== "close") {
    event.preventDefault();
    check();
  }
});
keypad.addEventListener("paste", (event) => type(event.clipboardData.getData("text").replace(/\D/g, "")));
type("");

// -- hand-held scanner: types fast, and ends with Enter

let wedge = "";
let wedgeAt = 0;
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, textarea")) return;
  if (Date.now() - wedgeAt > 150) wedge = "";
  wedgeAt = Date.now();
  if (event.key === "Enter") {
    if (wedge.length < CODE_LENGTH) return;
    event.preventDefault();
    if (screen.isOpen && screen.mayBeReplaced) screen.close();
    const shown = wedge;
    wedge = "";
    if (!screen.isOpen) look(shown, /^[0-9]{10}$/.test(shown));
    return;
  }
  const key = latin(event);
  if (key) wedge += key;
  if (wedge.length > 1) event.preventDefault(); // a space in the code presses no button
});

// A scanner is a keyboard with Latin letters, whatever this device's keyboard is set to.
function latin({ key, code, shiftKey }) {
  if (key.length === 1 && key.charCodeAt(0) < 128) return key.toUpperCase();
  if (/^Key[A-Z]$/.test(code)) return code[3];
  return code === "Semicolon" && shiftKey ? ":" : "";
}

// -- line

line.addEventListener("change", () => {
  const waiting = store.queue.length;
  const { state, bundle, rights } = line;
  $("line").dataset.state = state;
  $("line").textContent = say(`line.${state}`, { n: waiting });
  $("waiting").textContent = waiting || "";
  $("waiting").hidden = !waiting;
  $("sign-in").hidden = state !== "out";
  const old = bundle && line.now() - bundle.made_at > OLD_MS;
  const notes = [line.clockIsWrong && say("clock"), old && say("line.old", { when: time(bundle.made_at) })];
  $("notes").textContent = notes.filter(Boolean).join(" ");
  $("notes").hidden = !notes.some(Boolean);
  $("conflicts").hidden = !line.conflicts;
  $("conflict-words").textContent = line.conflicts ? say("conflicts", { n: line.conflicts }) : "";
  if (!rights) return;
  showFacilities(rights.facilities);
  $("devices").hidden = !rights.devices;
  $("home").hidden = !rights.own;
  $("out").hidden = rights.own;
  for (const link of document.querySelectorAll("[data-here]")) link.href = `${link.dataset.here}?facility=${line.facility}`;
});

function showFacilities(facilities) {
  const shown = [...$("facility").options].map((each) => each.value).join();
  if (shown !== facilities.map((each) => each.key).join())
    $("facility").replaceChildren(...facilities.map(({ key, name }) => new Option(name, key)));
  $("facility").value = line.facility;
  $("facility").disabled = line.state !== "on" && facilities.length > 1;
}
$("facility").addEventListener("change", () => line.choose($("facility").value));

$("out").addEventListener("submit", (event) => {
  if (store.queue.length) {
    event.preventDefault();
    screen.show({ kind: "unsure", lines: [say("queue_first", { n: store.queue.length })] });
    line.sync();
    return;
  }
  $("out").elements.csrf.value = line.rights.csrf;
  $("out").elements.once.value = line.question("", {}).nonce.padEnd(43, "-").slice(0, 43);
});

$("silent").addEventListener("change", () => (screen.silent = $("silent").checked));

// -- begin

navigator.serviceWorker?.register("/gate/worker.js", { scope: "/gate", updateViaCache: "none" });
navigator.storage?.persist?.();
const allowed = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
if (allowed?.state === "granted") startCamera();
await line.begin();
await import("./ed25519.js"); // the line may be gone before the service worker has everything
document.documentElement.dataset.ready = "";
