// From what was shown to a verdict: the server's while there is a line, else this telephone's own.
import { decide, passOf } from "./rules.js";
import { decode, hashCode, isGenuine, parseCode, CODE_LENGTH } from "./token.js";
import { say } from "./words.js";

/** An event may end after midnight: so long the day before counts as known. */
const NIGHT_MS = 6 * 3_600_000;
/** Buttons for how many came after all. */
const MOST_COUNTS = 6;
const NEVER_OVERRULED = ["visits.other_facility", "visits.which_way", "visits.unknown", "visits.forged"];

export class Gatekeeper {
  #line;
  #store;
  #screen;
  /** The last passing of several persons: fewer may have come than were let through. */
  #last = null;
  #correctable;

  constructor(line, store, screen, correctable) {
    this.#correctable = correctable;
    this.#line = line;
    this.#store = store;
    this.#screen = screen;
  }

  /** `typed`: a code from the keypad; else what a camera or a scanner read. */
  async look(shown, ask, typed = false) {
    if (typed) {
      const code = parseCode(shown);
      if (code.fault) return this.#stop(`offline.${code.fault}`, { length: CODE_LENGTH });
      shown = code.digits;
    }
    const question = this.#line.question(shown, dropEmpty(ask));
    try {
      return await this.#told(await this.#line.ask(question), question, shown);
    } catch {
      if (this.#line.state === "on") this.#line.lost();
      return this.#alone(question, shown, ask, typed);
    }
  }

  // -- fewer than were let through

  askCorrection() {
    const { persons } = this.#last;
    const counts = Array.from({ length: Math.min(persons - 1, MOST_COUNTS) }, (_, less) => persons - 1 - less);
    const actions = counts.map((n) => [say("passed_as", { n }), () => this.#correct(n)]);
    this.#screen.show({ kind: "ask", lines: [say("correct_ask", { n: persons })], actions });
  }

  async #correct(persons) {
    const { nonce, shown, direction } = this.#last;
    const kind = direction === "exit" ? "out" : "in";
    const question = this.#line.question(shown, { direction, passed: persons, corrects: nonce });
    const waits = this.#store.queue.some((each) => each.nonce === nonce);
    try {
      if (waits) throw new Error("not sent yet");
      const answer = await this.#line.ask(question);
      if (!answer.persons) return this.#screen.show({ kind: "stop", lines: [answer.reason] });
    } catch {
      if (!waits && this.#line.state === "on") this.#line.lost();
      if (!waits) await this.#store.wait({ ...question, facility: this.#line.facility });
    }
    await this.#store.amend(nonce, persons);
    this.#remember({ ...this.#last, persons });
    this.#screen.show({ kind, count: persons, lines: [say("corrected", { n: persons })] });
    this.#line.dispatchEvent(new Event("change"));
  }

  #remember(passing) {
    this.#last = passing.persons > 1 ? passing : null;
    this.#correctable(this.#last);
  }

  // -- with a line

  async #told(answer, question, shown) {
    const { persons, direction, code, reason, inside, remaining, number } = answer;
    const facts = [number && say("number", { number }), reason];
    if (persons && direction === "exit") return this.#passed(answer, shown, question, "out", [...facts, this.#rest(inside, remaining)]);
    if (persons) return this.#passed(answer, shown, question, "in", [...facts, this.#rest(inside, remaining)]);
    if (code === "visits.which_way") return this.#whichWay(shown, inside, remaining, reason);
    const actions = [];
    if (this.#line.rights.override && code.startsWith("visits.") && !NEVER_OVERRULED.includes(code)) {
      const way = question.direction ?? (code === "visits.never_entered" || code === "visits.already_left" ? "exit" : "entry");
      const count = question.persons ?? 0;
      actions.push([document.getElementById("words").dataset.override, () => this.look(shown, { direction: way, persons: count || null, override: true })]);
    }
    this.#screen.show({ kind: "stop", lines: [reason, number && say("number", { number })], actions });
  }

  async #passed(answer, shown, question, kind, lines) {
    this.#screen.show({ kind, count: answer.persons, lines });
    this.#remember({ nonce: question.nonce, shown, direction: answer.direction, persons: answer.persons });
    const number = decode(shown)?.number ?? this.#line.bundle?.known.find((each) => each.number.toUpperCase().startsWith(answer.number?.replace("-", "") ?? "-"))?.number;
    if (!number) return;
    const passing = { nonce: question.nonce, number, direction: answer.direction, persons: answer.persons, at: this.#line.now(), sent_at: this.#line.now() };
    await this.#store.pass(passing, null);
  }

  // -- alone

  async #alone(question, shown, ask, typed) {
    const { bundle } = this.#line;
    if (!bundle || this.#line.now() >= bundle.day_ends + NIGHT_MS) return this.#stop("offline.no_bundle");
    const pass = typed ? await this.#byCode(shown, bundle) : await this.#byToken(shown, bundle);
    if (pass?.stop) return this.#stop(pass.stop, pass);
    if (!pass) return this.#unsure(question, ask);
    const found = decide(pass, bundle, this.#store.passings, { now: this.#line.now(), direction: ask.direction, persons: ask.persons });
    const facts = { ...found, number: shortNumber(pass.number) };
    if (found.persons) return this.#letPass(question, pass.number, found, pass.issued_since && say("offline.issued_since"));
    if (found.code === "which_way") return this.#whichWay(shown, found.inside, found.remaining, say("offline.which_way", found), typed);
    this.#screen.show({ kind: "stop", lines: [say(`offline.${found.code}`, facts), say("number", facts)] });
  }

  async #byToken(shown, bundle) {
    const token = decode(shown);
    if (!token) return { stop: "offline.unreadable" };
    if (!(await isGenuine(token, bundle.keys))) return { stop: "offline.forged" };
    if (token.facility !== bundle.number) {
      const where = this.#line.rights?.facilities.find((each) => each.number === token.facility)?.name;
      return where ? { stop: "offline.other", where } : { stop: "offline.elsewhere" };
    }
    return passOf(token, bundle);
  }

  async #byCode(digits, bundle) {
    const hash = await hashCode(digits, bundle.salt, bundle.iterations);
    return bundle.known.find((each) => each.hash === hash) ?? null;
  }

  /** A code that this telephone does not know: issued since, or none. Whoever stands at the gate decides. */
  #unsure(question, ask) {
    const persons = ask.persons ?? 1;
    const direction = ask.direction ?? "entry";
    const word = direction === "exit" ? "leave_as" : "enter_as";
    const letIn = () => this.#letPass(question, "", { direction, persons, inside: 0, remaining: 0 }, say("not_sure_pass"));
    const actions = [[say(word, { n: persons }), letIn]];
    this.#screen.show({ kind: "unsure", lines: [say("offline.code_unknown")], actions });
  }

  async #letPass(question, number, found, note) {
    const { direction, persons, inside, remaining } = found;
    const waiting = { nonce: question.nonce, shown: question.shown, scanned_at: question.scanned_at, direction, passed: persons, facility: this.#line.facility };
    await this.#store.pass({ nonce: question.nonce, number, direction, persons, at: this.#line.now() }, waiting);
    const lines = [number && say("number", { number: shortNumber(number) }), note, number && this.#rest(inside, remaining)];
    this.#screen.show({ kind: direction === "exit" ? "out" : "in", count: persons, lines });
    this.#remember({ nonce: question.nonce, shown: question.shown, direction, persons });
    this.#line.dispatchEvent(new Event("change"));
  }

  // -- both

  #whichWay(shown, inside, remaining, reason, typed = false) {
    const again = (direction) => () => this.look(shown, { direction, persons: null }, typed);
    const actions = [[say("enter_as", { n: remaining }), again("entry")], [say("leave_as", { n: inside }), again("exit")]];
    this.#screen.show({ kind: "ask", lines: [reason], actions });
  }

  #rest(inside, remaining) {
    return [inside && say("inside", { n: inside }), remaining && say("remaining", { n: remaining })].filter(Boolean).join(". ");
  }

  #stop(word, facts) {
    this.#screen.show({ kind: "stop", lines: [say(word, facts)] });
  }
}

/** As the server shows it too (core/visits/reading.py). */
function shortNumber(number) {
  return `${number.slice(0, 3)}-${number.slice(3, 6)}`.toUpperCase();
}

function dropEmpty(ask) {
  return Object.fromEntries(Object.entries(ask).filter(([, value]) => value !== null && value !== undefined && value !== false));
}
