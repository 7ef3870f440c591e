// Numbers as they change. The browser itself asks again when the line breaks. What is in a new state is loaded anew.
const live = document.getElementById("live");
const state = () => live.firstElementChild?.dataset.state;
const begun = state();
const line = document.getElementById("live-line");
const show = (state) => {
  for (const each of line.children) each.hidden = each.dataset.when !== state;
};
let stream;
function listen() {
  stream = new EventSource(live.dataset.stream);
  stream.onopen = () => show("on");
  stream.onmessage = ({ data }) => {
    live.innerHTML = data;
    if (state() !== begun) location.reload();
  };
  stream.onerror = () => {
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5_000);
    show("off");
  };
}
listen();
