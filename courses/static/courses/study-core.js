// What every page that is studied does, whatever stands on it: one lease, an outbox of ticks that are
// sent until they are acknowledged, and the meter that says what came of them. See study.js.

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

export async function post(url, body, csrf) {
  const headers = { "Content-Type": "application/json" };
  const text = JSON.stringify(body);
  if (csrf) headers["X-CSRFToken"] = csrf;
  const response = await fetch(url, {
    method: "POST",
    headers,
    body: text,
    credentials: "same-origin",
    // What outlives the page may be 64 KB at most; a package's report can be longer.
    keepalive: text.length < 20_000,
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
        this.lose(answer.because);
        return;
      }
      outbox.acknowledge(answer.acked);
      this.#show(answer);
      if (this.offline && outbox.ticks.length) this.say("waiting");
      else this.sayWhy(answer);
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

  sayWhy(answer) {
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

  lose(because) {
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
