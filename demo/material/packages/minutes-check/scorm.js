// SCORM 2004: the interface, looked for where the standard says, and three short words for it.

const scorm = (() => {
  let place = window;
  let api = null;
  for (let steps = 0; steps < 8 && !api; steps += 1) {
    try {
      api = place.API_1484_11 ?? null;
      if (place.parent === place) break;
      place = place.parent;
    } catch {
      break;
    }
  }
  api?.Initialize("");
  window.addEventListener("pagehide", () => api?.Terminate(""));
  return {
    get: (name) => api?.GetValue(name) ?? "",
    set: (name, value) => api?.SetValue(name, String(value)),
    commit: () => api?.Commit(""),
  };
})();

function element(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}
