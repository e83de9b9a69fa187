// The live view asks for its piece again while the page is in front; a fault leaves what is there.

const live = document.getElementById("live");
const seconds = Number(live?.dataset.poll);
let asking = false;

async function refresh() {
  // A menu in use or a selected text must not be torn away.
  if (document.visibilityState === "hidden" || asking || live.contains(document.activeElement)) return;
  asking = true;
  try {
    const url = new URL(window.location);
    url.searchParams.set("part", "live");
    const response = await fetch(url, { credentials: "same-origin", redirect: "manual", cache: "no-store" });
    if (response.ok) live.innerHTML = await response.text();
  } catch {
    // Offline: the time under the figures says how old they are.
  } finally {
    asking = false;
  }
}

if (seconds) setInterval(refresh, seconds * 1000);
