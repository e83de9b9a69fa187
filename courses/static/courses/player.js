// The list of items is open where it stands beside the item, folded where it stands above it.

const outline = document.querySelector("[data-player-outline]");
const wide = window.matchMedia("(min-width: 64rem)");
const unfold = () => {
  outline.open = wide.matches;
};
if (outline) {
  unfold();
  wide.addEventListener("change", unfold);
}
