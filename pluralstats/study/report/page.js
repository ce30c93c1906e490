"use strict";
document.documentElement.classList.add("scripted");

// Sorting: numbers by their unrounded value, words by the reader's alphabet; cells without a value stay last.
function sortBy(button) {
  const header = button.closest("th");
  const table = header.closest("table");
  const column = [...header.parentNode.children].indexOf(header);
  const ascending = header.getAttribute("aria-sort") !== "ascending";
  const numeric = header.classList.contains("numeric");
  const body = table.tBodies[0];
  const key = (row) => row.children[column].dataset.sort ?? row.children[column].textContent.trim();
  const compare = (a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === "" || y === "" || x === "–" || y === "–") return (x === "" || x === "–") - (y === "" || y === "–");
    const order = numeric ? Number(x) - Number(y) : x.localeCompare(y, undefined, { numeric: true });
    return ascending ? order : -order;
  };
  body.append(...[...body.rows].sort(compare));
  for (const other of header.parentNode.children) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
}
for (const button of document.querySelectorAll("thead th button")) {
  button.addEventListener("click", () => sortBy(button));
}

// Choosing: the rows of a long table that have the chosen values, each as its values and its cells.
const rowsOf = JSON.parse(document.getElementById("rows").textContent);
function choose(group) {
  const table = document.getElementById(group.dataset.table);
  const all = rowsOf[table.id];
  const selects = [...group.querySelectorAll("select")];
  const wanted = selects.map((select) => Number(select.value));
  const rows = all.filter(([codes]) => wanted.every((value, i) => value < 0 || codes[i] === value));
  const headers = [...table.tHead.rows[0].children];
  const same = selects.filter((select) => select.value !== "-1").map((select) => Number(select.dataset.column));
  const head = headers.findIndex((_, i) => !same.includes(i));
  const body = document.createElement("tbody");
  for (const [, cells] of rows) {
    const line = body.insertRow();
    cells.forEach((cell, i) => {
      const [text, sort] = Array.isArray(cell) ? cell : [cell];
      const element = document.createElement(i === head ? "th" : "td");
      if (i === head) element.scope = "row";
      element.hidden = same.includes(i);
      if (headers[i].classList.contains("numeric")) element.className = "numeric";
      if (sort !== undefined) element.dataset.sort = sort;
      element.textContent = text;
      line.append(element);
    });
  }
  headers.forEach((header, i) => { header.hidden = same.includes(i); });
  table.tBodies[0].replaceWith(body);
  for (const header of table.tHead.rows[0].children) header.removeAttribute("aria-sort");
  const named = selects.filter((select) => select.value !== "-1").map((select) => select.selectedOptions[0].text);
  const count = rows.length.toLocaleString("en") + " of " + all.length.toLocaleString("en") + " rows";
  const said = named.length ? named.join(", ") + " (" + count + ")" : count;
  group.parentNode.querySelector("[role=status]").textContent = "Shown: " + said + ".";
}
for (const group of document.querySelectorAll(".choose")) group.addEventListener("change", () => choose(group));

// Saving: the files of the tables lie in the page as well, for a page that was sent without its folder.
let unpacked;
function unpack() {
  const packed = Uint8Array.from(atob(document.getElementById("files").textContent), (byte) => byte.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}
for (const link of document.querySelectorAll("a[download]")) {
  link.addEventListener("click", async (event) => {
    if (!globalThis.DecompressionStream || link.href.startsWith("blob:")) return;
    event.preventDefault();
    const content = (await (unpacked ??= unpack()))[link.download];
    link.href = URL.createObjectURL(new Blob([content], { type: "text/csv" }));
    link.click();
  });
}

// Copying: the clipboard where the browser allows it, else the text is selected for Ctrl+C.
for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.source);
    try {
      await navigator.clipboard.writeText(source.innerText);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = "Selected: press Ctrl+C";
    }
  });
}

// Paper cannot unfold anything.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const details of folded) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of folded) details.open = false;
});
