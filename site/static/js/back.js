// <button data-back hidden>: shown where there is a page to go back to, which keeps what was typed into it.
for (const button of document.querySelectorAll("[data-back]")) {
  button.hidden = history.length < 2;
  button.addEventListener("click", () => history.back());
}
