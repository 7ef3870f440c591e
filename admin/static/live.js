// Numbers as they change. The browser itself asks again when the line breaks.
const line = document.getElementById("live-line");
const show = (state) => {
  for (const each of line.children) each.hidden = each.dataset.when !== state;
};
let stream;
function listen() {
  stream = new EventSource("/live/stream");
  stream.onopen = () => show("on");
  stream.onmessage = ({ data }) => (document.getElementById("live").innerHTML = data);
  stream.onerror = () => {
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5_000);
    show("off");
  };
}
listen();
