// What reading aloud needs to know, without a page: where sentences end, and which voice may speak.

// A sentence ends after 。！？；… and what closes behind it. Voices stumble over very long ones, so those
// are parted at commas as well.
const SENTENCE = /[^。！？；…!?;\n]+(?:[。！？；…!?;]+[”’」』）》】)]*|\n|$)/g;
const LONGEST = 120;

/** Where the sentences of a text begin and end: [[from, to], …]; white space alone is no sentence. */
export function sentences(text) {
  const found = [];
  for (const { 0: sentence, index } of text.matchAll(SENTENCE)) {
    let from = index;
    const end = index + sentence.length;
    while (end - from > LONGEST) {
      const cut = Math.max(...["，", "、", "：", ","].map((mark) => text.lastIndexOf(mark, from + LONGEST)));
      if (cut <= from) break;
      found.push([from, cut + 1]);
      from = cut + 1;
    }
    found.push([from, end]);
  }
  return found.filter(([from, to]) => /[\p{L}\p{N}]/u.test(text.slice(from, to)));
}

/**
 * The voice that reads: Chinese and on this device. A voice of a remote service would be sent the text,
 * so it never reads. Mandarin as spoken on the mainland comes first, then any other; null when none.
 */
export function chineseVoice(voices) {
  const local = voices.filter((voice) => voice.localService && /^(zh|cmn)\b/i.test(voice.lang.replace("_", "-")));
  const mainland = local.filter((voice) => /^(zh-(Hans-)?CN|cmn-(Hans-)?CN|zh|cmn)$/i.test(voice.lang.replace("_", "-")));
  const among = mainland.length ? mainland : local.filter((voice) => !/(yue|HK)/i.test(voice.lang));
  return among.find((voice) => voice.default) ?? among[0] ?? null;
}

export const SPEEDS = [0.75, 1, 1.25, 1.5, 2];

/** The next faster or slower of the speeds; the ends stay where they are. */
export function speedBeside(speed, step) {
  const at = SPEEDS.indexOf(speed);
  return SPEEDS[Math.min(Math.max((at < 0 ? 1 : at) + step, 0), SPEEDS.length - 1)];
}
