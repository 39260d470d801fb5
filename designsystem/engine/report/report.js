"use strict";
(() => {
  const root = document.documentElement;
  const $ = (id) => document.getElementById(id);
  const places = JSON.parse($("places").textContent);
  const picks = places.map((_, index) => document.querySelector(`#t${index} .pick`));
  const shot = $("shot"), boxes = $("boxes"), status = $("status"), here = $("here");
  const view = document.querySelector(".view"), sheet = document.querySelector(".sheet");
  const width = Number(shot.getAttribute("width")), height = Number(shot.getAttribute("height"));
  const SMALLEST = 10, OUTLINE = 3; // CSS px
  const HINT = status.textContent;
  let pinned = null, shown = null, place = 0;
  root.classList.add("js");

  const labelOf = (index) => {
    const card = $("t" + index);
    return card.closest("section").id + "." + picks[index].textContent;
  };

  // Places of a token

  const svg = (name, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };

  // With room for the outline, so that it covers nothing that was measured, but never outside of the picture.
  const grown = ([x, y, w, h]) => {
    const pixel = width / (shot.clientWidth || width);
    const dx = Math.max(OUTLINE, (SMALLEST - w / pixel) / 2) * pixel, dy = Math.max(OUTLINE, (SMALLEST - h / pixel) / 2) * pixel;
    const left = Math.max(pixel, x - dx), top = Math.max(pixel, y - dy);
    return [left, top, Math.min(width - pixel, x + w + dx) - left, Math.min(height - pixel, y + h + dy) - top];
  };

  const draw = () => {
    boxes.replaceChildren();
    if (shown === null) return;
    const found = places[shown].map(grown);
    if (shown === pinned) {
      const holes = found.map(([x, y, w, h]) => `M${x} ${y}v${h}h${w}v${-h}z`).join("");
      const mask = svg("mask", { id: "holes" });
      mask.append(svg("rect", { width, height, class: "keep" }), svg("path", { d: holes, class: "cut" }));
      boxes.append(mask, svg("path", { d: `M0 0h${width}v${height}h${-width}z`, mask: "url(#holes)", class: "shade" }));
    }
    for (const kind of ["halo", "edge"]) {
      found.forEach(([x, y, w, h], index) => {
        const current = shown === pinned && found.length > 1 && index === place ? " current" : "";
        boxes.append(svg("rect", { x, y, width: w, height: h, class: kind + current }));
      });
    }
  };

  const tell = () => {
    const many = pinned !== null && places[pinned].length > 1;
    for (const id of ["previous", "next"]) $(id).hidden = !many;
    $("clear").hidden = pinned === null;
    if (pinned === null) { status.textContent = HINT; return; }
    const total = places[pinned].length;
    const which = total === 1 ? "1 place" : `place ${place + 1} of ${total}`;
    status.textContent = total ? `${labelOf(pinned)}: ${which}` : `${labelOf(pinned)}: no place kept`;
  };

  const show = (index) => {
    shown = index;
    draw();
  };

  const reveal = (index) => {
    const box = places[index][place];
    if (!box) return;
    const scale = shot.clientWidth / width;
    const fits = (start, size, from, room) => start >= from && start + size <= from + room;
    const [x, y, w, h] = box.map((value) => value * scale);
    if (!fits(y, h, view.scrollTop, view.clientHeight)) view.scrollTop = Math.max(0, y + Math.min(h, view.clientHeight) / 2 - view.clientHeight / 2);
    if (!fits(x, w, view.scrollLeft, view.clientWidth)) view.scrollLeft = Math.max(0, x + Math.min(w, view.clientWidth) / 2 - view.clientWidth / 2);
  };

  const pin = (index) => {
    pinned = index;
    place = 0;
    picks.forEach((pick, position) => {
      const on = position === index;
      pick.setAttribute("aria-pressed", String(on));
      $("t" + position).classList.toggle("lit", on);
    });
    for (const chip of here.querySelectorAll("button")) chip.setAttribute("aria-pressed", String(Number(chip.dataset.token) === index));
    if (index !== null) reveal(index);
    show(index);
    tell();
  };

  const step = (by) => {
    const total = places[pinned].length;
    place = (place + by + total) % total;
    reveal(pinned);
    draw();
    tell();
  };

  picks.forEach((pick, index) => {
    const card = $("t" + index);
    card.addEventListener("click", (event) => {
      if (event.target.closest(".copy") || String(getSelection())) return;
      here.hidden = true;
      pin(pinned === index ? null : index);
    });
    card.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") show(index); });
    card.addEventListener("pointerleave", () => show(pinned));
    pick.addEventListener("focus", () => { if (pick.matches(":focus-visible")) show(index); });
    pick.addEventListener("blur", () => show(pinned));
  });
  for (const strip of document.querySelectorAll(".palette i")) {
    strip.addEventListener("click", () => choose(Number(strip.dataset.token)));
  }
  $("previous").addEventListener("click", () => step(-1));
  $("next").addEventListener("click", () => step(1));
  const clear = () => { here.hidden = true; pin(null); };
  $("clear").addEventListener("click", clear);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && pinned !== null) clear(); });
  new ResizeObserver(draw).observe(shot);

  const choose = (index) => {
    pin(index);
    $("t" + index).scrollIntoView({ block: "nearest" });
  };

  // Tokens of a place

  const pointOf = (event) => {
    const frame = shot.getBoundingClientRect();
    return [(event.clientX - frame.left) * width / frame.width, (event.clientY - frame.top) * height / frame.height];
  };

  const tokensAt = (px, py) => {
    const hits = [];
    places.forEach((found, index) => {
      if ($("t" + index).classList.contains("alias")) return;
      const areas = found.map(grown).filter(([x, y, w, h]) => px >= x && px < x + w && py >= y && py < y + h).map(([, , w, h]) => w * h);
      if (areas.length) hits.push([Math.min(...areas), index]);
    });
    return hits.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, index]) => index);
  };

  shot.addEventListener("click", (event) => {
    const [x, y] = pointOf(event);
    const found = tokensAt(x, y);
    const where = document.createElement("span");
    where.textContent = `At ${Math.floor(x)}, ${Math.floor(y)}: ${found.length ? "" : "no token was measured here"}`;
    here.replaceChildren(where, ...found.map((index) => {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.dataset.token = index;
      chip.textContent = labelOf(index);
      chip.addEventListener("click", () => choose(index));
      return chip;
    }));
    here.hidden = false;
    if (found.length) choose(found[0]); else pin(null);
  });

  $("zoom").addEventListener("click", () => {
    const full = sheet.classList.toggle("full");
    $("zoom").setAttribute("aria-pressed", String(full));
    if (pinned !== null) reveal(pinned);
  });

  // The lens: the pixels under the pointer, and the exact colour of the middle one

  const lens = $("lens"), lensColour = $("lens-colour"), pen = lens.getContext("2d", { willReadFrequently: true });
  pen.imageSmoothingEnabled = false;
  shot.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse") return;
    const [x, y] = pointOf(event).map(Math.floor);
    const middle = Math.floor(lens.width / 2);
    pen.clearRect(0, 0, lens.width, lens.height);
    pen.drawImage(shot, x - middle, y - middle, lens.width, lens.height, 0, 0, lens.width, lens.height);
    const [red, green, blue] = pen.getImageData(middle, middle, 1, 1).data;
    lensColour.value = "#" + [red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("");
    const left = event.clientX + 150 > innerWidth ? event.clientX - 141 : event.clientX + 20;
    const top = event.clientY + 170 > innerHeight ? event.clientY - 161 : event.clientY + 20;
    Object.assign(lens.style, { left: left + "px", top: top + "px" });
    Object.assign(lensColour.style, { left: left + 20 + "px", top: top + 126 + "px" });
    lens.hidden = lensColour.hidden = false;
  });
  shot.addEventListener("pointerleave", () => { lens.hidden = lensColour.hidden = true; });

  // Copies, downloads, tabs, theme

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = document.createElement("textarea");
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
  };
  for (const button of document.querySelectorAll(".copy")) {
    button.addEventListener("click", async () => {
      const focused = document.activeElement;
      await copy(button.dataset.copy);
      focused?.focus?.({ preventScroll: true });
      button.classList.add("done");
      status.textContent = `Copied ${button.dataset.copy}`;
      setTimeout(() => { button.classList.remove("done"); tell(); }, 1600);
    });
  }
  const panelOf = (button) => $("panel-" + button.dataset.panel);
  for (const button of document.querySelectorAll(".copy-panel")) {
    button.addEventListener("click", async () => {
      await copy(panelOf(button).querySelector("code").textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1600);
    });
  }
  for (const button of document.querySelectorAll(".download")) {
    button.addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([panelOf(button).querySelector("code").textContent], { type: "text/plain" }));
      link.download = panelOf(button).dataset.file;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }

  const tabs = [...document.querySelectorAll("[role=tab]")];
  const open = (chosen) => tabs.forEach((tab, index) => {
    const on = index === chosen;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    $("panel-" + index).hidden = !on;
  });
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => open(index));
    tab.addEventListener("keydown", (event) => {
      const last = tabs.length - 1;
      const to = { ArrowRight: index === last ? 0 : index + 1, ArrowLeft: index === 0 ? last : index - 1, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      open(to);
      tabs[to].focus();
    });
  });
  if (tabs.length) open(0);

  const theme = $("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = (choice) => {
    if (choice) root.dataset.theme = choice;
    theme.setAttribute("aria-pressed", String((root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark"));
  };
  dark.addEventListener("change", () => paint());
  theme.addEventListener("click", () => paint(theme.getAttribute("aria-pressed") === "true" ? "light" : "dark"));
  paint();

  const linked = /^#t(\d+)$/.exec(location.hash);
  if (linked && picks[linked[1]]) choose(Number(linked[1]));
})();
