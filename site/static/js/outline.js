// The outline beside a text follows the reading: <nav class="reading-outline" data-outline>.

const outline = document.querySelector("[data-outline]");
const links = new Map();
for (const link of outline?.querySelectorAll('a[href^="#"]') ?? []) {
  const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (target) links.set(target, link);
}

if (links.size) {
  const targets = [...links.keys()];
  let current;
  const follow = () => {
    // The last heading that has passed the upper quarter of the window is where the reader is.
    const line = window.innerHeight / 4;
    const passed = targets.filter((target) => target.getBoundingClientRect().top <= line);
    const next = links.get(passed.at(-1) ?? targets[0]);
    if (next === current) return;
    current?.removeAttribute("aria-current");
    next.setAttribute("aria-current", "location");
    current = next;
    if (outline.scrollHeight > outline.clientHeight) {
      outline.scrollTop = next.offsetTop - outline.clientHeight / 2;
    }
  };
  let asked = false;
  addEventListener(
    "scroll",
    () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        follow();
      });
    },
    { passive: true },
  );
  follow();
}

// On a wide screen the outline is always open; where it stands above the text it is folded.
const fold = outline?.querySelector("details");
if (fold) {
  let wide;
  new ResizeObserver(([{ contentRect }]) => {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const now = contentRect.width >= 50 * rem;
    if (now !== wide) fold.open = now;
    wide = now;
    fold.dataset.settled = "";
  }).observe(outline.closest(".main") ?? document.body);
}
