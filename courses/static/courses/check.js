// Above a self-check stands how much of it is answered right; an answer brings the new sum along.

const status = document.querySelector("[data-check-status]");
document.addEventListener("check:answered", (event) => {
  const sum = event.target.querySelector("[data-check-sum]");
  if (status && sum) status.innerHTML = sum.innerHTML;
});
