"use strict";
// Draws the figures of the start page. Colours come from the style sheet, so they follow the theme switch.
(() => {
  const source = document.getElementById("plot-data");
  if (!source || typeof uPlot === "undefined") return;
  const data = JSON.parse(source.textContent);
  const root = document.documentElement;
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const HEIGHT = 190;
  let drawn = [];

  const options = (told, width) => {
    const axis = { stroke: colour("--body-quiet-color"), grid: { stroke: colour("--hairline-color"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const shown = (_, value) => (value === null || value === undefined ? "–" : `${value}${told.unit ? " " + told.unit : ""}`);
    const few = told.days.length < 60;
    return {
      width,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      scales: { y: { range: (_, low, high) => [0, told.unit === "%" ? 100 : Math.max(high * 1.1, 1)] } },
      axes: [{ ...axis, values: (_, ticks) => ticks.map((at) => new Date(at * 1000).toISOString().slice(5, 10)) }, { ...axis, size: 52 }],
      series: [
        { label: "Day", value: (_, at) => (at === null ? "–" : new Date(at * 1000).toISOString().slice(0, 10)) },
        ...told.lines.map((line, index) => ({
          label: line.label,
          stroke: colour(`--plot-${index + 1}`),
          width: 2,
          dash: [[], [6, 4], [2, 3], [10, 3, 2, 3]][index],
          points: { show: few, size: 5 },
          spanGaps: false,
          value: shown,
        })),
      ],
    };
  };

  const draw = () => {
    for (const plot of drawn) plot.destroy();
    drawn = [...document.querySelectorAll(".plot")].map((place) => {
      const told = data[place.dataset.plot];
      return new uPlot(options(told, place.clientWidth), [told.days, ...told.lines.map((line) => line.values)], place);
    });
  };

  let waiting = 0;
  const again = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(draw);
  };
  draw();
  window.addEventListener("resize", again);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  new MutationObserver(again).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
})();
