// Printing needs a script; without one the browser has its own way.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => print());
