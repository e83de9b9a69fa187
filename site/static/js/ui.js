// The shell's few behaviours. Everything attaches by data- attribute; pages work without it.

const YEAR = 365 * 24 * 60 * 60;

// What only works with a script is hidden until the script is here.
export function reveal(root = document) {
  for (const element of root.querySelectorAll("[data-needs-js]")) element.hidden = false;
}

// Menus are <details data-menu>: close on Escape, on a click elsewhere, when the focus leaves.
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details[data-menu]"));

  const opener = event.target.closest("[data-dialog-open]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.dialogOpen)?.showModal();
    return;
  }
  const closer = event.target.closest("[data-dialog-close]");
  if (closer) {
    closer.closest("dialog")?.close(closer.value || "");
    return;
  }
  // A click on the backdrop is a click on the dialog itself.
  if (event.target instanceof HTMLDialogElement && !("dialogKeep" in event.target.dataset)) {
    const box = event.target.getBoundingClientRect();
    const inside =
      event.clientX >= box.left && event.clientX <= box.right &&
      event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
    return;
  }
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) {
    const message = dismiss.closest(".message");
    const list = message?.closest(".messages");
    message?.remove();
    if (list && !list.children.length) list.remove();
    return;
  }
  const more = event.target.closest("[data-more]");
  if (more) {
    event.preventDefault();
    toggleRail(more);
    return;
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    navigator.clipboard?.writeText(copy.dataset.copy).then(() => sayCopied(copy));
    return;
  }
  const print = event.target.closest("[data-print]");
  if (print) {
    window.print();
    return;
  }
  const preference = event.target.closest("[data-pref]");
  if (preference) setPreference(preference);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details[data-menu][open]");
  closeMenus();
  menu?.querySelector("summary")?.focus();
  const rail = document.getElementById("rail");
  if (rail?.hasAttribute("data-open")) toggleRail(document.querySelector("[data-more]"));
});

document.addEventListener("focusout", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

// A rail longer than the window shows where we are.
const place = document.querySelector("#rail [aria-current]");
if (place) place.closest("#rail").scrollTop = place.offsetTop - innerHeight / 2;

// On a phone the rail opens above the bottom bar.
function toggleRail(button) {
  const rail = document.getElementById("rail");
  if (!rail || !button) return;
  const open = rail.toggleAttribute("data-open");
  button.setAttribute("aria-expanded", String(open));
  if (open) rail.querySelector("a")?.focus();
  else button.focus();
}

// Colours and text size: a cookie, so that the server draws the next page right from the start.
function setPreference(button) {
  const { pref, value } = button.dataset;
  const root = document.documentElement;
  const attribute = pref === "theme" ? "data-theme" : "data-text";
  if (value) root.setAttribute(attribute, value);
  else root.removeAttribute(attribute);
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${pref}=${value}; Path=/; Max-Age=${value ? YEAR : 0}; SameSite=Lax${secure}`;
  for (const other of document.querySelectorAll(`[data-pref="${pref}"]`)) {
    other.setAttribute("aria-pressed", String(other.dataset.value === value));
  }
  document.dispatchEvent(new CustomEvent("preference", { detail: { pref, value } }));
}

// A form that was refused is loaded from its top, and what is wrong may stand far below: go there.
// A specimen in the style guide sends nothing and has no method.
const wrong = document.querySelector('form[method] :is([aria-invalid="true"], .message[role="alert"])');
if (wrong && !document.querySelector("[autofocus]")) {
  if (wrong.matches(".message")) wrong.tabIndex = -1;
  wrong.focus({ preventScroll: true });
  const { top, bottom } = wrong.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight * 0.8) wrong.scrollIntoView({ block: "center" });
}

// A file field shows what was chosen, and marks the moment a file hovers over it.
for (const drop of document.querySelectorAll(".filedrop")) {
  const input = drop.querySelector('input[type="file"]');
  const chosen = drop.querySelector(".chosen");
  drop.addEventListener("dragover", () => drop.setAttribute("data-over", ""));
  for (const type of ["dragleave", "drop", "dragend"]) {
    drop.addEventListener(type, () => drop.removeAttribute("data-over"));
  }
  input?.addEventListener("change", () => {
    if (chosen) chosen.textContent = [...input.files].map((file) => file.name).join("、");
  });
}

// Filters send themselves when a choice changes: <form data-auto-submit>.
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-auto-submit]");
  if (form && event.target.matches("select, input[type=checkbox], input[type=radio], input[type=date]")) {
    form.requestSubmit();
  }
});

// One click, one request: a form marked data-once is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!("once" in form.dataset)) return;
  if (form.dataset.once === "sent") {
    event.preventDefault();
    return;
  }
  form.dataset.once = "sent";
  event.submitter?.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll('form[data-once="sent"]')) {
    form.dataset.once = "";
  }
});

reveal();

// A tick in the place of the icon, and the word for who does not see it, for two seconds.
function sayCopied(button) {
  const use = button.querySelector("use");
  const [icon, label] = [use.getAttribute("href"), button.getAttribute("aria-label")];
  if (label === button.dataset.copied) return;
  use.setAttribute("href", icon.replace(/#.*/, "#check"));
  button.setAttribute("aria-label", button.dataset.copied);
  setTimeout(() => {
    use.setAttribute("href", icon);
    button.setAttribute("aria-label", label);
  }, 2000);
}
