// Runs before the page is painted: marks that scripts work and applies the
// reader's colour scheme. Storage may be forbidden (sandbox, private mode).
(function () {
  var html = document.documentElement;
  html.classList.add("js");
  try {
    var scheme = localStorage.getItem("docs-scheme");
    if (scheme === "light" || scheme === "dark") html.dataset.scheme = scheme;
  } catch (e) { /* follow the system */ }
})();
