// Fetches the code of the moment from the server, whose clock alone counts.

const door = document.querySelector("[data-door]");
const part = (name) => door.querySelector(`[data-${name}]`);
const picture = door.querySelector("img");
picture.alt = door.dataset.alt;

async function refresh() {
  let wait = 5;
  try {
    const answer = await fetch(door.dataset.door, { cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    const now = await answer.json();
    part("open").hidden = !now.open;
    part("closed").hidden = now.open;
    part("offline").hidden = true;
    if (now.open) {
      picture.src = now.picture;
      part("digits").textContent = now.code;
      part("present").textContent = now.present;
      part("expected").textContent = now.expected;
      wait = Math.min(now.left, 5);
    }
  } catch {
    part("offline").hidden = false;
  }
  setTimeout(refresh, Math.max(wait, 1) * 1000);
}

refresh();
