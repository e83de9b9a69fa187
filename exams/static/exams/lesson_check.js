// A question in a lesson: its forms are sent from where they stand, and the answer takes their place.

import { moveLine, valueOf } from "./controls.js";

async function send(check, form) {
  const failed = check.querySelector("[data-check-failed]");
  const button = form.querySelector("button[type=submit]");
  const asks = form.method === "post";
  if (asks) {
    const value = valueOf(form.querySelector("[data-type]"));
    form.elements.value.value = value === null ? "" : JSON.stringify(value);
  }
  button.disabled = true;
  failed.hidden = true;
  try {
    const answer = await fetch(form.action, asks ? { method: "POST", body: new FormData(form) } : {});
    // A session that ended answers with the sign-in page, which does not belong into a lesson.
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    check.innerHTML = await answer.text();
    arm(check);
    check.dispatchEvent(new CustomEvent("check:answered", { bubbles: true }));
    check.tabIndex = -1;
    check.focus({ preventScroll: true });
    check.scrollIntoView({ block: "nearest" });
  } catch {
    failed.hidden = false;
    button.disabled = false;
  }
}

function arm(check) {
  for (const hidden of check.querySelectorAll("[data-needs-js]")) hidden.hidden = false;
}

for (const check of document.querySelectorAll("[data-check]")) {
  arm(check);
  check.addEventListener("submit", (event) => {
    event.preventDefault();
    send(check, event.target);
  });
  check.addEventListener("click", (event) => {
    const mover = event.target.closest("[data-move]");
    if (mover) moveLine(mover);
  });
}
