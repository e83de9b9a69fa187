// The number at the bell, asked for after the page has painted: no page pays for it with a query,
// and pages for visitors stay cacheable. Kept for a minute, so that turning pages asks once.

const bell = document.querySelector("[data-notices]");

function show(unread) {
  bell.querySelector(".count")?.remove();
  if (!unread) return;
  const count = document.createElement("span");
  count.className = "count";
  count.textContent = unread > 99 ? "99+" : String(unread);
  bell.append(count);
}

async function ask() {
  const kept = JSON.parse(sessionStorage.getItem("notices") || "null");
  const fresh = kept && kept.who === bell.dataset.who && Date.now() - kept.at < 60_000;
  if (fresh && !location.pathname.startsWith("/notices")) {
    show(kept.unread);
    return;
  }
  const answer = await fetch(bell.dataset.notices, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const { unread } = await answer.json();
  sessionStorage.setItem(
    "notices",
    JSON.stringify({ unread, at: Date.now(), who: bell.dataset.who }),
  );
  show(unread);
}

// Offline the number stays away; nothing else depends on it.
if (bell) ask().catch(() => {});
