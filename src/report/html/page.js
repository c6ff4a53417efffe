document.querySelectorAll("table.s").forEach(table => {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  heads.forEach((head, i) => {
    if (!head.textContent) return;
    const number = head.classList.contains("n"), button = document.createElement("button");
    const value = row => {
      const cell = row.cells[i], text = cell.dataset.v || cell.textContent;
      if (!number) return text;
      const n = parseFloat(text.replace(/,/g, ""));
      return isNaN(n) ? -1 : n;
    };
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const up = before ? before === "descending" : !number;
      heads.forEach(h => h.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const compare = (a, b) => a < b ? -1 : a > b ? 1 : 0;
      body.append(...[...body.rows].sort((a, b) => (up ? 1 : -1) * compare(value(a), value(b))));
    });
  });
});
