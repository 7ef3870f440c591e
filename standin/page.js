const list = () => document.getElementById("list");

async function look() {
  const answer = await fetch("/version", {cache: "no-store"});
  if ((await answer.text()) === list().dataset.version) return;
  const page = await (await fetch(location.href, {cache: "no-store"})).text();
  const whole = new DOMParser().parseFromString(page, "text/html");
  const fresh = whole.getElementById("list");
  document.getElementById("staff").replaceChildren(...whole.getElementById("staff").childNodes);
  const focused = list().contains(document.activeElement) ? document.activeElement.value : null;
  list().replaceChildren(...fresh.childNodes);
  list().dataset.version = fresh.dataset.version;
  if (focused !== null) list().querySelector(`button[value="${CSS.escape(focused)}"]`)?.focus();
}

async function keepLooking() {
  try { await look(); } catch { /* the server is away: look again */ }
  setTimeout(keepLooking, 1000);
}

document.addEventListener("submit", async (event) => {
  if (!event.target.matches(".keys")) return;
  event.preventDefault();
  const key = new URLSearchParams({key: event.submitter.value});
  await fetch(event.target.action, {method: "POST", body: key});
  await look();
});

keepLooking();
