"use strict";
// A chosen token shows its places in the picture: an outline outside of what was measured, light and dark, seen on any ground.
(() => {
  const layer = document.getElementById("evidence"), status = document.getElementById("evidence-status");
  if (!layer) return;
  const hint = status.textContent;
  const image = layer.parentElement.querySelector("img");
  const rect = (kind, [x, y, width, height], grow) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, value] of Object.entries({ x: x - grow, y: y - grow, width: width + 2 * grow, height: height + 2 * grow, class: kind })) node.setAttribute(name, value);
    return node;
  };
  let chosen = null;
  const draw = () => {
    layer.replaceChildren();
    if (!chosen) { status.textContent = hint; return; }
    const places = JSON.parse(chosen.dataset.places);
    const grow = 2 * Number(image.getAttribute("width")) / (image.clientWidth || 1);
    for (const kind of ["halo", "edge"]) layer.append(...places.map((place) => rect(kind, place, grow)));
    const sheet = layer.closest(".console-sheet"), scale = image.clientWidth / Number(image.getAttribute("width"));
    const [x, y, width, height] = places[0].map((value) => value * scale);
    sheet.scrollTo(x + width / 2 - sheet.clientWidth / 2, y + height / 2 - sheet.clientHeight / 2);
    status.textContent = `${chosen.textContent}: ${places.length} ${places.length === 1 ? "place" : "places"}`;
  };
  for (const button of document.querySelectorAll(".console-pick")) {
    button.addEventListener("click", () => {
      if (chosen) chosen.setAttribute("aria-pressed", "false");
      chosen = chosen === button ? null : button;
      if (chosen) chosen.setAttribute("aria-pressed", "true");
      draw();
    });
  }
  window.addEventListener("resize", draw);
})();
