// For the city's portal: <a data-paso href="https://…/chat">…</a><script async src="https://…/static/embed.js"></script>
// The link opens the chat as a full page. Where the session works in a frame, it opens in a dialog instead.
(() => {
  const own = new URL(document.currentScript.src).origin;
  const PATIENCE_MS = 4000;

  function open(link) {
    const dialog = document.createElement("dialog");
    const close = document.createElement("button");
    const frame = document.createElement("iframe");
    close.type = "button";
    close.textContent = link.dataset.close || (document.documentElement.lang.startsWith("en") ? "Close" : "Κλείσιμο");
    frame.title = link.textContent.trim();
    frame.src = `${own}/chat/frame`;
    // Set by script, not by attributes: a portal with a strict policy allows the one and not the other.
    Object.assign(frame.style, { border: "0", width: "100%", height: "calc(100% - 3rem)" });
    Object.assign(dialog.style, { width: "min(48rem, 100%)", height: "min(56rem, 100%)", padding: "0.5rem" });
    dialog.append(close, frame);
    const goThere = () => { finish(); location.assign(link.href); };
    const late = setTimeout(goThere, PATIENCE_MS);
    function listen(event) {
      if (event.origin !== own || event.source !== frame.contentWindow) return;
      if (event.data?.paso === "refused") goThere();
      if (event.data?.paso === "works") clearTimeout(late);
    }
    function finish() {
      clearTimeout(late);
      removeEventListener("message", listen);
      dialog.remove();
    }
    addEventListener("message", listen);
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { finish(); link.focus(); });
    document.body.append(dialog);
    dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-paso]");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || new URL(link.href).origin !== own) return;
    event.preventDefault();
    open(link);
  });
})();
