// Draws <figure class="chart" data-chart> from the JSON block inside it. Shape of the block:
//   {"kind": "bar" | "stacked" | "line", "labels": ["…"], "unit": "人", "horizontal": false,
//    "series": [{"name": "…", "values": [1, null, …], "state": "met"}]}
// A series with a state takes the state's colour. Figures are written on the bars and line ends.

const still = matchMedia("(prefers-reduced-motion: reduce)");

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function colour(series, index) {
  return token(series.state ? series.state.replace("_", "-") : `series-${(index % 5) + 1}`);
}

// As the table beneath has it.
function grouped(number) {
  return number.toLocaleString("en").replaceAll(",", "\u202f");
}

// A figure on the bar itself: beside a lone bar, inside a stacked one where there is room for it.
function label(data, series, text) {
  if (data.kind === "line") return undefined;
  if (data.kind === "stacked") {
    const sums = data.labels.map((_, i) => data.series.reduce((sum, one) => sum + (one.values[i] || 0), 0));
    const most = Math.max(...sums);
    return {
      show: true,
      ...text,
      color: token("paper"),
      formatter: ({ value }) => (value > most * 0.08 ? grouped(value) : ""),
    };
  }
  return data.series.length > 1 ? undefined : { show: true, position: data.horizontal ? "right" : "top", padding: [0, 2], ...text, formatter: ({ value }) => (value == null ? "" : grouped(value)) };
}

function options(data) {
  const size = parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.8;
  const ink = token("ink");
  const quiet = token("ink-2");
  const line = data.kind === "line";
  const stacked = data.kind === "stacked";
  const text = { fontFamily: token("sans"), fontSize: size, color: ink };
  const many = data.series.length > 1;
  const category = {
    type: "category",
    data: data.labels,
    inverse: Boolean(data.horizontal),
    axisLine: { lineStyle: { color: token("rule") } },
    axisTick: { show: false },
    axisLabel: { ...text, color: quiet, hideOverlap: true },
    boundaryGap: !line,
  };
  const highest = Math.max(...data.series.flatMap((series) => series.values));
  const whole = data.unit === "%" && highest > 75 && highest <= 100;
  const value = {
    type: "value",
    splitNumber: 4,
    // A share never exceeds the whole, though the axis would leave room above it.
    ...(whole ? { max: 100, interval: 25 } : {}),
    minInterval: data.whole === false ? 0 : 1,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { ...text, color: quiet, formatter: grouped },
    splitLine: { lineStyle: { color: token("hairline") } },
    name: data.unit || "",
    nameLocation: data.horizontal ? "middle" : "end",
    nameGap: data.horizontal ? size * 2 : size,
    nameTextStyle: { ...text, color: quiet, align: data.horizontal ? "center" : "right" },
  };
  return {
    animation: false,
    aria: { enabled: false },
    textStyle: text,
    grid: {
      left: 8,
      right: line && many ? size * 7 : data.horizontal ? size * 4 : 12,
      top: data.horizontal ? (many ? size * 2.5 : 8) : size * (many && !line ? 4.5 : 2.5),
      bottom: data.horizontal && data.unit ? size * 2 : 8,
      containLabel: true,
    },
    legend: many && !line
      ? { top: 0, left: 0, icon: "rect", itemWidth: 12, itemHeight: 12, textStyle: text }
      : { show: false },
    // Rich text, because the HTML tooltip writes style attributes that the site's policy refuses.
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      backgroundColor: token("surface"),
      borderColor: token("rule"),
      borderWidth: 1,
      textStyle: text,
      axisPointer: { type: line ? "line" : "shadow", lineStyle: { color: token("rule") }, shadowStyle: { color: token("sunken"), opacity: 0.6 } },
      valueFormatter: (number) => (number == null ? "–" : `${grouped(number)} ${data.unit || ""}`.trim()),
    },
    xAxis: data.horizontal ? value : category,
    yAxis: data.horizontal ? category : value,
    series: data.series.map((series, index) => ({
      name: series.name,
      type: line ? "line" : "bar",
      stack: stacked ? "all" : undefined,
      data: series.values,
      barMaxWidth: stacked ? 52 : 28,
      symbol: "circle",
      symbolSize: 5,
      lineStyle: { width: 2 },
      itemStyle: {
        color: colour(series, index),
        borderColor: stacked ? token("paper") : undefined,
        borderWidth: stacked ? 1 : 0,
      },
      endLabel: line && many ? { show: true, ...text, formatter: "{a}", color: ink } : undefined,
      label: label(data, series, text),
      labelLayout: { hideOverlap: true, moveOverlap: line ? "shiftY" : undefined },
      animation: !still.matches,
    })),
  };
}

function save(name, content, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// A cell that a spreadsheet would read as a formula gets an apostrophe in front.
export function cell(value) {
  let text = String(value ?? "");
  if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv(data) {
  const head = ["", ...data.series.map((series) => series.name)];
  const rows = data.labels.map((label, row) => [label, ...data.series.map((series) => series.values[row])]);
  // The mark at the start tells spreadsheets that this is UTF-8.
  return `\ufeff${[head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

function draw(figure) {
  const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
  const canvas = figure.querySelector(".chart-canvas");
  const name = figure.querySelector("figcaption span")?.textContent.trim() || "chart";
  const chart = window.echarts.init(canvas);
  const redraw = () => chart.setOption(options(data), true);
  redraw();
  new ResizeObserver(() => chart.resize()).observe(canvas);
  document.addEventListener("preference", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  figure.addEventListener("click", (event) => {
    const kind = event.target.closest("[data-chart-save]")?.dataset.chartSave;
    if (kind === "csv") save(`${name}.csv`, csv(data), "text/csv;charset=utf-8");
    if (kind === "png") {
      const address = chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: token("surface") });
      const bytes = Uint8Array.from(atob(address.split(",")[1]), (letter) => letter.charCodeAt(0));
      save(`${name}.png`, new Blob([bytes]), "image/png");
    }
  });
}

// The library is fetched only when a chart comes near the window, and after the page has painted.
let library;
function load(address) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
  return library;
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      load(target.dataset.chart).then(
        () => draw(target),
        // Without the drawing the table beneath still says everything.
        () => target.remove(),
      );
    }
  },
  { rootMargin: "200px" },
);
for (const figure of document.querySelectorAll("figure[data-chart]")) near.observe(figure);
