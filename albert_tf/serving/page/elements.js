// Elements for several parts of the page.
// Text from models and users is set as text, never parsed as HTML.

export function element(tag, properties, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

export function percent(share) {
  if (share > 0 && share < 0.001) return "<0.1%";
  if (share < 1 && share > 0.999) return ">99.9%";
  return `${(100 * share).toFixed(1)}%`;
}

// "a, b, and c"; names beyond `most` are counted.
export function listed(names, most = names.length, last = "and") {
  const shown = names.slice(0, most);
  if (names.length > most) shown.push(`${names.length - most} more`);
  if (shown.length < 3) return shown.join(` ${last} `);
  return `${shown.slice(0, -1).join(", ")}, ${last} ${shown.at(-1)}`;
}

export const shortened = (text, most = 40) => {
  const letters = Array.from(text);
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
};

// Number of bars shown before “Show all”.
const FEW = 8;

function bar({ name, share, best, chosen }, hasTicks) {
  const filled = element("span", { className: "bar" });
  filled.style.width = `${100 * share}%`;
  if (share > 0) filled.style.minWidth = "3px"; // keeps small shares visible
  const row = element("li", { className: best || chosen ? "best" : "" });
  if (hasTicks) {
    const tick = element("span", { className: "tick" }, chosen ? "✓" : "");
    if (chosen) tick.append(element("span", { className: "unseen" }, "chosen"));
    row.append(tick);
  }
  row.append(
    element("span", { className: "name" }, name),
    element("span", { className: "number" }, percent(share)),
    element("span", { className: "track" }, filled));
  return row;
}

// Shows shares as bars, the largest first. Each row has a name, a share, and
// optionally best or chosen; for multiple labels, every row has chosen.
export function bars(caption, rows) {
  const sorted = [...rows].sort((a, b) => b.share - a.share);
  const hasTicks = rows.some(({ chosen }) => chosen !== undefined);
  const few = Math.max(FEW, rows.filter(({ chosen }) => chosen).length);
  const count = rows.length > few + 2 ? few : rows.length;
  const list = element("ol", { className: hasTicks ? "bars ticks" : "bars", ariaLabel: caption });
  list.append(...sorted.slice(0, count).map((row) => bar(row, hasTicks)));
  const parts = [element("p", { className: "caption" }, caption), list];
  if (count < rows.length) {
    const more = element("button", { type: "button", className: "more" }, `Show all ${rows.length}`);
    more.addEventListener("click", () => {
      list.append(...sorted.slice(count).map((row) => bar(row, hasTicks)));
      const next = list.children[count];
      next.tabIndex = -1;
      next.focus();
      more.remove();
    });
    parts.push(more);
  }
  return parts;
}
