// Keeps a [data-live="URL"] part true while long work goes on: fetches the page anew and puts its part in place.
// When the page no longer has the part the work is over, and the page itself is opened. Without this file a link does it.

const FIRST = 2000;
const LAST = 15000;
const part = document.querySelector('[data-live]');

async function look(old, wait) {
  let next = old;
  if (!document.hidden) {
    try {
      const answer = await fetch(old.dataset.live, { headers: { Accept: 'text/html' } });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const fresh = page.querySelector('[data-live]');
      if (answer.ok && !fresh) {
        location.assign(old.dataset.live);
        return;
      }
      if (answer.ok && !old.contains(document.activeElement)) {
        next = document.importNode(fresh, true);
        old.replaceWith(next);
      }
    } catch {
      // No network: the part stays as it was, and the next look may do better.
    }
  }
  setTimeout(look, wait, next, Math.min(wait * 1.4, LAST));
}

if (part) setTimeout(look, FIRST, part, FIRST);
