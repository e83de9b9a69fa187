// Reads and writes the controls of one question. An answer is null when nothing was chosen.

const own = (root, selector) =>
  [...root.querySelectorAll(selector)].filter((element) => element.closest("[data-type]") === root);

export function valueOf(root) {
  switch (root.dataset.type) {
    case "single":
      return own(root, "input:checked")[0]?.value ?? null;
    case "true_false": {
      const chosen = own(root, "input:checked")[0];
      return chosen ? chosen.value === "true" : null;
    }
    case "multiple": {
      const chosen = own(root, "input:checked").map((input) => input.value).sort();
      return chosen.length ? chosen : null;
    }
    case "fill_in": {
      const texts = [];
      for (const input of own(root, "[data-blank]")) texts[input.dataset.blank - 1] = input.value.trim();
      return texts.some(Boolean) ? Array.from(texts, (text) => text ?? "") : null;
    }
    case "numeric":
      return own(root, "input")[0].value.trim() || null;
    case "matching": {
      const pairs = {};
      for (const select of own(root, "[data-left]")) if (select.value) pairs[select.dataset.left] = select.value;
      return Object.keys(pairs).length ? pairs : null;
    }
    case "ordering":
      return own(root, "[data-keep-order]")[0].checked ? own(root, "li[data-id]").map((li) => li.dataset.id) : null;
    case "short_answer":
    case "essay": {
      const text = own(root, "textarea")[0].value;
      return text.trim() ? text : null;
    }
    case "case": {
      const parts = {};
      for (const part of root.querySelectorAll("[data-part]")) {
        const value = valueOf(part);
        if (value !== null) parts[part.dataset.part] = value;
      }
      return Object.keys(parts).length ? parts : null;
    }
    default:
      return null;
  }
}

// Whether somebody has changed it since the server drew it.
export function isTouched(root) {
  return [...root.querySelectorAll("input, textarea, option")].some((control) =>
    control instanceof HTMLOptionElement
      ? control.selected !== control.defaultSelected && control.value !== ""
      : control.checked !== control.defaultChecked || control.value !== control.defaultValue,
  );
}

// How sure the candidate is, 1 to 3; null where nothing is said or nothing is asked.
export function certaintyOf(question) {
  const chosen = question.querySelector('[data-type="certainty"] input:checked');
  return chosen ? Number(chosen.value) : null;
}

export function showCertainty(question, certainty) {
  for (const input of question.querySelectorAll('[data-type="certainty"] input')) {
    input.checked = Number(input.value) === certainty;
  }
}

export function show(root, value) {
  switch (root.dataset.type) {
    case "single":
    case "true_false":
    case "multiple": {
      const chosen = Array.isArray(value) ? value : [value === null ? null : String(value)];
      for (const input of own(root, "input")) input.checked = chosen.includes(input.value);
      break;
    }
    case "fill_in":
      for (const input of own(root, "[data-blank]")) input.value = value?.[input.dataset.blank - 1] ?? "";
      break;
    case "numeric":
      own(root, "input")[0].value = value ?? "";
      break;
    case "matching":
      for (const select of own(root, "[data-left]")) select.value = value?.[select.dataset.left] ?? "";
      break;
    case "ordering": {
      const list = own(root, "ol.ordering")[0];
      for (const id of value ?? []) {
        const line = own(root, "li[data-id]").find((li) => li.dataset.id === id);
        if (line) list.append(line);
      }
      own(root, "[data-keep-order]")[0].checked = Boolean(value);
      break;
    }
    case "short_answer":
    case "essay":
      own(root, "textarea")[0].value = value ?? "";
      break;
    case "case":
      for (const part of root.querySelectorAll("[data-part]")) show(part, value?.[part.dataset.part] ?? null);
      break;
  }
}

export function moveLine(button) {
  const line = button.closest("li");
  const root = button.closest("[data-type]");
  const other = button.dataset.move === "1" ? line.nextElementSibling : line.previousElementSibling;
  if (other) button.dataset.move === "1" ? other.after(line) : other.before(line);
  own(root, "[data-keep-order]")[0].checked = true;
  button.focus();
}
