"use strict";
// Asks how far the work is until it is over, then loads the page again, which shows what came of it.
(() => {
  const box = document.getElementById("progress");
  if (!box || box.dataset.over === "true") return;
  const bar = box.querySelector("progress"), text = box.querySelector(".progress-text");
  const counts = box.querySelectorAll("[data-count]");
  const ask = async () => {
    const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const told = await answer.json();
    bar.max = told.total;
    bar.value = told.done;
    text.textContent = `${told.state}: ${told.done} of ${told.total}`;
    for (const each of counts) each.textContent = told.counts[each.dataset.count] ?? 0;
    if (told.over) window.location.reload();
    else window.setTimeout(ask, 1000);
  };
  window.setTimeout(ask, 500);
})();
