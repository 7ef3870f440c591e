// What outlives the page: the day's bundle, scans that wait for a line, and who passed here. Nobody's name.

const DAY = 24 * 3_600_000;

function finished(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

export class Store {
  #base;
  /** Scans that wait, oldest first. */
  queue = [];
  /** Who passed here, as far as the bundle does not know it yet. */
  passings = [];

  static async open() {
    const store = new Store();
    const request = indexedDB.open("paso-gate", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("kept");
      request.result.createObjectStore("queue", { keyPath: "nonce" });
      request.result.createObjectStore("passings", { keyPath: "nonce" });
    };
    store.#base = await finished(request);
    const all = (name) => finished(store.#base.transaction(name).objectStore(name).getAll());
    store.queue = (await all("queue")).sort((one, other) => one.scanned_at - other.scanned_at);
    store.passings = (await all("passings")).sort((one, other) => one.at - other.at);
    return store;
  }

  read(name) {
    return finished(this.#base.transaction("kept").objectStore("kept").get(name));
  }

  keep(name, value) {
    return this.#write(["kept"], (kept) => kept.put(value, name));
  }

  /** Somebody passed; `waiting` is the scan to be sent later, if it was not sent yet. Both are safe when this returns. */
  async pass(passing, waiting) {
    this.passings.push(passing);
    if (waiting) this.queue.push(waiting);
    await this.#write(["passings", "queue"], (passings, queue) => {
      passings.put(passing);
      if (waiting) queue.put(waiting);
    });
  }

  /** Something to be told to the server later, by which nobody passed. */
  async wait(waiting) {
    this.queue.push(waiting);
    await this.#write(["queue"], (queue) => queue.put(waiting));
  }

  /** Fewer passed by this scan than were let through. */
  async amend(nonce, persons) {
    const passing = this.passings.find((each) => each.nonce === nonce);
    const waiting = this.queue.find((each) => each.nonce === nonce);
    if (passing) passing.persons = persons;
    if (waiting) waiting.passed = persons;
    await this.#write(["passings", "queue"], (passings, queue) => {
      if (passing) passings.put(passing);
      if (waiting) queue.put(waiting);
    });
  }

  /** These scans are at the server, by its clock at `at`. */
  async sent(nonces, at) {
    const gone = new Set(nonces);
    this.queue = this.queue.filter((each) => !gone.has(each.nonce));
    for (const each of this.passings) if (gone.has(each.nonce)) each.sent_at = at;
    await this.#write(["queue", "passings"], (queue, passings) => {
      for (const nonce of gone) queue.delete(nonce);
      for (const each of this.passings) if (gone.has(each.nonce)) passings.put(each);
    });
  }

  /** The server heard the question but not that they passed: told again under a new nonce. */
  async again(waiting, nonce) {
    const renewed = { ...waiting, nonce };
    this.queue = this.queue.map((each) => (each.nonce === waiting.nonce ? renewed : each));
    const passing = this.passings.find((each) => each.nonce === waiting.nonce);
    if (passing) passing.nonce = nonce;
    await this.#write(["queue", "passings"], (queue, passings) => {
      queue.delete(waiting.nonce);
      queue.put(renewed);
      passings.delete(waiting.nonce);
      if (passing) passings.put(passing);
    });
  }

  /** A newer bundle knows what was sent before it was made. */
  async settle(bundle) {
    const waiting = new Set(this.queue.map((each) => each.nonce));
    const known = (each) =>
      !waiting.has(each.nonce) && ((each.sent_at && each.sent_at < bundle.made_at) || each.at < bundle.made_at - DAY);
    const gone = this.passings.filter(known);
    this.passings = this.passings.filter((each) => !known(each));
    await this.#write(["kept", "passings"], (kept, passings) => {
      kept.put(bundle, "bundle");
      for (const each of gone) passings.delete(each.nonce);
    });
  }

  #write(names, change) {
    return new Promise((done, failed) => {
      const transaction = this.#base.transaction(names, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => done();
      transaction.onerror = transaction.onabort = () => failed(transaction.error);
      change(...names.map((name) => transaction.objectStore(name)));
    });
  }
}

