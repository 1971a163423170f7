// Updates the page in place: the server says that a call changed, we ask for the part anew. No framework.
"use strict";
(() => {
  const part = document.getElementById("part");
  const link = document.getElementById("link");
  if (!part.dataset.part) return;
  let asking = false;
  let due = false;

  const isSelecting = () => {
    const selection = document.getSelection();
    return selection && !selection.isCollapsed && part.contains(selection.anchorNode);
  };

  const toEnd = () => part.querySelectorAll(".live .talk").forEach((talk) => { talk.scrollTop = talk.scrollHeight; });

  const lengths = () => part.querySelectorAll("[data-since]").forEach((time) => {
    const seconds = Math.max(0, Math.floor((Date.now() - Number(time.dataset.since)) / 1000));
    time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  });

  const put = (html) => {
    const focused = document.activeElement && document.activeElement.id;
    const fresh = new DOMParser().parseFromString(html, "text/html");
    part.replaceChildren(...fresh.body.childNodes);
    if (focused && document.getElementById(focused)) document.getElementById(focused).focus({ preventScroll: true });
    lengths();
    toEnd();
  };

  const ask = async () => {
    if (asking || isSelecting()) { due = true; return; }
    asking = true;
    due = false;
    try {
      const answer = await fetch(part.dataset.part, { cache: "no-store" });
      if (answer.ok) put(await answer.text());
    } catch {
      // The stream's own state says so to the reader; the next change asks again.
    }
    asking = false;
    if (due && !isSelecting()) ask();
  };

  const say = (state, text) => { link.dataset.state = state; link.textContent = text; };

  const changes = new EventSource("/changes");
  changes.addEventListener("open", () => { say("on", "live"); ask(); });
  changes.addEventListener("error", () => say("off", "reconnecting"));
  changes.addEventListener("change", (change) => {
    const only = part.dataset.call;
    if (!only || !change.data || change.data === only) ask();
  });
  document.addEventListener("selectionchange", () => { if (due && !isSelecting()) ask(); });
  setInterval(lengths, 1000);
  lengths();
  toEnd();
})();
