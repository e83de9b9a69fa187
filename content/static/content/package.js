// Plays a package: opens its parts in a frame that is nobody's origin and passes on what they tell.
//
// By itself it keeps nothing. A page that does (courses/study.js) hears the event "package:told" on
// [data-package], with { part, status, score, model }, and "package:alive".

// What the server keeps of one part (courses.operations.STATE_TO).
const STATE_TO = 200_000;
// A part that reports says that it is there before its page has loaded. So long after, it did not open:
// a file was lost on the way, and the frame shows nothing or the browser's own word for it.
const SILENT_MS = 4_000;

class Player {
  constructor(root) {
    this.root = root;
    this.given = JSON.parse(document.getElementById("package-given").textContent);
    this.stage = root.querySelector("[data-package-stage]");
    this.buttons = [...root.querySelectorAll("[data-package-part]")];
    this.parts = this.given.parts.map((part, at) => ({ ...part, ...this.given.reports?.[at] }));
    this.at = 0;
    window.addEventListener("message", (event) => this.#hear(event));
    for (const [at, button] of this.buttons.entries()) {
      button.addEventListener("click", () => this.open(at));
    }
    this.failed = root.querySelector("[data-package-failed]");
    this.failed.querySelector("button").addEventListener("click", () => this.open(this.at));
    root.querySelector("[data-package-full]")?.addEventListener("click", () => {
      this.stage.requestFullscreen?.();
    });
    // The first part that is not done, as a bookmark would have it.
    const next = this.parts.findIndex((part) => !this.#isDone(part));
    this.#show();
    this.open(Math.max(0, next));
  }

  #isDone(part) {
    return part.status === "completed" || part.status === "passed";
  }

  open(at, { again = false } = {}) {
    const part = this.parts[at];
    this.at = at;
    this.heard = false;
    this.failed.hidden = true;
    const frame = document.createElement("iframe");
    // No allow-same-origin: see docs/decisions/0008.
    frame.setAttribute("sandbox", "allow-scripts allow-forms allow-modals");
    frame.setAttribute("allow", "fullscreen; autoplay");
    frame.title = part.title;
    frame.name = JSON.stringify({
      xiangxu: "package",
      kind: this.given.kind,
      learner: this.given.learner,
      launchData: part.launchData,
      mastery: part.mastery,
      model: part.model ?? null,
      status: part.status,
      score: part.score,
    });
    frame.src = part.url;
    this.stage.replaceChildren(frame);
    this.frame = frame;
    for (const [place, button] of this.buttons.entries()) {
      if (place === at) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    if (part.tracked) {
      frame.addEventListener("load", () => setTimeout(() => this.#missed(frame, again), SILENT_MS), { once: true });
    }
    // An asset has nothing to report by: it was opened.
    if (!part.tracked && !this.#isDone(part)) {
      frame.addEventListener("load", () => this.#told({ status: "completed", score: null, model: null }));
    }
  }

  // Once it is opened again without a word; if it is silent again, whoever studies decides.
  #missed(frame, again) {
    if (this.heard || frame !== this.frame) return;
    if (again) this.failed.hidden = false;
    else this.open(this.at, { again: true });
  }

  #hear(event) {
    if (event.source !== this.frame?.contentWindow || typeof event.data !== "object") return;
    this.heard = true;
    this.failed.hidden = true;
    if (event.data?.xiangxu === "alive") this.root.dispatchEvent(new Event("package:alive"));
    if (event.data?.xiangxu === "told") this.#told(event.data);
  }

  #told({ status, score, model }) {
    if (!["incomplete", "completed", "passed", "failed"].includes(status)) return;
    const part = this.parts[this.at];
    part.status = status;
    part.score = typeof score === "number" && score >= 0 && score <= 100 ? score : null;
    part.model = model ?? null;
    // Single answers are the most of it; where one stopped is what must not be lost.
    if (model?.interactions && JSON.stringify(model).length > STATE_TO) delete model.interactions;
    this.#show();
    this.root.dispatchEvent(new Event("package:alive"));
    this.root.dispatchEvent(
      new CustomEvent("package:told", {
        detail: { part: this.at, status, score: part.score, model: part.model },
      }),
    );
  }

  #show() {
    const words = this.given.words;
    for (const [at, button] of this.buttons.entries()) {
      const part = this.parts[at];
      button.querySelector("[data-package-status]").textContent = part.status ? words[part.status] : "";
      button.classList.toggle("done", this.#isDone(part));
    }
    const told = this.parts.filter((part) => part.status);
    if (!told.length) return;
    const scores = told.filter((part) => typeof part.score === "number").map((part) => part.score);
    const mean = scores.reduce((sum, each) => sum + each, 0) / scores.length;
    const line = this.root.querySelector("[data-package-told]");
    line.textContent = [
      this.parts.length > 1
        ? words.done.replace("{done}", this.parts.filter((part) => this.#isDone(part)).length).replace("{total}", this.parts.length)
        : words[told[0].status],
      ...(scores.length ? [words.score.replace("{score}", Math.round(mean))] : []),
    ].join("，");
  }
}

for (const root of document.querySelectorAll("[data-package]")) new Player(root);
