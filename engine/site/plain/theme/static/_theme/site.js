// Navigation, search, copy buttons and the table of contents. Everything here
// adds to pages that can be read without it. Addresses are relative to the
// page; nothing is fetched, stored values are optional.
(function () {
  "use strict";
  var html = document.documentElement;
  var root = html.dataset.root;
  var here = html.dataset.address || "";

  function element(name, properties, children) {
    var node = document.createElement(name);
    Object.keys(properties || {}).forEach(function (key) {
      if (key in node && key !== "list") node[key] = properties[key];
      else node.setAttribute(key, properties[key]);
    });
    (children || []).forEach(function (child) { node.append(child); });
    return node;
  }

  function address(path) {
    return root + path.split("/").map(encodeURIComponent).join("/");
  }

  // ---- Navigation -------------------------------------------------------

  var window_ = 120; // entries of one folder shown at once

  function branch(entry, path) {
    var item = element("li");
    var link = element("a", { href: address(path), textContent: entry[0] });
    if (path === here) link.setAttribute("aria-current", "page");
    item.append(link);
    if (entry[2]) foldable(item, entry, path);
    return item;
  }

  function foldable(item, entry, path) {
    var list = null;
    var button = element("button", { type: "button", className: "fold" });
    button.setAttribute("aria-label", entry[0] + ": pages");
    function set(open) {
      if (open && !list) { list = tree(entry[2], path); item.append(list); }
      if (list) list.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
    }
    button.addEventListener("click", function () {
      set(button.getAttribute("aria-expanded") !== "true");
    });
    item.append(button);
    set(here.indexOf(path) === 0);
  }

  function tree(entries, path) {
    var list = element("ul");
    var current = entries.findIndex(function (e) { return here.indexOf(path + e[1] + "/") === 0; });
    var from = Math.max(0, Math.min(current - window_ / 2, entries.length - window_));
    function fill(start, end) {
      list.replaceChildren.apply(list, entries.slice(start, end).map(function (e) {
        return branch(e, path + e[1] + "/");
      }));
    }
    fill(from, from + window_);
    if (entries.length > window_) {
      var more = element("button", { type: "button", className: "more", textContent: "Show all " + entries.length });
      more.addEventListener("click", function () {
        fill(0, entries.length);
        (list.querySelector("[aria-current]") || list.querySelector("a")).focus();
      });
      list.append(element("li", {}, [more]));
    }
    return list;
  }

  function navigation() {
    var side = document.getElementById("pages");
    var data = window.docsNav;
    if (!side || !data) return;
    var list = tree(data[2] || [], "");
    list.prepend(branch([data[0], ""], ""));
    side.append(list);
    showCurrent();
  }

  // showCurrent scrolls the navigation, and only it, to the page's entry.
  function showCurrent() {
    var side = document.getElementById("pages");
    var current = side.querySelector("[aria-current]");
    if (!current) return;
    var below = current.getBoundingClientRect().bottom - side.getBoundingClientRect().bottom;
    if (below > -40) side.scrollTop = below + side.clientHeight / 2;
  }

  function menu() {
    var button = document.querySelector("[data-menu]");
    function set(open) {
      html.classList.toggle("menu-open", open);
      button.setAttribute("aria-expanded", String(open));
    }
    button.addEventListener("click", function () {
      set(!html.classList.contains("menu-open"));
      showCurrent();
    });
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && html.classList.contains("menu-open")) { set(false); button.focus(); }
    });
  }

  // ---- Colour scheme ----------------------------------------------------

  function scheme() {
    var button = document.querySelector("[data-scheme]");
    var system = matchMedia("(prefers-color-scheme: dark)");
    function dark() { return html.dataset.scheme ? html.dataset.scheme === "dark" : system.matches; }
    function show() { button.setAttribute("aria-pressed", String(dark())); }
    button.addEventListener("click", function () {
      html.dataset.scheme = dark() ? "light" : "dark";
      try { localStorage.setItem("docs-scheme", html.dataset.scheme); } catch (e) { /* for this page only */ }
      show();
    });
    system.addEventListener("change", show);
    show();
  }

  // ---- Code -------------------------------------------------------------

  function copyText(text) {
    if (navigator.clipboard && window.isSecureContext) {
      return navigator.clipboard.writeText(text).catch(function () { return copyOld(text); });
    }
    return copyOld(text);
  }

  // For sandboxed pages and plain http, where the clipboard API is missing.
  function copyOld(text) {
    var area = element("textarea", { value: text, className: "offscreen" });
    document.body.append(area);
    area.select();
    var ok = document.execCommand("copy");
    area.remove();
    return ok ? Promise.resolve() : Promise.reject(new Error("not allowed"));
  }

  function copyButtons() {
    document.querySelectorAll("article pre").forEach(function (pre) {
      var button = element("button", { type: "button", className: "copy", textContent: "Copy" });
      button.setAttribute("aria-label", "Copy code");
      button.addEventListener("click", function () {
        var code = pre.querySelector("code") || pre;
        copyText(code.textContent).then(
          function () { button.textContent = "Copied"; },
          function () { button.textContent = "Select and copy"; getSelection().selectAllChildren(code); }
        ).then(function () {
          button.focus();
          setTimeout(function () { button.textContent = "Copy"; }, 2000);
        });
      });
      var frame = element("div", { className: "code" });
      pre.replaceWith(frame);
      frame.append(pre, button);
    });
  }

  // ---- Table of contents ------------------------------------------------

  function contents() {
    var toc = document.querySelector(".toc");
    if (!toc) return;
    var wide = matchMedia("(min-width: 75rem)");
    function fit() { toc.open = wide.matches; }
    wide.addEventListener("change", fit);
    fit();
    var links = Array.from(toc.querySelectorAll("a"));
    var targets = links.map(function (a) { return document.getElementById(decodeURIComponent(a.hash.slice(1))); });
    var waiting = false;
    function mark() {
      waiting = false;
      var at = -1;
      targets.forEach(function (t, i) { if (t && t.getBoundingClientRect().top < 120) at = i; });
      links.forEach(function (a, i) {
        if (i === at) a.setAttribute("aria-current", "true"); else a.removeAttribute("aria-current");
      });
    }
    addEventListener("scroll", function () {
      if (!waiting && wide.matches) { waiting = true; requestAnimationFrame(mark); }
    }, { passive: true });
    mark();
  }

  // ---- Search -----------------------------------------------------------

  var index = null; // [{page, title, head, text}], lower case
  var dialog, input, results, status_;

  function plain(s) {
    s = s.toLowerCase();
    return /^[\x00-\x7f]*$/.test(s) ? s : s.normalize("NFD").replace(/\p{M}/gu, "");
  }

  function prepare(data) {
    index = data.map(function (page) {
      return {
        page: page,
        title: plain(page[1]),
        heads: page[5].map(function (h, i) { return i % 2 ? h : plain(h); }),
        text: plain(page[3] + " " + page[4])
      };
    });
  }

  function load() {
    if (index || document.querySelector("script[data-index]")) return;
    var script = element("script", { src: root + "_theme/search.js" });
    script.setAttribute("data-index", "");
    script.onload = function () { prepare(window.docsSearch); window.docsSearch = null; search(); };
    script.onerror = function () { script.remove(); status_.textContent = "The search index could not be loaded."; };
    document.head.append(script);
  }

  // score is 0 unless every word occurs; titles count more than headings,
  // headings more than text, beginnings of words more than their middle.
  function score(entry, words) {
    var total = 0, heading = -1;
    for (var i = 0; i < words.length; i++) {
      var word = words[i], best = 0, at = entry.title.indexOf(word);
      if (at >= 0) {
        best = entry.title === word ? 120 : at === 0 ? 80 : /[\p{L}\p{N}]/u.test(entry.title[at - 1]) ? 25 : 60;
        best += 20 * word.length / entry.title.length;
      }
      for (var h = 0; best < 60 && h < entry.heads.length; h += 2) {
        var in_ = entry.heads[h].indexOf(word);
        if (in_ < 0) continue;
        if (heading < 0) heading = h;
        best = Math.max(best, in_ === 0 || !/[\p{L}\p{N}]/u.test(entry.heads[h][in_ - 1]) ? 30 : 12);
      }
      if (!best) {
        at = entry.text.indexOf(word);
        if (at < 0) return null;
        best = at === 0 || !/[\p{L}\p{N}]/u.test(entry.text[at - 1]) ? 6 : 2;
      }
      total += best;
    }
    return { entry: entry, score: total, heading: heading };
  }

  function search() {
    if (!index || !dialog.open) return;
    var words = plain(input.value).split(/\s+/).filter(Boolean);
    results.replaceChildren();
    input.removeAttribute("aria-activedescendant");
    if (!words.length) { status_.textContent = ""; results.hidden = true; return; }
    var hits = [];
    index.forEach(function (entry) { var hit = score(entry, words); if (hit) hits.push(hit); });
    hits.sort(function (a, b) { return b.score - a.score; });
    status_.textContent = hits.length ? hits.length + (hits.length === 1 ? " page" : " pages") : "No page has all of these words.";
    hits.slice(0, 20).forEach(function (hit, i) { results.append(result(hit, words, i)); });
    results.hidden = !hits.length;
    input.setAttribute("aria-expanded", String(hits.length > 0));
    select(0);
  }

  function result(hit, words, i) {
    var page = hit.entry.page;
    var href = address(page[0]);
    var item = element("a", { href: href, id: "hit-" + i, className: "hit", tabIndex: -1 });
    item.setAttribute("role", "option");
    if (page[2]) item.append(element("span", { className: "where", textContent: page[2] }));
    item.append(marked(page[1], words, "strong"));
    if (hit.heading >= 0) {
      item.href = href + "#" + encodeURIComponent(page[5][hit.heading + 1]);
      item.append(marked(page[5][hit.heading], words, "span"));
    } else {
      item.append(marked(snippet(page[3], words), words, "span"));
    }
    return item;
  }

  function snippet(text, words) {
    var at = plain(text).indexOf(words[0]);
    if (at < 80) return text.slice(0, 160);
    var from = text.indexOf(" ", at - 60);
    return "… " + text.slice(from + 1, from + 160);
  }

  function marked(text, words, name) {
    var node = element(name);
    var pattern = words.map(function (w) { return w.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"); }).join("|");
    text.split(new RegExp("(" + pattern + ")", "i")).forEach(function (part, i) {
      if (part) node.append(i % 2 ? element("mark", { textContent: part }) : part);
    });
    return node;
  }

  function select(n) {
    var options = results.children;
    if (!options.length) return;
    n = (n + options.length) % options.length;
    Array.from(options).forEach(function (o, i) { o.setAttribute("aria-selected", String(i === n)); });
    input.setAttribute("aria-activedescendant", options[n].id);
    options[n].scrollIntoView({ block: "nearest" });
  }

  function selected() {
    return Array.from(results.children).findIndex(function (o) { return o.getAttribute("aria-selected") === "true"; });
  }

  function keys(event) {
    var at = selected();
    if (event.key === "ArrowDown") select(at + 1);
    else if (event.key === "ArrowUp") select(at - 1);
    else if (event.key === "Enter" && at >= 0) results.children[at].click();
    else return;
    event.preventDefault();
  }

  function searchDialog() {
    input = element("input", { type: "search", placeholder: "Search the documentation", autocomplete: "off", spellcheck: false });
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-label", "Search the documentation");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", "hits");
    input.setAttribute("aria-autocomplete", "list");
    results = element("div", { id: "hits", className: "hits", hidden: true });
    results.setAttribute("role", "listbox");
    results.setAttribute("aria-label", "Results");
    status_ = element("p", { className: "status" });
    status_.setAttribute("role", "status");
    dialog = element("dialog", { className: "search" }, [input, results, status_]);
    dialog.setAttribute("aria-label", "Search");
    dialog.addEventListener("click", function (event) { if (event.target === dialog) dialog.close(); });
    results.addEventListener("click", function () { dialog.close(); });
    input.addEventListener("focus", load);
    input.addEventListener("input", search);
    input.addEventListener("keydown", keys);
    document.body.append(dialog);
  }

  function openSearch() {
    if (!dialog) searchDialog();
    dialog.showModal();
    input.focus();
    input.select();
  }

  function searching() {
    document.querySelector("[data-find]").addEventListener("click", openSearch);
    document.addEventListener("keydown", function (event) {
      var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
      if (typing || event.altKey || dialog && dialog.open) return;
      if (event.key === "/" && !event.ctrlKey && !event.metaKey || event.key === "k" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        openSearch();
      }
    });
  }

  [navigation, menu, scheme, copyButtons, contents, searching].forEach(function (part) {
    try { part(); } catch (e) { console.error(e); }
  });
})();
