// The line to the server: the day's bundle, verdicts, and the queue that is sent when the line is back.

const ASK_MS = 2_500;
const FETCH_MS = 15_000;
const OFTEN_MS = 5_000;
const SELDOM_MS = 30_000;
const BATCH = 50;
const CLOCK_WARNING_MS = 30_000;

/** States of the line: `on`, `off` (no answer), `out` (signed out). */
export class Line extends EventTarget {
  state = "off";
  /** The last answer of /gate/bundle without its bundle. */
  rights = null;
  bundle = null;
  /** How much this telephone's clock is fast. */
  clockError = 0;
  conflicts = 0;
  #store;
  #facility = "";
  #gate = "";
  #timer = 0;
  #busy = null;
  #begun;
  #hasBegun = new Promise((done) => (this.#begun = done));

  constructor(store) {
    super();
    this.#store = store;
    addEventListener("online", () => this.sync());
    addEventListener("offline", () => this.#become("off"));
    document.addEventListener("visibilitychange", () => document.hidden || this.sync());
  }

  async begin() {
    const kept = (name) => this.#store.read(name);
    [this.bundle, this.rights, this.clockError, this.#gate] = await Promise.all(["bundle", "rights", "clockError", "gate"].map(kept));
    this.clockError ??= 0;
    this.#facility = this.bundle?.facility ?? "";
    if (!this.#gate) {
      this.#gate = nonce().slice(0, 6);
      await this.#store.keep("gate", this.#gate);
    }
    await this.sync();
    this.#begun();
  }

  /** Now, by the server's clock. */
  now() {
    return Date.now() - this.clockError;
  }

  get facility() {
    return this.#facility;
  }

  async choose(facility) {
    this.#facility = facility;
    this.bundle = this.bundle?.facility === facility ? this.bundle : null;
    await this.sync();
  }

  /** Ask for a verdict. Throws when there is no answer in time. */
  async ask(scan) {
    setTimeout(this.#begun, ASK_MS); // nobody waits longer for the first contact
    await this.#hasBegun;
    if (this.state !== "on" || !this.rights) throw new Error("no line");
    const [answer] = (await this.#send(this.#facility, [scan], ASK_MS)).answers;
    return answer;
  }

  /** A scan as it is sent; kept with its facility until it is. */
  question(shown, more) {
    return { nonce: nonce(), shown, scanned_at: Date.now(), ...more };
  }

  /** Send what waits, then fetch the bundle anew; again later. One at a time. */
  sync() {
    this.#busy ??= this.#sync().finally(() => (this.#busy = null));
    return this.#busy;
  }

  async #sync() {
    clearTimeout(this.#timer);
    let wait = OFTEN_MS;
    try {
      await this.#fetchBundle();
      this.#become("on");
      await this.#sendQueue();
      wait = this.bundle && !this.bundle.complete ? 2_000 : SELDOM_MS;
    } catch (fault) {
      this.#become(fault.signedOut ? "out" : "off");
    }
    this.#timer = setTimeout(() => this.sync(), wait);
  }

  async #fetchBundle() {
    const began = Date.now();
    const wanted = this.#facility;
    const answer = await this.#fetch(`/gate/bundle?facility=${encodeURIComponent(wanted)}`, {}, FETCH_MS);
    const { bundle, ...rights } = answer;
    const error = (began + Date.now()) / 2 - rights.now;
    this.clockError = Math.abs(error) > 2_000 ? Math.round(error) : 0;
    this.rights = rights;
    await Promise.all([this.#store.keep("rights", { ...rights, csrf: "" }), this.#store.keep("clockError", this.clockError)]);
    if (!bundle || wanted !== this.#facility) return;
    this.bundle = bundle;
    this.#facility = bundle.facility;
    await this.#store.settle(bundle);
  }

  get clockIsWrong() {
    return Math.abs(this.clockError) > CLOCK_WARNING_MS;
  }

  async #sendQueue() {
    const waiting = this.#store.queue.slice(0, BATCH);
    if (!waiting.length) return;
    const here = waiting.filter((each) => each.facility === waiting[0].facility);
    const scans = here.map(({ facility, ...scan }) => scan);
    const answer = await this.#send(here[0].facility, scans, FETCH_MS);
    const done = [];
    for (const told of answer.answers) {
      const waited = here.find((each) => each.nonce === told.nonce);
      if (told.repeated && !told.persons) await this.#store.again(waited, nonce());
      else done.push(told.nonce);
      if (told.code) this.conflicts += 1;
    }
    await this.#store.sent(done, answer.now);
    this.#tell();
    return this.#sendQueue();
  }

  #send(facility, scans, within) {
    const body = JSON.stringify({ facility, gate: this.#gate, sent_at: Date.now(), scans });
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": this.rights.csrf };
    return this.#fetch("/gate/scans", { method: "POST", body, headers }, within);
  }

  async #fetch(address, more, within) {
    const options = { redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(within), ...more };
    const answer = await fetch(address, options);
    if (answer.type === "opaqueredirect" || answer.status === 403) throw Object.assign(new Error("out"), { signedOut: true });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  /** The last question was not answered: until the next `sync` nobody waits for a line. */
  lost() {
    this.#become("off");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.sync(), OFTEN_MS);
  }

  #become(state) {
    this.state = state;
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

function nonce() {
  const raw = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_");
}
