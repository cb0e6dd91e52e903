// Makes pages nicer; every one works without it.
"use strict";
const version = document.body.dataset.version;
// Another generation of the data, or another deployment: the page is shown anew, unless somebody is typing.
if (version) {
  // Forms keep what somebody has chosen.
  const isLive = ["/app/dashboards/", "/app/data", "/app/use-cases"].some(
    (page) => location.pathname.startsWith(page)) && !location.pathname.endsWith("/preview");
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch("/app/live").catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return;
    const state = await answer.json();
    const isTyping = document.activeElement && document.activeElement.matches("input, select, textarea");
    if (state.version && state.version !== version && !isTyping && isLive) {
      location.reload();
    }
  }, 5000);
}
