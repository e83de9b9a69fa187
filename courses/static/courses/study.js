// Study time. The page reports what is played or in view; the server weighs it by its own clock.
//
// A tick is [seq, from, to, lasted, playing, visible], times in milliseconds: playhead before and
// after for a recording, upper and lower edge of the window for a text laid on its reading time.
// Ticks wait in an outbox that outlives the page until the server acknowledges them, so a lost
// request or an hour in the train costs nothing but certainty.

const TICK_MS = 10_000;
const READING_TICK_MS = 5_000;
const RESEND_MS = 10_000;
const MAX_BATCH = 300;
const KEEP_MS = 45 * 60_000;
const OUTBOX = "study-outbox:";

// --- outbox: what is not acknowledged yet, in memory and, where allowed, in local storage ----------

class Outbox {
  constructor(token) {
    this.token = token;
    this.key = OUTBOX + token.slice(-24);
    this.ticks = [];
  }

  add(tick) {
    this.ticks.push(tick);
    this.keep();
  }

  acknowledge(seq) {
    this.ticks = this.ticks.filter((tick) => tick[0] > seq);
    this.keep();
  }

  drop() {
    this.ticks = [];
    this.keep();
  }

  keep() {
    try {
      if (this.ticks.length) {
        localStorage.setItem(
          this.key,
          JSON.stringify({ token: this.token, ticks: this.ticks, at: Date.now() }),
        );
      } else {
        localStorage.removeItem(this.key);
      }
    } catch {
      // Storage refused or full: the outbox lives as long as the page.
    }
  }

  // Outboxes left by pages that were closed before everything was acknowledged.
  static left() {
    const found = [];
    try {
      for (const key of Object.keys(localStorage)) {
        if (!key.startsWith(OUTBOX)) continue;
        const { token, ticks, at } = JSON.parse(localStorage.getItem(key));
        if (Date.now() - at > KEEP_MS) {
          localStorage.removeItem(key);
          continue;
        }
        const outbox = new Outbox(token);
        outbox.ticks = ticks;
        found.push(outbox);
      }
    } catch {
      // Unreadable leftovers are of no use.
    }
    return found;
  }
}

// --- talking to the server ---------------------------------------------------------------------------

async function post(url, body, csrf) {
  const headers = { "Content-Type": "application/json" };
  if (csrf) headers["X-CSRFToken"] = csrf;
  const response = await fetch(url, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
    credentials: "same-origin",
    keepalive: true,
  });
  // A session that ended answers with the sign-in page.
  if (response.redirected) throw Object.assign(new Error("signed out"), { status: 401 });
  if (!response.ok) throw Object.assign(new Error(response.statusText), { status: response.status });
  return response.json();
}

// --- the page ----------------------------------------------------------------------------------------

export class Study {
  constructor(root, body, words) {
    this.root = root;
    this.body = body;
    this.words = words;
    this.data = root.dataset;
    this.length = Number(this.data.length) * 1000;
    this.outbox = null; // there is one exactly while this page holds the lease
    this.seq = 0;
    this.taking = null;
    this.sending = false;
    this.segment = null;
    this.lastNote = "";
    this.completed = false;
    this.full = this.find("bar").value >= 100;
    this.offline = false;
  }

  find(name) {
    return this.root.querySelector(`[data-study-${name}]`);
  }

  say(key) {
    const text = this.words[key];
    if (!text || text === this.lastNote) return;
    this.lastNote = text;
    this.find("note").textContent = text;
  }

  clock(seconds) {
    const whole = Math.floor(seconds);
    return this.words.clock
      .replace("{minutes}", Math.floor(whole / 60))
      .replace("{seconds}", whole % 60);
  }

  // Take the lease; pages still holding it are told at their next tick.
  async take() {
    this.taking ??= this.#take().finally(() => (this.taking = null));
    return this.taking;
  }

  async #take() {
    await this.#sendLeft();
    let lease;
    try {
      lease = await post(
        this.data.leaseUrl,
        { enrolment: Number(this.data.enrolment), item: Number(this.data.item) },
        this.data.csrf,
      );
    } catch (error) {
      this.say(error.status ? "refused" : "offline");
      return false;
    }
    this.outbox = new Outbox(lease.token);
    this.seq = 0;
    this.find("takeover").hidden = true;
    this.#show(lease);
    if (lease.took_over) this.say("took_over");
    return true;
  }

  // What an earlier page could not send goes first, under its own lease.
  async #sendLeft() {
    for (const outbox of Outbox.left()) {
      if (outbox.token === this.outbox?.token) continue;
      try {
        await post(this.data.ticksUrl, {
          token: outbox.token,
          ticks: outbox.ticks.slice(-MAX_BATCH),
        });
        outbox.drop();
      } catch (error) {
        if (error.status) outbox.drop();
      }
    }
  }

  tick(from, to, lasted, playing, visible) {
    if (!this.outbox) return;
    this.seq += 1;
    this.outbox.add([
      this.seq,
      Math.round(from),
      Math.round(to),
      Math.round(lasted),
      playing,
      visible,
    ]);
  }

  // One request at a time, so that batches arrive in order.
  async send() {
    const outbox = this.outbox;
    if (this.sending || !outbox?.ticks.length) return;
    this.sending = true;
    try {
      const batch = outbox.ticks.slice(0, MAX_BATCH);
      const answer = await post(this.data.ticksUrl, { token: outbox.token, ticks: batch });
      if (answer.state === "lost") {
        outbox.drop();
        this.#lost(answer.because);
        return;
      }
      outbox.acknowledge(answer.acked);
      this.#show(answer);
      if (this.offline && outbox.ticks.length) this.say("waiting");
      else this.#sayWhy(answer);
      this.offline = Boolean(outbox.ticks.length) && this.offline;
    } catch (error) {
      if (error.status === 403 || error.status === 400) {
        outbox.drop();
        this.outbox = null;
        this.say("refused");
      } else {
        this.offline = true;
        this.say("offline");
      }
    } finally {
      this.sending = false;
    }
  }

  // The page is going: hand over what is left and the lease, without waiting for an answer.
  leave() {
    this.close();
    if (!this.outbox) return;
    const body = {
      token: this.outbox.token,
      ticks: this.outbox.ticks.slice(0, MAX_BATCH),
      leave: this.outbox.ticks.length <= MAX_BATCH,
    };
    this.outbox = null;
    navigator.sendBeacon(
      this.data.ticksUrl,
      new Blob([JSON.stringify(body)], { type: "application/json" }),
    );
  }

  #sayWhy(answer) {
    if (answer.course_completed && !this.courseCompleted) {
      this.courseCompleted = true;
      this.say("course_completed");
    } else if (answer.completed && !this.completed) {
      this.say("completed");
    } else if (answer.reason && answer.reason !== "observed") {
      this.say(`reason_${answer.reason}`);
    } else if (answer.credited_seconds > 0 && !this.completed) {
      this.say("counting");
    }
    if (answer.completed && !this.completed) {
      this.completed = true;
      document.querySelector("[data-study-next]")?.classList.add("primary");
    }
  }

  #show(meter) {
    const share = this.length
      ? Math.min(100, Math.floor((meter.covered_seconds * 100_000) / this.length))
      : 0;
    this.find("share").textContent = share;
    this.find("bar").value = share;
    this.find("verified").textContent = this.clock(meter.verified_seconds);
    this.find("plausible").textContent = this.clock(meter.plausible_seconds);
    this.find("plausible-line").hidden = !(meter.plausible_seconds >= 1);
    this.full = share >= 100;
  }

  #lost(because) {
    this.outbox = null;
    this.segment = null;
    this.lost = true;
    this.say(because === "next_item" ? "lost_next_item" : "lost_other_place");
    this.find("takeover").hidden = false;
    this.onLost?.();
  }

  async takeBack() {
    this.lost = false;
    if (await this.take()) this.onTaken?.();
    else this.lost = true;
  }

  close() {}
}

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

    media.addEventListener("playing", () => this.open());
    media.addEventListener("timeupdate", () => {
      if (!media.seeking) this.last = media.currentTime;
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

// --- texts -----------------------------------------------------------------------------------------------

class ReadingStudy extends Study {
  async start() {
    this.#offerResume();
    this.onTaken = () => this.open();
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
    }, READING_TICK_MS);
    await this.open();
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

// --- start ---------------------------------------------------------------------------------------------

function begin() {
  const root = document.querySelector("[data-study]");
  const body = document.querySelector("[data-study-body]");
  if (!root || !body) return;
  const words = JSON.parse(document.getElementById("study-words").textContent);
  const media = root.dataset.kind === "media" ? body.querySelector("video, audio") : null;
  if (root.dataset.kind === "media" && !media) return;
  const study = media ? new MediaStudy(root, body, words) : new ReadingStudy(root, body, words);
  root.querySelector("[data-study-takeover] button").addEventListener("click", () => study.takeBack());
  setInterval(() => study.send(), RESEND_MS);
  window.addEventListener("online", () => study.send());
  window.addEventListener("offline", () => study.say("offline"));
  window.addEventListener("pagehide", () => study.leave());
  study.start(media);
}

begin();
