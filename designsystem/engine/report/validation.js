"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const places = JSON.parse(byId("places").textContent);
  const placesShown = (count) => (count === 1 ? "1 place" : `${count} places`);
  const boxes = byId("boxes");
  const sheet = byId("sheet");
  const status = byId("status");
  const smallest = 10; // device px: a single changed pixel must be seen too
  let chosen = -1;
  let ticking = 0;

  const rectangle = ([x, y, width, height], names) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const spareX = Math.max(0, smallest - width) / 2 + 2;
    const spareY = Math.max(0, smallest - height) / 2 + 2;
    const size = { x: x - spareX, y: y - spareY, width: width + 2 * spareX, height: height + 2 * spareY };
    for (const [name, value] of Object.entries(size)) made.setAttribute(name, value);
    made.setAttribute("class", names);
    return made;
  };

  const draw = () => {
    boxes.replaceChildren();
    places.forEach(({ kind, boxes: found }, index) => {
      if (chosen !== -1 && chosen !== index) return;
      const extra = chosen === index ? " chosen" : "";
      for (const box of found) {
        boxes.append(rectangle(box, `place back${extra}`), rectangle(box, `place ${kind}${extra}`));
      }
    });
  };

  const buttons = [...document.querySelectorAll(".findings button")];
  const choose = (index) => {
    chosen = chosen === index ? -1 : index;
    buttons.forEach((button, place) => button.setAttribute("aria-pressed", String(place === chosen)));
    byId("clear").hidden = chosen === -1;
    status.textContent = chosen === -1
      ? "All places are shown."
      : `${buttons[chosen].dataset.title}: ${placesShown(places[chosen].boxes.length)} shown.`;
    draw();
    const first = boxes.querySelector(".chosen");
    if (first) first.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  buttons.forEach((button, index) => {
    button.addEventListener("click", () => choose(index));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      buttons[(index + step + buttons.length) % buttons.length].focus();
    });
  });
  byId("clear").addEventListener("click", () => choose(chosen));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && chosen !== -1) choose(chosen);
  });
  byId("zoom").addEventListener("click", (event) => {
    const full = sheet.classList.toggle("full");
    event.currentTarget.setAttribute("aria-pressed", String(full));
  });

  const share = byId("share");
  const shot = byId("shot");
  const show = () => {
    const mode = document.querySelector("input[name=mode]:checked").value;
    sheet.dataset.mode = mode;
    sheet.classList.remove("off");
    clearInterval(ticking);
    byId("amount").hidden = mode !== "swipe" && mode !== "onion";
    shot.style.clipPath = mode === "swipe" ? `inset(0 0 0 ${share.value}%)` : "";
    shot.style.opacity = mode === "onion" ? String(share.value / 100) : "";
    if (mode === "blink") ticking = setInterval(() => sheet.classList.toggle("off"), 600); // under 3 a second (2.3.1)
  };
  if (share) {
    for (const radio of document.querySelectorAll("input[name=mode]")) radio.addEventListener("change", show);
    share.addEventListener("input", show);
    show();
  }
  draw();
})();
