// Today's table is fetched anew when somebody goes in or out, and every half minute.
const SOONEST_MS = 3_000, LATEST_MS = 30_000;
let last = Date.now(), waiting = 0;

async function refresh() {
  waiting = 0;
  last = Date.now();
  if (document.hidden) return later(LATEST_MS);
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("grid");
    const old = document.getElementById("grid");
    if (answer.ok && fresh && fresh.innerHTML !== old.innerHTML) {
      const place = document.activeElement?.getAttribute?.("href");
      const scrolled = [...old.querySelectorAll(".scroll")].map((each) => each.scrollLeft);
      old.replaceWith(fresh);
      fresh.querySelectorAll(".scroll").forEach((each, index) => (each.scrollLeft = scrolled[index] ?? 0));
      if (place) fresh.querySelector(`a[href="${CSS.escape(place)}"]`)?.focus();
    }
  } catch {
    // Without a line the table stays as it is.
  }
  later(LATEST_MS);
}

function later(delay) {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, delay);
}

new EventSource("/live/stream").onmessage = () => later(Math.max(0, last + SOONEST_MS - Date.now()));
later(LATEST_MS);
