// Study time. The page reports what is played or in view; the server weighs it by its own clock.
//
// A tick is [seq, from, to, lasted, playing, visible], times in milliseconds: playhead before and
// after for a recording, upper and lower edge of the window for a text laid on its reading time.
// Ticks wait in an outbox that outlives the page until the server acknowledges them, so a lost
// request or an hour in the train costs nothing but certainty.

import { Study, post } from "./study-core.js";

const TICK_MS = 10_000;
const READING_TICK_MS = 5_000;
const RESEND_MS = 10_000;
// What tells that somebody is there; not scrolling, for the transcript scrolls along by itself.
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

// --- recordings ----------------------------------------------------------------------------------------

class MediaStudy extends Study {
  start(media) {
    this.media = media;
    this.last = media.currentTime;
    const resumeAt = Number(this.data.position);
    const resume = () => {
      // Not to the very end: whoever comes back then wants to hear it again.
      if (resumeAt > 5 && resumeAt < media.duration - 5 && media.currentTime < 1) {
        media.currentTime = resumeAt;
        const line = this.find("resume");
        line.textContent = this.words.resume_media.replace("{place}", this.clock(resumeAt));
        line.hidden = false;
      }
    };
    if (media.readyState >= 1) resume();
    else media.addEventListener("loadedmetadata", resume, { once: true });

    this.watchPresence();
    media.addEventListener("playing", () => this.open());
    media.addEventListener("timeupdate", () => {
      if (!media.seeking) this.last = media.currentTime;
      if (performance.now() - this.touchedAt > this.askAfter && !media.paused) this.ask();
    });
    media.addEventListener("seeking", () => this.close(this.last));
    media.addEventListener("seeked", () => {
      this.last = media.currentTime;
      if (!media.paused) this.open();
    });
    media.addEventListener("waiting", () => this.close());
    media.addEventListener("ratechange", () => {
      this.close();
      if (!media.paused) this.open();
    });
    for (const name of ["pause", "ended"]) {
      media.addEventListener(name, () => {
        this.close();
        this.send();
        if (!this.lost && !this.completed) this.say("paused");
      });
    }
    this.onLost = () => media.pause();
    this.onTaken = () => media.play();
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) {
        this.close();
        this.send();
        if (!media.paused) this.say("hidden");
      } else if (!media.paused) {
        this.open();
      }
    });
    setInterval(() => {
      if (!this.segment) return;
      this.close();
      this.open();
      this.send();
    }, TICK_MS);
    // On a slow line one has pressed play before this script came, and its "playing" is told no more.
    if (!media.paused) this.open();
  }

  // After long minutes without a sign of anybody the recording pauses and asks; nobody has to check in.
  watchPresence() {
    this.askAfter = this.data.presence ? Number(this.data.presence) * 60_000 : Infinity;
    const touched = () => (this.touchedAt = performance.now());
    touched();
    for (const sign of SIGNS) {
      document.addEventListener(sign, touched, { capture: true, passive: true });
    }
    const box = this.find("presence");
    box?.querySelector("button").addEventListener("click", () => this.media.play());
    // Playing on, by whatever control, is an answer as well.
    this.media.addEventListener("play", () => {
      touched();
      if (box) box.hidden = true;
    });
  }

  async ask() {
    const box = this.find("presence");
    this.media.pause();
    if (document.fullscreenElement) await document.exitFullscreen();
    box.hidden = false;
    box.scrollIntoView({ block: "center" });
    box.querySelector("button").focus({ preventScroll: true });
  }

  // A stretch of play begins; the first one takes the lease.
  async open() {
    if (this.lost) {
      this.media.pause();
      this.say("lost_other_place");
      return;
    }
    if (document.hidden || this.segment) return;
    if (!this.outbox) await this.take();
    if (this.media.paused || this.segment) return;
    this.segment = { from: this.media.currentTime, at: performance.now() };
    if (this.outbox && !this.completed) this.say("counting");
  }

  close(to = this.media.currentTime) {
    const segment = this.segment;
    this.segment = null;
    if (!segment) return;
    const lasted = performance.now() - segment.at;
    if (to > segment.from && lasted > 200) {
      this.tick(segment.from * 1000, to * 1000, lasted, true, true);
    }
  }
}

// --- what is in view -------------------------------------------------------------------------------------

// Time counts tick by tick while the page is in view; ``besides`` is done at every tick.
class ViewStudy extends Study {
  async watch(besides = () => {}) {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) {
        this.close();
        this.send();
      } else {
        this.open();
      }
    });
    setInterval(() => {
      if (document.hidden || this.lost) return;
      this.close();
      this.open();
      besides();
    }, READING_TICK_MS);
    await this.open();
  }
}

// --- texts -----------------------------------------------------------------------------------------------

class ReadingStudy extends ViewStudy {
  async start() {
    this.#offerResume();
    this.onTaken = () => this.open();
    await this.watch();
  }

  // The part of the text in the window, laid on its reading time; null when none is.
  view() {
    const box = this.body.getBoundingClientRect();
    if (!box.height) return null;
    const top = Math.max(0, this.root.getBoundingClientRect().bottom);
    const from = Math.max(0, (top - box.top) / box.height);
    const to = Math.min(1, (window.innerHeight - box.top) / box.height);
    return to > from ? { from: from * this.length, to: to * this.length } : null;
  }

  async open() {
    if (document.hidden || this.lost || this.full) return;
    if (!this.outbox && !(await this.take())) return;
    this.segment = { at: performance.now() };
  }

  close() {
    const segment = this.segment;
    this.segment = null;
    if (!segment) return;
    const view = this.view();
    const lasted = performance.now() - segment.at;
    if (view) this.tick(view.from, view.to, lasted, true, true);
    else this.say("beside");
  }

  #offerResume() {
    const position = Number(this.data.position) * 1000;
    if (!(position > 5_000) || !this.length || location.hash) return;
    const line = this.find("resume");
    line.textContent = `${this.words.resume.replace("{place}", `${Math.round((position * 100) / this.length)} %`)} `;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet small";
    button.textContent = this.words.resume_link;
    button.addEventListener("click", () => {
      const box = this.body.getBoundingClientRect();
      const meter = this.root.getBoundingClientRect().height;
      window.scrollTo({
        top: window.scrollY + box.top + (box.height * position) / this.length - meter - 80,
      });
      line.hidden = true;
    });
    line.append(button);
    line.hidden = false;
  }
}

// --- packages --------------------------------------------------------------------------------------------

// So long without a touch, a key or a word from the package, and the time counts no more.
const IDLE_MS = 5 * 60_000;

class PackageStudy extends ViewStudy {
  async start() {
    this.told = new Map(); // by part, the last report that is not kept yet
    this.telling = null;
    this.aliveAt = performance.now();
    const root = this.body.querySelector("[data-package]");
    root.addEventListener("package:alive", () => (this.aliveAt = performance.now()));
    root.addEventListener("package:told", (event) => {
      this.told.set(event.detail.part, event.detail);
      this.telling ??= setTimeout(() => this.tell(), 800);
    });
    // Only a fresh page knows where the other window left the package.
    this.onTaken = () => location.reload();
    await this.watch(() => {
      if (this.told.size && !this.telling) this.tell();
    });
  }

  async open() {
    if (document.hidden || this.lost) return;
    if (!this.outbox && !(await this.take())) return;
    if (!this.full) this.segment = { at: performance.now() };
  }

  // One is at no particular place of a package: the whole of it is in view, and its time fills up.
  close() {
    const segment = this.segment;
    this.segment = null;
    if (!segment) return;
    const now = performance.now();
    const working = now - this.aliveAt < IDLE_MS;
    this.tick(0, this.length, now - segment.at, working, true);
    if (!working) this.say("idle");
  }

  // What the package said goes to whoever has the lease; a part's last word is enough.
  async tell() {
    this.telling = null;
    if (!this.outbox || !this.told.size) return;
    const [part, report] = this.told.entries().next().value;
    try {
      const answer = await post(this.data.toldUrl, { token: this.outbox.token, ...report });
      if (this.told.get(part) === report) this.told.delete(part);
      if (answer.state === "lost") this.lose(answer.because);
      else this.sayWhy(answer);
    } catch (error) {
      if (!error.status) return; // no connection: tried again
      this.told.delete(part);
      this.say(error.status === 413 ? "too_large" : "refused");
    }
    if (this.told.size) this.telling ??= setTimeout(() => this.tell(), 800);
  }

  leave() {
    for (const report of this.told.values()) {
      if (!this.outbox) break;
      const body = JSON.stringify({ token: this.outbox.token, ...report });
      navigator.sendBeacon(this.data.toldUrl, new Blob([body], { type: "application/json" }));
    }
    super.leave();
  }
}

// --- start ---------------------------------------------------------------------------------------------

function begin() {
  const root = document.querySelector("[data-study]");
  const body = document.querySelector("[data-study-body]");
  if (!root || !body) return;
  const words = JSON.parse(document.getElementById("study-words").textContent);
  const media = root.dataset.kind === "media" ? body.querySelector("video, audio") : null;
  if (root.dataset.kind === "media" && !media) return;
  const kinds = { media: MediaStudy, package: PackageStudy, reading: ReadingStudy };
  const study = new kinds[root.dataset.kind](root, body, words);
  root.querySelector("[data-study-takeover] button").addEventListener("click", () => study.takeBack());
  setInterval(() => study.send(), RESEND_MS);
  window.addEventListener("online", () => study.send());
  window.addEventListener("offline", () => study.say("offline"));
  window.addEventListener("pagehide", () => study.leave());
  study.start(media);
}

begin();
