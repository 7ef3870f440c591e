// What a pass says: its token (core/passes/token.py) and its code of digits (core/passes/code.py).
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const TEXT_LENGTH = 122;
const SIGNED = 17;
const EPOCH = Date.UTC(2020, 0, 1);
const QUARTER = 15 * 60_000;
const DAMM = ["0317598642", "7092154863", "4206871359", "1750983426", "6123045978", "3674209581", "5869720134", "8945362017", "9438617205", "2581436790"];

export const CODE_LENGTH = 10;

/** The pass in a QR code's text, or null for what is no token of this version. Its signature is not checked here. */
export function decode(text) {
  const shown = text.replace(/^[\r\n\t]+|[\r\n\t]+$/g, "");
  if (shown.length !== TEXT_LENGTH) return null;
  const raw = base45(shown);
  if (!raw || raw.length !== SIGNED + 64 || raw[0] !== 1) return null;
  const view = new DataView(raw.buffer);
  const opens = EPOCH + (view.getUint8(3) * 65536 + view.getUint16(4)) * QUARTER;
  return {
    number: hex(raw.slice(9, SIGNED)),
    facility: view.getUint16(1),
    starts: opens,
    ends: opens + view.getUint16(6) * QUARTER,
    persons: view.getUint8(8),
    signed: raw.slice(0, SIGNED),
    signature: raw.slice(SIGNED),
  };
}

/** Whether the municipality signed it, under any of its keys: after a change of keys the older ones hold for a while. */
export async function isGenuine(pass, keys) {
  // Needed only where there is no line; the page loads it last.
  const { verifyAsync } = await import("./ed25519.js");
  for (const key of keys) {
    try {
      if (await verifyAsync(pass.signature, pass.signed, bytes(key))) return true;
    } catch {
      // not a signature at all
    }
  }
  return false;
}

/** The ten digits of a typed code, or what is wrong with it: `code_length`, `code_mistyped`. */
export function parseCode(text) {
  const digits = text.normalize("NFKC").replace(/[\s.\-‐-―−]/g, "");
  if (!/^[0-9]{10}$/.test(digits)) return { fault: "code_length" };
  let interim = 0;
  for (const digit of digits) interim = Number(DAMM[interim][digit]);
  return interim === 0 ? { digits } : { fault: "code_mistyped" };
}

/** The slow salted hash under which the gate knows a code (core/visits/bundle.py). */
export async function hashCode(digits, salt, iterations) {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(digits), "PBKDF2", false, ["deriveBits"]);
  const made = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations }, key, 128);
  return hex(new Uint8Array(made));
}

function base45(text) {
  const out = [];
  for (let at = 0; at < text.length; at += 3) {
    const group = text.slice(at, at + 3);
    let value = 0;
    for (let place = group.length - 1; place >= 0; place--) {
      const found = ALPHABET.indexOf(group[place]);
      if (found < 0) return null;
      value = value * 45 + found;
    }
    if (group.length === 3) {
      if (value > 65535) return null;
      out.push(value >> 8, value & 255);
    } else if (group.length === 2 && value < 256) out.push(value);
    else return null;
  }
  return new Uint8Array(out);
}

function bytes(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function hex(raw) {
  return Array.from(raw, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
