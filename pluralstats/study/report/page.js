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
