// The editor saves by itself. Who saves by hand in that moment waits for it: two saves at once would make
// a new page twice, or lay the older words over the newer.

let underway = false;
let waiting = null; // what was pressed meanwhile
let leaving = false;

const editor = (form) => form?.matches("[data-edit-form]");

document.addEventListener("w-autosave:save", (event) => {
  if (leaving) event.preventDefault();
  else underway = true;
});

for (const end of ["success", "error"]) {
  document.addEventListener(`w-autosave:${end}`, () => {
    underway = false;
    if (!waiting) return;
    waiting.disabled = false; // a pressed button is put to rest, and would not say what it was pressed for
    waiting.form.requestSubmit(waiting);
  });
}

document.addEventListener("submit", (event) => {
  if (!editor(event.target)) return;
  if (underway) {
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = event.submitter;
  } else {
    leaving = true;
  }
}, true);
