// The verdict, over the whole screen: by colour, shape, sound, vibration and words.
import { say } from "./words.js";

const SHAPES = {
  in: "M25 52 43 70 75 32",
  out: "M22 50H74M54 28 78 50 54 72",
  stop: "M28 28 72 72M72 28 28 72",
  ask: "M34 36a16 16 0 1 1 22 15c-5 2-6 5-6 11M50 76v2",
  unsure: "M50 24v32M50 72v2",
};
const NOTES = { in: [[880, 0.11], [1320, 0.16]], out: [[1100, 0.1], [740, 0.16]], stop: [[200, 0.5]], ask: [[620, 0.12], [620, 0.12]], unsure: [[520, 0.12], [420, 0.2]] };
const BUZZ = { in: [120], out: [60, 60, 60], stop: [300, 120, 300], ask: [80, 80, 80], unsure: [200, 100, 200] };
const SHOWN_MS = 3_500;

export class VerdictScreen {
  #dialog = document.getElementById("verdict");
  #last = document.getElementById("last");
  #timer = 0;
  #sound = null;
  #closed;
  silent = false;

  constructor(closed) {
    this.#closed = closed;
    this.#dialog.addEventListener("close", () => {
      clearTimeout(this.#timer);
      this.#closed();
    });
    this.#dialog.addEventListener("click", (event) => event.target.closest("button") || this.close());
    this.#part("next").addEventListener("click", () => this.close());
    // Sound is allowed only after somebody has touched the page.
    addEventListener("pointerdown", () => this.#wake(), { once: true });
    addEventListener("keydown", () => this.#wake(), { once: true });
  }

  get isOpen() {
    return this.#dialog.open;
  }

  /** What a new scan may replace: a verdict that asks for nothing more. */
  get mayBeReplaced() {
    return !this.isOpen || (["in", "out"].includes(this.#dialog.dataset.kind) && !this.#part("actions").childElementCount);
  }

  close() {
    this.#dialog.close();
  }

  /** `kind`: in, out, stop, ask, unsure. `actions`: [words, what to do], each ends the verdict. */
  show({ kind, count = 0, lines = [], actions = [] }) {
    const head = say(kind, { n: count });
    this.#dialog.dataset.kind = kind;
    this.#part("shape").setAttribute("d", SHAPES[kind]);
    this.#part("head").textContent = head;
    this.#part("lines").replaceChildren(...lines.filter(Boolean).map((line) => element("p", line)));
    this.#part("actions").replaceChildren(...actions.map(([words, act]) => this.#button(words, act)));
    this.#last.textContent = [head, ...lines].filter(Boolean).join(" · ");
    this.#last.dataset.kind = kind;
    if (!this.#dialog.open) this.#dialog.showModal();
    // Never on an action: a hand-held scanner ends each code with Enter, and must not let anybody through by it.
    this.#part("next").focus();
    this.#ring(kind);
    clearTimeout(this.#timer);
    if (["in", "out"].includes(kind) && !actions.length) this.#timer = setTimeout(() => this.close(), SHOWN_MS);
  }

  #button(words, act) {
    const button = element("button", words);
    button.type = "button";
    button.addEventListener("click", () => {
      this.close();
      act();
    });
    return button;
  }

  #ring(kind) {
    if (navigator.userActivation?.hasBeenActive ?? true) navigator.vibrate?.(BUZZ[kind]);
    if (this.silent || this.#sound?.state !== "running") return;
    let at = this.#sound.currentTime;
    for (const [pitch, length] of NOTES[kind]) {
      const tone = new OscillatorNode(this.#sound, { type: kind === "stop" ? "square" : "sine", frequency: pitch });
      const volume = new GainNode(this.#sound, { gain: 0.35 });
      tone.connect(volume).connect(this.#sound.destination);
      tone.start(at);
      tone.stop(at + length);
      at += length + 0.04;
    }
  }

  #wake() {
    this.#sound ??= new AudioContext();
    this.#sound.resume();
  }

  #part(name) {
    return this.#dialog.querySelector(`[data-part="${name}"]`);
  }
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
