// Plays an H5P package in its own frame, and tells our page what it says: see package-scorm.js.

const told = (() => {
  try {
    return JSON.parse(window.name);
  } catch {
    return {};
  }
})();
const place = document.querySelector("[data-h5p]");
const ID = "package";

let status = told.status ?? "incomplete";
let score = told.score ?? null;
let kept = told.model ?? null;

function report() {
  const parent = window.parent;
  parent.postMessage({ xiangxu: "told", status, score, model: kept }, "*");
}

// What there is to go on from, as the content itself has it.
function state() {
  const instance = window.H5P?.instances?.[0];
  try {
    return instance?.getCurrentState?.() ?? null;
  } catch {
    return null;
  }
}

function heard(event) {
  const statement = event.data.statement;
  const verb = statement.verb.id.split("/").pop();
  // What is told of a part of it (a question in a book) says nothing of the whole.
  const whole = !statement.context?.contextActivities?.parent?.length;
  const result = statement.result;
  if (whole && result?.score?.scaled !== undefined) score = Math.max(0, result.score.scaled * 100);
  else if (whole && result?.score?.max) score = Math.max(0, (100 * result.score.raw) / result.score.max);
  if (whole && ["completed", "answered", "passed", "failed", "mastered"].includes(verb)) {
    const passed = result?.success;
    if (passed === false) status = "failed";
    else if (result?.completion !== false || passed) status = passed ? "passed" : "completed";
  }
  setTimeout(keep, 200);
}

function keep() {
  kept = state() ?? kept;
  report();
}

const player = new window.H5PStandalone.H5P(place, {
  id: ID,
  h5pJsonPath: place.dataset.h5p,
  // Not in an inner frame: in a sandbox each is an origin of its own, which the player could not reach.
  embedType: "div",
  frameJs: place.dataset.frameJs,
  frameCss: place.dataset.frameCss,
  icon: false,
  frame: false,
  copyright: false,
  export: false,
  reportingIsEnabled: true,
  saveFreq: 3600, // kept by us; the player wants a number before it reads what was kept
  contentUserData: kept ? [{ state: JSON.stringify(kept) }] : [],
});

player.then(() => {
  window.H5P.externalDispatcher.on("xAPI", heard);
  let last = "";
  setInterval(() => {
    const now = JSON.stringify(state());
    if (now === last || now === "null") return;
    last = now;
    keep();
  }, 3000);
});

// That it is there, before its page has loaded.
window.parent.postMessage({ xiangxu: "alive" }, "*");

let alive = 0;
for (const sign of ["pointerdown", "pointermove", "keydown", "wheel", "touchmove"]) {
  window.addEventListener(
    sign,
    () => {
      if (Date.now() - alive < 5_000) return;
      alive = Date.now();
      window.parent.postMessage({ xiangxu: "alive" }, "*");
    },
    { capture: true, passive: true },
  );
}
