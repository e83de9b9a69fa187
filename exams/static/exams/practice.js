// A practice question is an ordinary form: its answer is written into it when it is sent.

import { moveLine, valueOf } from "./controls.js";

document.addEventListener("click", (event) => {
  const mover = event.target.closest("[data-move]");
  if (mover) moveLine(mover);
});

for (const form of document.querySelectorAll("form[data-practice]")) {
  form.addEventListener("submit", () => {
    const value = valueOf(form.querySelector("[data-type]"));
    form.elements.value.value = value === null ? "" : JSON.stringify(value);
  });
}
