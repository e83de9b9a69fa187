// Reads a text aloud with a voice of this device: <div data-listen> within the <article> that is read.
// Nothing is sent anywhere and nothing is reported; study time counts by the rules of reading alone.

import { SPEEDS, chineseVoice, sentences, speedBeside } from "./listen-core.js";

const KEPT = "listen-speed";
const BLOCKS = "h1, h2, h3, h4, p, li, blockquote, figcaption, caption, th, td, dt, dd";
const PASSED_OVER =
  "button, .no-print, .article-anchor, .cite, .check, .watch, [hidden], [aria-hidden='true'], [data-listen], details:not([open]) > :not(summary), script, style";
const VOICES_WAIT = 2000;

// The pieces of text of a block that are its own and are to be read.
function textNodes(block) {
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, {
    acceptNode(node) {
      if (node.nodeType === Node.TEXT_NODE) return NodeFilter.FILTER_ACCEPT;
      if (node.matches(PASSED_OVER) || node.matches(BLOCKS)) return NodeFilter.FILTER_REJECT;
      return NodeFilter.FILTER_SKIP;
    },
  });
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  return found;
}

function place(nodes, offset) {
  let left = offset;
  for (const node of nodes) {
    if (left <= node.length) return [node, left];
    left -= node.length;
  }
  const last = nodes.at(-1);
  return [last, last.length];
}

// All sentences of an article in reading order, each as a range of the page.
function rangesOf(article) {
  const ranges = [];
  for (const block of article.querySelectorAll(BLOCKS)) {
    if (block.closest(PASSED_OVER) || block.offsetParent === null) continue;
    const nodes = textNodes(block);
    for (const [from, to] of sentences(nodes.map((node) => node.data).join(""))) {
      const range = document.createRange();
      range.setStart(...place(nodes, from));
      range.setEnd(...place(nodes, to));
      ranges.push(range);
    }
  }
  return ranges;
}

function voicesOfDevice() {
  return new Promise((resolve) => {
    const here = speechSynthesis.getVoices();
    if (chineseVoice(here)) return resolve(here);
    const settle = () => {
      clearTimeout(timer);
      speechSynthesis.removeEventListener("voiceschanged", settle);
      resolve(speechSynthesis.getVoices());
    };
    const timer = setTimeout(settle, VOICES_WAIT);
    speechSynthesis.addEventListener("voiceschanged", settle);
  });
}

class Listening {
  constructor(root) {
    this.root = root;
    this.article = root.closest("article");
    this.bar = root.querySelector("[data-listen-bar]");
    this.opener = root.querySelector("[data-listen-open]");
    this.place = root.querySelector("[data-listen-place]");
    this.toggle = root.querySelector("[data-listen-toggle]");
    this.speeds = root.querySelector("[data-listen-speed]");
    this.none = root.querySelector("[data-listen-none]");
    const kept = Number(localStorage.getItem(KEPT));
    this.speed = SPEEDS.includes(kept) ? kept : 1;
    this.at = 0;
    this.playing = false;
    this.turn = 0; // what an earlier utterance reports is passed over
    this.opener.addEventListener("click", () => this.open());
    this.toggle.addEventListener("click", () => (this.playing ? this.pause() : this.play()));
    root.querySelector("[data-listen-back]").addEventListener("click", () => this.step(-1));
    root.querySelector("[data-listen-on]").addEventListener("click", () => this.step(1));
    root.querySelector("[data-listen-close]").addEventListener("click", () => this.close());
    this.speeds.value = String(this.speed);
    this.speeds.addEventListener("change", () => this.setSpeed(Number(this.speeds.value)));
    this.bar.addEventListener("keydown", (event) => this.key(event));
    addEventListener("pagehide", () => speechSynthesis?.cancel());
  }

  async open() {
    this.none.hidden = true;
    this.voice = "speechSynthesis" in window ? chineseVoice(await voicesOfDevice()) : null;
    if (!this.voice) {
      this.none.hidden = false;
      return;
    }
    this.ranges = rangesOf(this.article);
    if (!this.ranges.length) return;
    // Where one is reading, not at the top.
    const top = document.querySelector(".topbar")?.getBoundingClientRect().bottom ?? 0;
    const here = this.ranges.findIndex((range) => range.getBoundingClientRect().top >= top);
    this.at = Math.max(here, 0);
    this.bar.hidden = false;
    this.opener.hidden = true;
    this.toggle.focus();
    this.play();
  }

  play() {
    this.playing = true;
    this.toggle.dataset.state = "playing";
    this.toggle.setAttribute("aria-label", this.toggle.dataset.pause);
    this.speak();
  }

  pause() {
    this.playing = false;
    this.turn += 1;
    speechSynthesis.cancel();
    this.toggle.dataset.state = "paused";
    this.toggle.setAttribute("aria-label", this.toggle.dataset.play);
  }

  speak() {
    const turn = ++this.turn;
    speechSynthesis.cancel();
    const range = this.ranges[this.at];
    this.show(range);
    const utterance = new SpeechSynthesisUtterance(range.toString().replace(/\s+/g, " "));
    utterance.voice = this.voice;
    utterance.lang = this.voice.lang;
    utterance.rate = this.speed;
    utterance.addEventListener("end", () => {
      if (turn !== this.turn) return;
      if (this.at + 1 < this.ranges.length) {
        this.at += 1;
        this.speak();
      } else {
        this.at = 0;
        this.pause();
      }
    });
    utterance.addEventListener("error", (event) => {
      if (turn !== this.turn || ["canceled", "interrupted"].includes(event.error)) return;
      this.pause();
      this.none.hidden = false;
    });
    speechSynthesis.speak(utterance);
  }

  show(range) {
    if (window.CSS?.highlights) CSS.highlights.set("listening", new Highlight(range));
    else {
      this.article.querySelector(".listening")?.classList.remove("listening");
      range.startContainer.parentElement.classList.add("listening");
    }
    const box = range.getBoundingClientRect();
    if (box.top < innerHeight * 0.15 || box.bottom > innerHeight * 0.75) {
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      scrollBy({ top: box.top - innerHeight * 0.35, behavior: calm ? "auto" : "smooth" });
    }
    this.place.textContent = this.place.dataset.words
      .replace("{n}", this.at + 1)
      .replace("{total}", this.ranges.length);
  }

  step(by) {
    this.at = Math.min(Math.max(this.at + by, 0), this.ranges.length - 1);
    if (this.playing) this.speak();
    else this.show(this.ranges[this.at]);
  }

  setSpeed(speed) {
    this.speed = speed;
    this.speeds.value = String(speed);
    localStorage.setItem(KEPT, speed);
    if (this.playing) this.speak();
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const deeds = {
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      ArrowUp: () => this.setSpeed(speedBeside(this.speed, 1)),
      ArrowDown: () => this.setSpeed(speedBeside(this.speed, -1)),
      Escape: () => this.close(),
    };
    const deed = deeds[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  }

  close() {
    this.pause();
    if (window.CSS?.highlights) CSS.highlights.delete("listening");
    this.article.querySelector(".listening")?.classList.remove("listening");
    this.bar.hidden = true;
    this.opener.hidden = false;
    this.opener.focus();
  }
}

for (const root of document.querySelectorAll("[data-listen]")) new Listening(root);
