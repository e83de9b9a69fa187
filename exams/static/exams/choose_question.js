// In Wagtail's editor: a button beside every field for a question's code, and a dialog to search the bank.

const script = document.currentScript;
const { url, choose, close } = script.dataset;

let dialog;
let target;
let asked = 0;

async function show(params = "") {
  const turn = ++asked;
  const answer = await fetch(`${url}${params}`, { credentials: "same-origin" });
  // Whoever types on is not shown what was asked before.
  if (turn !== asked) return;
  const html = answer.ok ? await answer.text() : "";
  const results = new DOMParser().parseFromString(html, "text/html").querySelector("[data-question-results]");
  const list = dialog.querySelector("[data-question-results]");
  if (list && results && params) list.replaceWith(results);
  else dialog.querySelector("[data-question-dialog]").innerHTML = html;
}

function search() {
  const form = dialog.querySelector("form");
  return show(`?${new URLSearchParams(new FormData(form))}`);
}

function open(input) {
  target = input;
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.className = "question-dialog";
    dialog.setAttribute("aria-label", choose);
    dialog.innerHTML = '<div data-question-dialog></div><p><button type="button" class="button button-secondary" data-question-close></button></p>';
    dialog.querySelector("[data-question-close]").textContent = close;
    document.body.append(dialog);
    let waiting;
    dialog.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(search, 250);
    });
    dialog.addEventListener("submit", (event) => {
      event.preventDefault();
      search();
    });
    dialog.addEventListener("click", (event) => {
      const chosen = event.target.closest("[data-question-choice]");
      const page = event.target.closest("[data-question-page]");
      if (page) {
        event.preventDefault();
        show(page.getAttribute("href"));
      } else if (chosen) {
        const code = chosen.dataset.questionChoice;
        // A field of several codes takes one more; the other holds one.
        target.value = target.matches("textarea") && target.value.trim() ? `${target.value.trim()} ${code}` : code;
        target.dispatchEvent(new Event("input", { bubbles: true }));
        target.dispatchEvent(new Event("change", { bubbles: true }));
        say(target, chosen.dataset.stem);
        dialog.close();
        target.focus();
      } else if (event.target.closest("[data-question-close]")) dialog.close();
    });
  }
  show().then(() => dialog.querySelector("input")?.focus());
  dialog.showModal();
}

function say(input, stem) {
  input.closest("[data-question-field]").querySelector("[data-question-stem]").textContent = stem;
}

function fit(root) {
  for (const input of root.querySelectorAll(":is(input, textarea)[data-question-code]")) {
    if (input.closest("[data-question-field]")) continue;
    const field = document.createElement("div");
    field.dataset.questionField = "";
    input.before(field);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-secondary button-small";
    button.textContent = choose;
    button.addEventListener("click", () => open(input));
    const stem = document.createElement("p");
    stem.className = "help";
    stem.dataset.questionStem = "";
    field.append(input, button, stem);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  fit(document);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) if (node instanceof Element) fit(node.parentElement ?? node);
    }
  }).observe(document.body, { childList: true, subtree: true });
});
