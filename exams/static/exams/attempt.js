// The examination page: every change goes into the outbox, from there to the server, and leaves the
// outbox only when a reply acknowledged it. What the page says about saving is read off the outbox.

import { certaintyOf, isTouched, moveLine, show, showCertainty, valueOf } from "./controls.js";
import { Outbox } from "./outbox.js";

const page = JSON.parse(document.getElementById("attempt-data").textContent);
const words = document.getElementById("words").dataset;
const questions = [...document.querySelectorAll("fieldset[data-item]")];
const byItem = new Map(questions.map((question) => [Number(question.dataset.item), question]));
const savedLine = document.getElementById("saved");
const timeLine = document.getElementById("time");
const announcer = document.getElementById("announce");
const notice = document.getElementById("notice");
const confirmDialog = document.getElementById("confirm");
const elsewhereDialog = document.getElementById("elsewhere");

const outbox = new Outbox(page.attempt);
const lastSeq = new Map(Object.entries(page.held).map(([item, held]) => [Number(item), held.seq]));
const whole = (value, certainty) => JSON.stringify([value, certainty ?? null]);
const lastValue = new Map(Object.entries(page.held).map(([item, held]) => [Number(item), whole(held.value, held.certainty)]));
const refused = new Map(); // reason -> Set of items
let token = page.token;
let deadline = performance.now() + page.seconds * 1000;
let current = null;
let sending = null;
let retryAfter = 0;
let timer = 0;
let retryTimer = 0;
let over = false;
let active = true;
let unreachable = false;

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// --- what the page says ---------------------------------------------------------------------------

function tellSaved() {
  let state = "saved";
  let text = words.saved;
  if (refused.size) {
    state = "refused";
    text = words.refused;
  } else if (outbox.size && (unreachable || navigator.onLine === false)) {
    state = "waiting";
    text = fill(navigator.onLine === false ? words.offline : words.waiting, { n: outbox.size });
  } else if (outbox.size) {
    state = "saving";
    text = words.saving;
  }
  if (outbox.size && !outbox.durable) text += ` · ${words.kept}`;
  if (savedLine.textContent !== text) savedLine.textContent = text;
  savedLine.dataset.save = state;
}

function tellMap() {
  for (const [item, question] of byItem) {
    const link = document.querySelector(`[data-goto="${item}"]`);
    const answered = valueOf(question) !== null;
    const unsaved = outbox.entries.has(item);
    const marked = question.hasAttribute("data-marked");
    link.toggleAttribute("data-answered", answered);
    link.toggleAttribute("data-unsaved", unsaved);
    link.toggleAttribute("data-marked", marked);
    const said = [answered ? words.answered : words.empty];
    if (unsaved) said.push(words.notsaved);
    if (marked) said.push(words.marked);
    link.querySelector("[data-words]").textContent = ` ${said.join(words.comma)}`;
  }
}

function tell() {
  tellSaved();
  tellMap();
}

function places(items) {
  return [...items].map((item) => Number(byItem.get(item)?.dataset.place ?? item)).sort((a, b) => a - b).join(words.comma);
}

function tellRefused() {
  const texts = { late: words.late, submitted: words.submitted, newer_elsewhere: words.newer, void: words.void };
  const lines = [...refused].map(([reason, items]) => fill(texts[reason] ?? words.other, { list: places(items) }));
  say(lines.join(" "));
}

function say(text) {
  notice.textContent = text;
  notice.hidden = !text;
}

// --- saving ---------------------------------------------------------------------------------------

async function changed(question, delay) {
  if (!active || over) return;
  const item = Number(question.dataset.item);
  const value = valueOf(question);
  const certainty = certaintyOf(question);
  const text = whole(value, certainty);
  if (text === (lastValue.get(item) ?? whole(null, null))) return;
  const seq = (lastSeq.get(item) ?? 0) + 1;
  lastSeq.set(item, seq);
  lastValue.set(item, text);
  await outbox.put(item, seq, value, certainty);
  tell();
  schedule(delay);
}

function schedule(delay) {
  clearTimeout(timer);
  timer = setTimeout(flush, delay);
}

async function post(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    credentials: "same-origin",
    cache: "no-store",
  });
  if (response.status === 403 && (await renewPass())) {
    return post(url, { ...body, token });
  }
  return response;
}

// After signing in again the session is another one: ask for a new pass. At most once in a minute.
let renewedAt = -Infinity;
async function renewPass() {
  if (performance.now() - renewedAt < 60_000) return false;
  const response = await fetch(words.passUrl, { credentials: "same-origin", redirect: "manual", cache: "no-store" });
  if (!response.ok) {
    say(words.session);
    return false;
  }
  renewedAt = performance.now();
  take(await response.json());
  if (notice.textContent === words.session) say("");
  return true;
}

async function settle(replies) {
  for (const reply of replies) {
    await outbox.settle(reply.item, reply.seq);
    // A repeat that arrives late was overtaken by this page itself; otherwise by another window.
    const overtaken = reply.reason === "superseded" && reply.seq >= (lastSeq.get(reply.item) ?? 0);
    if (reply.status !== "refused" && !overtaken) continue;
    const reason = overtaken ? "newer_elsewhere" : reply.reason;
    if (!refused.has(reason)) refused.set(reason, new Set());
    refused.get(reason).add(reply.item);
  }
  if (refused.size) tellRefused();
}

function flush() {
  clearTimeout(timer);
  clearTimeout(retryTimer);
  // One request at a time: what changes meanwhile goes with the next.
  if (!sending) sending = send().finally(() => { sending = null; });
  return sending;
}

async function send() {
  while (outbox.size && active) {
    const answers = outbox.pending().slice(0, 50);
    try {
      const response = await post(words.saveUrl, { token, answers });
      if (!response.ok) throw new Error(String(response.status));
      await settle((await response.json()).answers);
      unreachable = false;
      retryAfter = 0;
      tell();
    } catch {
      unreachable = true;
      tell();
      retryAfter = Math.min(15_000, (retryAfter || 1000) * 2);
      retryTimer = setTimeout(flush, retryAfter * (0.75 + Math.random() / 2));
      return false;
    }
  }
  return true;
}

// --- one question at a time -------------------------------------------------------------------------

function go(question, { focus = true } = {}) {
  if (!question) return;
  current = question;
  for (const other of questions) other.hidden = other !== question;
  const index = questions.indexOf(question);
  for (const button of question.querySelectorAll("[data-step]")) {
    button.disabled = !questions[index + Number(button.dataset.step)];
  }
  for (const link of document.querySelectorAll("[data-goto]")) {
    if (link.dataset.goto === question.dataset.item) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (focus) {
    question.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }
  sessionStorage.setItem(`exam-place-${page.attempt}`, question.dataset.item);
}

const step = (by) => go(questions[questions.indexOf(current) + by]);

const marksKey = `exam-marks-${page.attempt}`;
function mark(question, on) {
  question.toggleAttribute("data-marked", on);
  const button = question.querySelector("[data-mark]");
  button.setAttribute("aria-pressed", String(on));
  button.textContent = on ? words.unmark : words.mark;
  const marked = questions.filter((q) => q.hasAttribute("data-marked")).map((q) => q.dataset.item);
  try {
    localStorage.setItem(marksKey, JSON.stringify(marked));
  } catch {
    // A mark is a convenience: it may be lost with the page.
  }
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-goto], [data-step], [data-mark], [data-clear], [data-move]");
  if (!target) return;
  const question = target.closest("fieldset[data-item]");
  if (target.dataset.goto) {
    event.preventDefault();
    go(byItem.get(Number(target.dataset.goto)));
  } else if (target.dataset.step) {
    step(Number(target.dataset.step));
  } else if ("mark" in target.dataset) {
    mark(question, !question.hasAttribute("data-marked"));
    tellMap();
  } else if ("clear" in target.dataset) {
    show(question, null);
    showCertainty(question, null);
    changed(question, 200);
  } else if (target.dataset.move) {
    moveLine(target);
    changed(question, 600);
  }
});

document.addEventListener("input", (event) => {
  const question = event.target.closest("fieldset[data-item]");
  if (question) changed(question, event.target.matches("input[type=text], textarea") ? 1200 : 250);
});
document.addEventListener("focusout", (event) => {
  if (event.target.matches?.("input[type=text], textarea") && outbox.size) schedule(0);
});
document.getElementById("questions").addEventListener("submit", (event) => event.preventDefault());

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const writing = event.target.matches("input[type=text], textarea, select");
  if (writing || over || !active) return;
  const radio = event.target.matches("input[type=radio]");
  if (event.key === "ArrowRight" && !radio) step(1);
  else if (event.key === "ArrowLeft" && !radio) step(-1);
  else if (/^[jkl]$/i.test(event.key) && current.querySelector('[data-type="certainty"]')) {
    current.querySelectorAll('[data-type="certainty"] input')["jkl".indexOf(event.key.toLowerCase())]?.click();
  } else if (event.key.toLowerCase() === "m") current.querySelector("[data-mark]").click();
  else if (/^[a-h1-8]$/i.test(event.key) && /^(single|multiple|true_false)$/.test(current.dataset.type)) {
    const index = /\d/.test(event.key) ? Number(event.key) - 1 : event.key.toLowerCase().charCodeAt(0) - 97;
    current.querySelectorAll(".options input")[index]?.click();
  } else return;
  event.preventDefault();
});

// --- time ---------------------------------------------------------------------------------------------

// Read out once each, when that many seconds are left.
const thresholds = [1800, 600, 300, 60];

function inWords(seconds) {
  if (seconds >= 5400) return fill(words.hours, { h: Math.floor(seconds / 3600), m: Math.floor((seconds % 3600) / 60) });
  if (seconds > 60) return fill(words.minutes, { m: Math.ceil(seconds / 60) });
  return fill(words.seconds, { s: seconds });
}

let before = Infinity;
function tick() {
  const left = Math.max(0, Math.ceil((deadline - performance.now()) / 1000));
  const text = left ? inWords(left) : words.over;
  if (timeLine.textContent !== text) timeLine.textContent = text;
  timeLine.toggleAttribute("data-near", left <= 300);
  if (before !== Infinity) {
    const crossed = thresholds.find((threshold) => before > threshold && left <= threshold);
    if (crossed) announcer.textContent = inWords(crossed);
  }
  before = left;
  if (!left && !over && active) timeIsOver();
}

// What the server says of the deadline and of the window in charge.
function take(fresh) {
  token = fresh.token;
  deadline = performance.now() + fresh.seconds * 1000;
  if (fresh.window > page.window) takenOver();
}

// Asked now and then, because a deadline may be moved and another device may take over.
async function ask() {
  try {
    const response = await fetch(words.passUrl, { credentials: "same-origin", redirect: "manual", cache: "no-store" });
    if (!response.ok) return;
    take(await response.json());
    tick();
  } catch {
    // Offline: the clock of this page goes on.
  }
}
setInterval(() => { if (active && !over && document.visibilityState === "visible") ask(); }, 120_000 + Math.random() * 60_000);

// The server decides. What was typed until now goes with the paper, within the grace.
let asksAtEnd = false;
async function timeIsOver() {
  if (asksAtEnd) return;
  asksAtEnd = true;
  // The answer must not wait for a slow reply: the grace is short.
  await Promise.race([ask(), new Promise((resolve) => setTimeout(resolve, 3000))]);
  asksAtEnd = false;
  if (over || !active || deadline - performance.now() > 1000) return;
  over = true;
  for (const question of questions) question.disabled = true;
  announcer.textContent = words.over;
  handIn(true);
}

// This page's clock ran ahead while nobody could be asked: there is time left, so go on.
function goOn(seconds) {
  deadline = performance.now() + seconds * 1000;
  over = false;
  handing = false;
  for (const question of questions) question.disabled = false;
  tick();
  send();
}

// A sleeping computer stops the page's clock, not the examination.
let leftAt = 0;
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") {
    leftAt = performance.now();
    if (outbox.size) flush();
    return;
  }
  const away = Math.round((performance.now() - leftAt) / 1000);
  if (leftAt && away >= 2) report({ kind: "left", seconds: away });
  ask();
});

// --- signs ----------------------------------------------------------------------------------------------

// Told to the invigilator as something to ask about; the candidate was told before beginning. A sign
// that does not get through is lost: it must never stand in the way of an answer.
async function report(sign) {
  if (!active || over) return;
  try {
    await fetch(words.signsUrl, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, signs: [sign] }),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    // Lost.
  }
}

document.addEventListener("paste", (event) => {
  if (!event.target.closest("fieldset[data-item]")) return;
  const characters = event.clipboardData?.getData("text").length ?? 0;
  if (characters >= 10) report({ kind: "pasted", characters });
});

// --- handing in -----------------------------------------------------------------------------------------

document.getElementById("hand-in").addEventListener("click", () => {
  const open = questions.filter((question) => valueOf(question) === null);
  document.getElementById("confirm-words").textContent = open.length
    ? fill(words.open, { n: open.length, total: questions.length })
    : fill(words.all, { n: questions.length });
  const list = document.getElementById("confirm-open");
  list.replaceChildren(
    ...open.map((question) => {
      const link = document.createElement("a");
      link.href = `#${question.id}`;
      link.textContent = question.dataset.place;
      link.addEventListener("click", (event) => {
        event.preventDefault();
        confirmDialog.close();
        go(question);
      });
      return link;
    }),
  );
  const unsure = questions.filter(
    (question) => question.querySelector('[data-type="certainty"]') && valueOf(question) !== null && certaintyOf(question) === null,
  );
  const unsureLine = document.getElementById("confirm-unsure");
  unsureLine.hidden = !unsure.length;
  unsureLine.textContent = fill(words.unsure, { n: unsure.length, list: places(unsure.map((question) => Number(question.dataset.item))) });
  const unsaved = document.getElementById("confirm-unsaved");
  unsaved.hidden = !outbox.size;
  unsaved.textContent = fill(words.unsaved, { n: outbox.size });
  confirmDialog.showModal();
});
document.getElementById("confirm-yes").addEventListener("click", () => {
  confirmDialog.close();
  handIn();
});

let handing = false;
async function handIn(atEnd = false) {
  if (handing) return;
  handing = true;
  savedLine.textContent = words.handing;
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      if (sending) await sending;
      while (outbox.size > 100) if (!(await send())) throw new Error("unsent");
      const response = await post(words.submitUrl, { token, answers: outbox.pending(), at_end: atEnd });
      if (response.ok || response.status === 409) {
        if (response.ok) await settle((await response.json()).answers);
        window.removeEventListener("beforeunload", warn);
        window.location.assign(words.receipt);
        return;
      }
      if (response.status === 425) return goOn((await response.json()).seconds);
      if (response.status < 500 && response.status !== 403 && response.status !== 429) {
        window.location.assign(words.receipt);
        return;
      }
      throw new Error(String(response.status));
    } catch {
      if (notice.hidden || notice.textContent !== words.session) say(words.failed);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

// --- one window -------------------------------------------------------------------------------------------

const me = `${Date.now()}-${Math.random()}`;
const channel = "BroadcastChannel" in window ? new BroadcastChannel(`exam-${page.attempt}`) : null;
channel?.addEventListener("message", ({ data }) => {
  if (data.opened && data.opened !== me) takenOver();
});

// What was answered here and not yet sent stays in the outbox, for when this window is taken back.
function takenOver() {
  active = false;
  clearTimeout(timer);
  clearTimeout(retryTimer);
  for (const question of questions) question.disabled = true;
  if (confirmDialog.open) confirmDialog.close();
  if (!elsewhereDialog.open) elsewhereDialog.showModal();
}
elsewhereDialog.addEventListener("cancel", (event) => event.preventDefault());
document.getElementById("take-back").addEventListener("click", () => window.location.reload());

function warn(event) {
  if (outbox.size && !outbox.durable) event.preventDefault();
}
window.addEventListener("beforeunload", warn);
window.addEventListener("online", () => flush());
window.addEventListener("offline", tell);
// Coming back by the browser's "back" shows the page as it was: what it holds may be old.
window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });

// --- begin ------------------------------------------------------------------------------------------------

async function begin() {
  // Answered before this script had come, on a slow line; newer than what an earlier page left unsent.
  const early = questions.filter(isTouched);
  await outbox.load();
  for (const { item, seq, value, certainty } of outbox.pending()) {
    if (seq <= (lastSeq.get(item) ?? 0) || !byItem.has(item)) {
      await outbox.settle(item, seq);
      continue;
    }
    lastSeq.set(item, seq);
    lastValue.set(item, whole(value, certainty));
    if (early.includes(byItem.get(item))) continue;
    show(byItem.get(item), value);
    showCertainty(byItem.get(item), certainty);
  }
  for (const question of early) await changed(question, 0);
  try {
    for (const item of JSON.parse(localStorage.getItem(marksKey) ?? "[]")) {
      const question = byItem.get(Number(item));
      if (question) mark(question, true);
    }
  } catch {
    // No marks then.
  }
  const place = Number(sessionStorage.getItem(`exam-place-${page.attempt}`));
  go(byItem.get(place) ?? questions[0], { focus: false });
  channel?.postMessage({ opened: me });
  tell();
  tick();
  setInterval(tick, 500);
  if (outbox.size) flush();
  document.documentElement.dataset.examReady = "";
}

begin();
