// A demonstration account fills the form; signing in stays the visitor's own act.

for (const button of document.querySelectorAll("[data-fill]")) {
  button.addEventListener("click", () => {
    const form = document.querySelector("form[data-signin]");
    form.elements.login.value = button.dataset.fill;
    form.elements.password.value = button.dataset.password;
    form.querySelector("button[type=submit], button:not([type])").focus();
  });
}
