// A lecture: the transcript follows the voice, and a line or a chapter clicked moves the lecture there.

for (const lecture of document.querySelectorAll("[data-lecture]")) {
  const media = lecture.querySelector("[data-media]");
  const lines = [...lecture.querySelectorAll(".transcript [data-at]")];
  const box = lecture.querySelector(".transcript");
  if (!media) continue;

  lecture.addEventListener("click", (event) => {
    const place = event.target.closest("[data-at]");
    if (!place) return;
    media.currentTime = Number(place.dataset.at);
    media.play();
  });

  const starts = lines.map((line) => Number(line.dataset.at));
  let current = -1;
  let scrolledAt = -Infinity;
  // Whoever scrolls the transcript himself is left alone for five seconds.
  for (const kind of ["wheel", "touchmove", "keydown"]) {
    box?.addEventListener(kind, () => (scrolledAt = performance.now()), { passive: true });
  }
  const follow = () => {
    const now = media.currentTime + 0.05;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= now) low = middle + 1;
      else high = middle;
    }
    const next = low - 1;
    if (next === current) return;
    lines[current]?.removeAttribute("aria-current");
    current = next;
    const line = lines[current];
    if (!line) return;
    line.setAttribute("aria-current", "true");
    if (box.scrollHeight > box.clientHeight && performance.now() - scrolledAt > 5000) {
      box.scrollTop = line.offsetTop - box.offsetTop - box.clientHeight / 3;
    }
  };
  if (lines.length) {
    media.addEventListener("timeupdate", follow);
    media.addEventListener("seeked", follow);
  }
}
