// Who passes the gate while there is no line: the same rules as the server's (core/visits/rules.py), with what this
// telephone knows. Pure. Times are milliseconds by the server's clock.

const BOUNCE = 8_000;

/** A pass as the gate knows it: from the bundle, or, issued since, from the token alone. */
export function passOf(token, bundle) {
  return (
    bundle.known.find((each) => each.number === token.number) ?? {
      number: token.number,
      persons: token.persons,
      opens: token.starts - bundle.early_ms,
      closes: token.ends,
      ends: token.ends,
      re_entry: false,
      scans_exit: true,
      entered: 0,
      inside: 0,
      issued_since: true,
    }
  );
}

/** The verdict: `{persons, direction, code, ...}`; `persons` is 0 where nobody passes, and `code` then says why. */
export function decide(pass, bundle, passings, ask) {
  const mine = passings.filter((each) => each.number === pass.number);
  const sum = (way) => mine.reduce((all, each) => all + (each.direction === way ? each.persons : 0), 0);
  const came = sum("entry");
  const entered = pass.entered + came;
  const inside = Math.max(0, pass.inside + came - sum("exit"));
  const remaining = Math.max(0, pass.persons - (pass.re_entry ? inside : entered));
  const facts = { pass, mine, entered, inside, remaining, ask };
  const way = ask.direction ?? sensible(facts);
  if (way.code) return { persons: 0, direction: "entry", inside, remaining, ...way };
  const found = way === "exit" ? letOut(facts) : letIn(facts, bundle);
  const after = found.persons * (way === "exit" ? -1 : 1);
  return {
    direction: way,
    ...found,
    inside: Math.max(0, inside + after),
    remaining: Math.max(0, remaining - (way === "entry" || pass.re_entry ? after : 0)),
  };
}

function sensible({ pass, mine, inside, remaining, ask }) {
  if (!pass.scans_exit) return "entry";
  const last = mine.reduce((latest, each) => (latest && latest.at > each.at ? latest : each), null);
  if (last && ask.now - last.at < BOUNCE) return { code: "just", n: last.persons };
  // Taken to have left by the server, and leaving only now: nobody here has seen them go.
  const late = ask.now >= pass.ends && pass.entered > 0 && !mine.some((each) => each.direction === "exit");
  if (!inside) return late ? "exit" : "entry";
  const closes = pass.re_entry ? pass.ends : pass.closes;
  if (!remaining || ask.now < pass.opens || ask.now >= closes) return "exit";
  if (ask.persons && ask.persons > inside !== ask.persons > remaining) return ask.persons > inside ? "entry" : "exit";
  return { code: "which_way" };
}

// Nobody is locked in: an entry at another gate may not be known here.
function letOut({ pass, inside, ask }) {
  if (!pass.scans_exit) return { persons: 0, code: "no_exit_scan" };
  return { persons: ask.persons ?? (inside || pass.persons), code: "" };
}

function letIn({ pass, mine, entered, inside, remaining, ask }, bundle) {
  if (bundle.revoked.includes(pass.number)) return { persons: 0, code: "revoked" };
  if (ask.now >= pass.ends) return { persons: 0, code: "over", when: pass.ends };
  if (ask.now < pass.opens) return { persons: 0, code: "not_yet", when: pass.opens };
  const back = pass.re_entry && entered > 0;
  if (back && !pass.scans_exit) {
    const persons = ask.persons ?? (remaining || pass.persons);
    return persons > pass.persons ? { persons: 0, code: "fewer_left", n: pass.persons } : { persons, code: "" };
  }
  if (!remaining) {
    const last = mine.findLast((each) => each.direction === "entry");
    if (!inside) return { persons: 0, code: "no_re_entry" };
    return last ? { persons: 0, code: "inside_since", when: last.at } : { persons: 0, code: "inside" };
  }
  if (ask.now >= pass.closes && !back) return { persons: 0, code: "too_late", when: pass.closes };
  if (ask.persons > remaining) return { persons: 0, code: "fewer_left", n: remaining };
  return { persons: ask.persons ?? remaining, code: "" };
}
