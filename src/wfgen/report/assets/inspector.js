// The token inspector. Whatever a workflow holds reaches the page as text, never as markup.
"use strict";
(() => {
  const root = document.getElementById("inspector");
  if (!root) return;
  const data = JSON.parse(document.getElementById("exhibit").textContent);
  const [TOKEN, TEXT, KIND, HEX] = [0, 1, 2, 3];
  const COLOURS = 8;
  // The kinds of a grammar's tokens have each a colour of its own, in every panel and document.
  const KINDS = ["key", "kind", "literal", "number", "text", "end", "mode"];
  const number = new Intl.NumberFormat("en");
  const by = (selector) => root.querySelector(selector);

  const element = (name, className = "", text = "") => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  // What cannot be seen, or would turn the text around it, is written out.
  const NAMED = { "\n": "⏎", "\r": "␍", "\t": "⇥" };
  const visible = (text) =>
    text
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) =>
        NAMED[c] ?? `\\u{${c.codePointAt(0).toString(16)}}`)
      .replace(/^\p{M}/u, "◌$&");

  const utf8 = new TextEncoder();
  const sizeOf = (piece) =>
    piece[HEX] ? piece[HEX].split(" ").length : utf8.encode(piece[TEXT]).length;
  const label = (piece) =>
    piece[HEX] ? piece[HEX].toUpperCase() : piece[TEXT] ? visible(piece[TEXT]) : piece[KIND];

  const describe = (piece, at) => {
    const what = piece[TOKEN] === null ? "forced by the grammar, no token" : `token ${piece[TOKEN]}`;
    const size = sizeOf(piece);
    const parts = [`${what}, number ${number.format(at + 1)}`];
    if (piece[KIND] !== "text") parts.push(piece[KIND]);
    if (size) parts.push(size === 1 ? "1 byte" : `${size} bytes`);
    if (piece[HEX]) parts.push("part of a character");
    return parts.join(" · ");
  };

  // One panel a tokenizer ---------------------------------------------------------------------

  const panels = data.tokenizers.map((tokenizer, index) => {
    const node = element("article", "panel");
    node.style.setProperty("--arm", `var(--arm-${(index % COLOURS) + 1})`);
    node.dataset.arm = tokenizer.arm;
    const head = element("header");
    const title = element("h3", "", tokenizer.arm);
    title.prepend(element("span", "swatch"));
    const count = element("div", "count");
    const per = element("div", "per");
    const bar = element("div", "bar");
    bar.append(element("span"));
    head.append(title, count, per, bar);
    const kinds = element("p", "kinds");
    const tokens = element("div", "tokens");
    tokens.tabIndex = 0;
    tokens.setAttribute("role", "listbox");
    tokens.setAttribute("aria-label", `Tokens of ${tokenizer.arm}; arrow keys go from one to the next`);
    const about = element("p", "about");
    about.setAttribute("aria-live", "polite");
    node.append(head, kinds, tokens, about);
    by(".panels").append(node);
    const panel = { tokenizer, index, node, count, per, bar, kinds, tokens, about, cut: [], spans: [], starts: [], at: -1 };
    const indexOf = (event) => panel.spans.indexOf(event.target.closest(".t"));
    tokens.addEventListener("pointerover", (event) => pick(panel, indexOf(event)));
    tokens.addEventListener("click", (event) => pick(panel, indexOf(event)));
    tokens.addEventListener("focus", () => pick(panel, Math.max(panel.at, 0)));
    tokens.addEventListener("keydown", (event) => walk(panel, event));
    return panel;
  });

  const walk = (panel, event) => {
    const last = panel.spans.length - 1;
    const to = { ArrowRight: panel.at + 1, ArrowLeft: panel.at - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    pick(panel, Math.min(Math.max(to, 0), last));
    panel.spans[panel.at]?.scrollIntoView({ block: "nearest" });
  };

  const pick = (panel, at) => {
    if (at < 0 || !panel.spans[at]) return;
    for (const marked of root.querySelectorAll(".at, .same")) marked.classList.remove("at", "same");
    const piece = panel.tokenizer.pieces[panel.cut[at]];
    panel.at = at;
    panel.spans[at].classList.add("at");
    panel.tokens.setAttribute("aria-activedescendant", panel.spans[at].id);
    const code = element("code", "", label(piece));
    panel.about.replaceChildren(code, element("br"), describe(piece, at));
    for (const other of panels) if (other !== panel) markSame(other, panel, at);
  };

  // The same bytes in the other panels; only where pieces add up to the document.
  const markSame = (other, panel, at) => {
    if (!panel.starts.length || !other.starts.length || other.node.hidden) return;
    const [begin, end] = [panel.starts[at], panel.starts[at + 1]];
    let low = 0;
    for (let high = other.spans.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (other.starts[middle + 1] <= begin) low = middle + 1;
      else high = middle;
    }
    for (; low < other.spans.length && other.starts[low] < end; low++) other.spans[low].classList.add("same");
  };

  // Showing a document ------------------------------------------------------------------------

  const isForced = (piece) => piece[TOKEN] === null;

  const colourOf = (kinds, kind) =>
    (KINDS.includes(kind) ? KINDS.indexOf(kind)
      : KINDS.length + kinds.filter((k) => !KINDS.includes(k)).indexOf(kind)) % COLOURS;

  const spanOf = (panel, piece, at, colour) => {
    const shape = piece[HEX] ? "t raw" : piece[TEXT] ? "t" : "t mark";
    const span = element("span", isForced(piece) ? `${shape} forced` : shape, label(piece));
    span.id = `t-${panel.index}-${at}`;
    span.setAttribute("role", "option");
    span.dataset.c = colour;
    return span;
  };

  const startsOf = (pieces, numBytes) => {
    const starts = [0];
    for (const piece of pieces) starts.push(starts[starts.length - 1] + sizeOf(piece));
    return starts[starts.length - 1] === numBytes ? starts : [];
  };

  const showPanel = (panel, shown) => {
    const { tokenizer } = panel;
    const error = tokenizer.error ?? (typeof tokenizer.documents[shown.index] === "string" ? tokenizer.documents[shown.index] : "");
    panel.cut = error ? [] : tokenizer.documents[shown.index];
    panel.at = -1;
    panel.error = error;
    const pieces = panel.cut.map((place) => tokenizer.pieces[place]);
    panel.numTokens = pieces.filter((piece) => !isForced(piece)).length;
    const numForced = pieces.length - panel.numTokens;
    const kinds = [...new Set(pieces.filter((piece) => !isForced(piece)).map((piece) => piece[KIND]))];
    // Where all tokens are text, colours go on telling neighbours apart.
    const byKind = by("#by-kind").checked && tokenizer.pieces?.some((piece) => piece[KIND] !== "text");
    panel.spans = pieces.map((piece, at) =>
      spanOf(panel, piece, at, byKind ? colourOf(kinds, piece[KIND]) : at % 5));
    if (byKind) {
      panel.spans.filter((_, at) => !isForced(pieces[at]))
        .forEach((span, number) => span.classList.toggle("odd", number % 2 === 1));
    }
    panel.starts = startsOf(pieces, shown.document.bytes);
    panel.tokens.replaceChildren(...panel.spans);
    panel.tokens.removeAttribute("aria-activedescendant");
    panel.kinds.replaceChildren(...(byKind ? legendOf(kinds, pieces, numForced) : []));
    panel.about.replaceChildren(error || "Point at a token, or use the arrow keys.");
    panel.about.classList.toggle("failed", Boolean(error));
    const ratio = shown.document.bytes / panel.numTokens;
    panel.count.textContent = error ? "failed" : `${number.format(panel.numTokens)} tokens`;
    const per = [`${ratio.toFixed(2)} bytes a token`];
    if (numForced) per.push(`${number.format(numForced)} elided`);
    if (tokenizer.free?.[shown.index]) per.push("free mode");
    panel.per.replaceChildren(
      element("span", "", error ? "" : per.join(" · ")),
      element("span", "", error ? "" : `vocabulary ${number.format(tokenizer.vocabulary)}`));
  };

  const legendOf = (kinds, pieces, numForced) => {
    const made = kinds.map((kind) => {
      const count = pieces.filter((piece) => !isForced(piece) && piece[KIND] === kind).length;
      const span = element("span", "t", `${kind} ${number.format(count)}`);
      span.dataset.c = colourOf(kinds, kind);
      return span;
    });
    if (numForced) made.push(element("span", "t forced", `elided ${number.format(numForced)}`));
    return made;
  };

  const show = () => {
    const index = Number(by("#workflow").value);
    const shown = { index, document: data.documents[index] };
    if (!shown.document) return;
    for (const panel of panels) showPanel(panel, shown);
    const most = Math.max(...panels.filter((p) => !p.node.hidden).map((p) => p.numTokens), 1);
    for (const panel of panels) panel.bar.firstChild.style.width = `${(100 * panel.numTokens) / most}%`;
    by(".json").textContent = shown.document.text;
    const { name, license, commit, bytes } = shown.document;
    const from = [name, license, commit && `commit ${commit.slice(0, 12)}`, `${number.format(bytes)} bytes of canonical JSON`];
    by(".from").textContent = from.filter(Boolean).join(" · ");
  };

  // Choosing ----------------------------------------------------------------------------------

  const fillSelect = () => {
    const wanted = by("#find").value.trim().toLowerCase();
    const before = by("#workflow").value;
    const matches = data.documents
      .map((document, index) => ({ document, index }))
      .filter(({ document }) => (document.name + "\n" + document.text).toLowerCase().includes(wanted));
    const options = matches.map(({ document, index }) => {
      const option = element("option", "", `${document.name} (${number.format(document.bytes)} bytes)`);
      option.value = index;
      return option;
    });
    by("#workflow").replaceChildren(...options);
    by("#workflow").disabled = !options.length;
    by(".matches").textContent = options.length === data.documents.length ? "" : `${options.length} of ${data.documents.length} match`;
    if (matches.some(({ index }) => String(index) === before)) by("#workflow").value = before;
    if (by("#workflow").value !== before) show();
  };

  const chipOf = (panel) => {
    const chip = element("label", "chip");
    chip.style.setProperty("--arm", `var(--arm-${(panel.index % COLOURS) + 1})`);
    const box = element("input");
    box.type = "checkbox";
    box.checked = true;
    box.value = panel.tokenizer.arm;
    box.addEventListener("change", () => {
      panel.node.hidden = !box.checked;
      show();
    });
    chip.append(box, panel.tokenizer.arm);
    return chip;
  };

  const hasKinds = panels.some(({ tokenizer }) => (tokenizer.pieces ?? []).some((piece) => piece[KIND] !== "text"));
  by("#by-kind").closest("label").hidden = !hasKinds;
  by("#by-kind").checked = hasKinds;
  by("#by-kind").addEventListener("change", show);
  by(".chips").append(...panels.map(chipOf));
  by("#find").addEventListener("input", fillSelect);
  by("#workflow").addEventListener("change", show);
  fillSelect();
  by("#workflow").selectedIndex = Math.floor(data.documents.length / 3);
  show();
  root.dataset.ready = "yes";
})();
