// Ticked key points add up to the points, on halves; what the marker types himself stands.

const form = document.querySelector("form.marking");
const points = form?.querySelector("input[name=points]");
const ticks = [...(form?.querySelectorAll("input[name=met]") ?? [])];

function add() {
  let sum = Number(form.dataset.base);
  for (const one of ticks) if (one.checked) sum += Number(one.dataset.points);
  const half = Math.round(sum * 2) / 2;
  points.value = String(Math.min(Math.max(half, 0), Number(form.dataset.worth)));
}

for (const tick of ticks) tick.addEventListener("change", add);
// What was ticked before this script had come counts too.
const ticked = ticks.some((tick) => tick.checked !== tick.defaultChecked);
if (ticked && points.value === points.defaultValue) add();
