// The setter's forms: further lines, the finder of articles, the candidates of an exam.

document.addEventListener("click", (event) => {
  const addRow = event.target.closest("[data-add-row]");
  if (addRow) {
    const rows = addRow.parentElement.querySelectorAll("[data-row]");
    if (rows.length >= 26) return;
    const copy = rows[rows.length - 1].cloneNode(true);
    const letter = String.fromCharCode(65 + rows.length);
    for (const input of copy.querySelectorAll("input")) {
      if (input.name === "key") {
        input.value = letter;
        input.checked = false;
        input.nextElementSibling.lastChild.textContent = letter;
      } else {
        input.name = input.name.replace(/^row-\d+-/, `row-${rows.length}-`);
        input.value = "";
        input.setAttribute("aria-label", `${input.placeholder} ${rows.length + 1}`);
      }
    }
    const name = copy.querySelector("span.row-name");
    if (name) name.textContent = rows.length + 1;
    rows[rows.length - 1].after(copy);
    copy.querySelector("input:not([name=key])").focus();
  }
  const addForm = event.target.closest("[data-add-form]");
  if (addForm) {
    const body = document.querySelector("[data-formset]");
    const prefix = body.dataset.formset;
    const total = document.querySelector(`[name=${prefix}-TOTAL_FORMS]`);
    const number = Number(total.value);
    if (number >= 30) return;
    const copy = body.querySelector("[data-row]").cloneNode(true);
    for (const list of copy.querySelectorAll(".errorlist")) list.remove();
    for (const element of copy.querySelectorAll("[name], label")) {
      for (const attribute of ["name", "id", "for"]) {
        const value = element.getAttribute(attribute);
        if (value) element.setAttribute(attribute, value.replace(`${prefix}-0-`, `${prefix}-${number}-`));
      }
      if (element.matches("input")) element.value = "";
      if (element.matches("select")) element.selectedIndex = 0;
    }
    body.append(copy);
    total.value = number + 1;
    copy.querySelector("select, input").focus();
  }
});

const finder = document.querySelector("[data-article-search]");
if (finder) {
  const words = finder.querySelector("input");
  const found = finder.querySelector(".found");
  const cited = document.getElementById("cited");
  let waiting = 0;
  let asked = 0;

  const choice = (article, checked) => {
    const label = document.createElement("label");
    label.className = "choice";
    const box = document.createElement("input");
    box.type = "checkbox";
    box.value = article.cite;
    box.checked = checked;
    const text = document.createElement("span");
    text.textContent = article.label;
    if (!checked) text.textContent += `　${article.text}`;
    label.append(box, text);
    box.addEventListener("change", () => {
      if (box.name || !box.checked) return;
      const kept = choice(article, true);
      kept.querySelector("input").name = "cite";
      cited.append(kept);
      label.remove();
    });
    return label;
  };

  words.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const number = ++asked;
      const query = words.value.trim();
      if (!query) return found.replaceChildren();
      const response = await fetch(`${finder.dataset.articleSearch}?q=${encodeURIComponent(query)}`);
      if (!response.ok || number !== asked) return;
      const { articles } = await response.json();
      const have = new Set([...cited.querySelectorAll("input")].map((box) => box.value));
      const fresh = articles.filter((article) => !have.has(article.cite));
      if (fresh.length) found.replaceChildren(...fresh.map((article) => choice(article, false)));
      else found.textContent = finder.dataset.none;
    }, 300);
  });
  words.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}

// An exam's form shows only what its kind of candidates needs.
const audience = document.querySelector("select[name=audience]");
if (audience) {
  const show = () => {
    for (const part of document.querySelectorAll("[data-audience]")) {
      part.hidden = !part.dataset.audience.split(" ").includes(audience.value);
    }
  };
  audience.addEventListener("change", show);
  show();
}
