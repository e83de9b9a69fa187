// Follows a list while it is checked or written: the bar and the rows move with the server's own count, and a
// screen reader hears of every quarter.

const place = document.querySelector("[data-progress]");
const bar = place.querySelector("progress");
const said = place.querySelector("[data-progress-said]");
const heard = place.querySelector("[data-progress-heard]");
const QUARTERS = [75, 50, 25];
let share = 0;

async function look() {
  const answer = await fetch(place.dataset.progress, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return true;
  const told = await answer.json();
  if (!told.live) return false;
  bar.value = told.share;
  said.textContent = told.said;
  const quarter = QUARTERS.find((each) => share < each && each <= told.share);
  if (quarter) heard.textContent = `${place.dataset.begun} ${told.said}`;
  share = told.share;
  return true;
}

// ``over`` is called once nothing is under way any more.
async function follow(over) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  if ((await look()) || !over) follow(over);
  else over();
}

// Sent from this page: the answer to the form brings the next page by itself.
document.querySelector("[data-progress-form]")?.addEventListener("submit", () => {
  place.hidden = false;
  heard.textContent = place.dataset.begun;
  follow(null);
});

// Found again while it goes on.
if ("live" in place.dataset) follow(() => location.reload());

// Back in the history the form can be sent again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
