// Follows the jobs on the page: moves their progress, and shows the page anew when one has ended.

const table = document.querySelector("[data-jobs]");
const shown = new Map(
  [...document.querySelectorAll("[data-job]")].map((row) => [Number(row.dataset.job), row]),
);

async function look() {
  const answer = await fetch(table.dataset.jobs, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return true;
  const { jobs } = await answer.json();
  for (const { id, state, share } of jobs) {
    const row = shown.get(id);
    if (!row) continue;
    if (row.dataset.jobState !== state) {
      location.reload();
      return false;
    }
    row.querySelector("progress")?.setAttribute("value", share);
    const text = row.querySelector("[data-job-share]");
    if (text) text.textContent = share;
  }
  return jobs.some((job) => job.live);
}

// Soon at first, for the many that are done at once; then every other second.
let wait = 400;
(async function follow() {
  await new Promise((resolve) => setTimeout(resolve, wait));
  wait = 2000;
  if (await look()) follow();
})();
