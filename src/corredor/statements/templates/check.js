(function () {
  var sheet = document.getElementById("sheet"), body = document.getElementById("sheet-body");
  var narrow = window.matchMedia("(max-width: 860px)");
  function show(n, move) {
    document.querySelectorAll(".on").forEach(function (e) { e.classList.remove("on"); });
    var card = document.getElementById("c" + n), sentence = document.getElementById("s" + n);
    if (!card) { return; }
    card.classList.add("on"); sentence.classList.add("on");
    if (narrow.matches) {
      if (!move) { return; }
      var copy = card.cloneNode(true); copy.removeAttribute("id");
      body.replaceChildren(copy); sheet.hidden = false;
    } else {
      var list = card.parentElement;
      list.scrollTop += card.getBoundingClientRect().top - list.getBoundingClientRect().top - 8;
    }
  }
  document.querySelectorAll(".st").forEach(function (e) {
    var n = e.dataset.card;
    e.addEventListener("mouseenter", function () { show(n, false); });
    e.addEventListener("focus", function () { show(n, false); });
    e.addEventListener("click", function (event) { event.preventDefault(); show(n, true); });
  });
  document.getElementById("close").addEventListener("click", function () { sheet.hidden = true; });
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") { sheet.hidden = true; } });
}());
