// The words of the page's language, which the page brings along.
const found = new Map();
for (const each of document.getElementById("words").content.children) found.set(each.dataset.word, each.textContent);
const { zone } = document.getElementById("words").dataset;
const hour = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export function say(word, facts = {}) {
  return found.get(word).replace(/\{(\w+)\}/g, (_, name) => {
    const value = facts[name];
    return name === "when" && typeof value === "number" ? hour.format(value) : (value ?? "");
  });
}

export function time(moment) {
  return hour.format(moment);
}
