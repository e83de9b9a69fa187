// The first script of every page of a SCORM package, within the package's own frame.
//
// The frame is nobody's origin: its page cannot reach ours, where SCORM would have it look for the
// interface. So the interface is put here, into the page's own window, with scorm-again behind it; what
// the package sets is told to our page by message. SCORM's calls answer at once, so the data model must
// be here too: it comes and goes in the window's name, which stays when the package opens its next page.

(() => {
  const told = (() => {
    try {
      return JSON.parse(window.name);
    } catch {
      return null;
    }
  })();
  // A frame within the package, or a package looked at by itself: nobody is listening.
  if (told?.xiangxu !== "package") return;

  const old = told.kind === "scorm_12";
  const Runtime = old ? window.Scorm12API : window.Scorm2004API;
  const api = new Runtime({ autocommit: false, mastery_override: true, logLevel: 5 });

  // --- what the package finds when it begins ---------------------------------------------------

  const model = told.model ?? {};
  const begun = Boolean(told.model);
  if (old) {
    model.core = { ...model.core, student_id: "learner", student_name: told.learner };
    model.core.entry = begun ? "resume" : "ab-initio";
    model.core.credit = "credit";
    model.core.lesson_mode = "normal";
    delete model.core.session_time;
    delete model.core.exit;
    model.launch_data = told.launchData;
    if (told.mastery !== null) model.student_data = { mastery_score: String(told.mastery) };
  } else {
    Object.assign(model, { learner_id: "learner", learner_name: told.learner });
    Object.assign(model, { credit: "credit", mode: "normal", entry: begun ? "resume" : "ab-initio" });
    delete model.session_time;
    delete model.exit;
    model.launch_data = told.launchData;
    if (told.mastery !== null) model.scaled_passing_score = String(told.mastery / 100);
  }
  try {
    api.loadFromJSON(model);
  } catch {
    // What cannot be read any more is begun anew.
  }

  // --- what it tells ----------------------------------------------------------------------------

  const number = (text) => (text === "" || !Number.isFinite(Number(text ?? "x")) ? null : Number(text));
  const perCent = (score) => {
    const scaled = number(score?.scaled);
    const raw = number(score?.raw);
    const least = number(score?.min) ?? 0;
    const most = number(score?.max) ?? 100;
    if (scaled !== null) return Math.max(0, scaled * 100);
    if (raw === null || most <= least) return null;
    return Math.min(100, Math.max(0, ((raw - least) / (most - least)) * 100));
  };
  const status = (cmi) => {
    if (old) {
      const said = cmi.core.lesson_status;
      return ["completed", "passed", "failed"].includes(said) ? said : "incomplete";
    }
    if (cmi.success_status === "failed" || cmi.success_status === "passed") return cmi.success_status;
    return cmi.completion_status === "completed" ? "completed" : "incomplete";
  };
  const report = () => {
    const cmi = JSON.parse(JSON.stringify(api.renderCMIToJSONObject().cmi));
    const score = old ? cmi.core.score : cmi.score;
    told.model = cmi;
    window.name = JSON.stringify(told);
    window.parent.postMessage(
      { xiangxu: "told", status: status(cmi), score: perCent(score), model: cmi },
      "*",
    );
  };
  let waiting = null;
  const soon = () => {
    waiting ??= setTimeout(() => {
      waiting = null;
      report();
    }, 300);
  };

  const name = (plain) => (old ? `LMS${plain}` : plain);
  const own = {};
  for (const verb of ["Initialize", "GetValue", "GetLastError", "GetErrorString", "GetDiagnostic"]) {
    own[name(verb)] = (...given) => api[name(verb)](...given);
  }
  own[name("SetValue")] = (...given) => {
    const answer = api[name("SetValue")](...given);
    soon();
    return answer;
  };
  for (const verb of ["Commit", old ? "Finish" : "Terminate"]) {
    own[name(verb)] = (...given) => {
      const answer = api[name(verb)](...given);
      report();
      return answer;
    };
  }
  window[old ? "API" : "API_1484_11"] = own;

  // --- signs of life: who does nothing for long earns no time ------------------------------------------

  let last = 0;
  const alive = () => {
    const now = Date.now();
    if (now - last < 5_000) return;
    last = now;
    window.parent.postMessage({ xiangxu: "alive" }, "*");
  };
  for (const sign of ["pointerdown", "pointermove", "keydown", "wheel", "touchmove", "timeupdate"]) {
    window.addEventListener(sign, alive, { capture: true, passive: true });
  }
  window.addEventListener("DOMContentLoaded", alive);
})();
