(() => {
  const all = (what, within) => [...(within || document).querySelectorAll(what)];
  for (const table of all("table.sortable")) {
    const body = table.tBodies[0], heads = all("thead th", table);
    heads.forEach((head, at) => head.querySelector("button").addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") === "descending" ? 1 : -1;
      const of = (row) => row.cells[at].dataset.value ?? row.cells[at].textContent.trim().toLowerCase();
      const number = all("tr", body).every((row) => of(row) !== "" && !isNaN(of(row)));
      const rows = all("tr", body).sort((a, b) => up * (number ? of(a) - of(b) : of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : 0));
      heads.forEach((h) => h.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up > 0 ? "ascending" : "descending");
      body.append(...rows);
    }));
  }
  for (const field of all("input[data-search]")) {
    const rows = all("tbody tr", document.getElementById(field.dataset.search)).map((row) => ({ row, text: row.textContent.toLowerCase(), card: row.dataset.card && document.getElementById(row.dataset.card) })), shown = document.getElementById(field.dataset.search + "-shown");
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const { row, text, card } of rows) {
        row.hidden = !words.every((word) => text.includes(word));
        if (card) card.hidden = row.hidden;
      }
      shown.textContent = rows.filter(({ row }) => !row.hidden).length + " of " + rows.length + " shown";
    });
  }
  for (const chart of all("svg.chart")) {
    const days = all("title", chart), said = document.createElement("p");
    let at = days.length;
    said.className = "soft readout";
    said.setAttribute("role", "status");
    chart.after(said);
    chart.setAttribute("tabindex", "0");
    const show = (to) => { at = Math.max(0, Math.min(days.length - 1, to)); said.textContent = days[at].textContent; };
    chart.addEventListener("keydown", (press) => {
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: days.length - 1 }[press.key];
      if (to !== undefined) { press.preventDefault(); show(to); }
    });
    chart.addEventListener("pointermove", (move) => {
      const title = move.target.closest("rect, g")?.querySelector("title");
      if (title) show(days.indexOf(title));
    });
  }
  addEventListener("beforeprint", () => all(".history").forEach((d) => { d.open = true; }));
})();
