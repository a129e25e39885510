// The strip under the bar: where the text is, in one sentence. Its words stand in the page, in #strip (offline/strip.html).

const lang = document.documentElement.lang || 'fr';
const hour = new Intl.DateTimeFormat(lang, { hour: 'numeric', minute: '2-digit', hour12: false });
const day = new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'long' });

// For screen readers: there before there is something to say.
const say = Object.assign(document.createElement('p'), { className: 'hidden-text' });
say.setAttribute('role', 'status');
document.querySelector('[data-strip]')?.after(say);

/** « 17 h 42 », with the day before it when it is not today. */
export function clock(iso) {
  const date = new Date(iso);
  const time = lang.startsWith('fr') ? hour.format(date).replace(':', ' h ') : hour.format(date);
  return today(iso) ? time : `${day.format(date)}, ${time}`;
}

export const today = (iso) => new Date(iso).toDateString() === new Date().toDateString();

/** A piece of the page that waits in a <template>, with its {places} filled. */
export function piece(selector, values = {}) {
  const node = document.querySelector('#strip').content.querySelector(selector)?.cloneNode(true);
  for (const text of node ? texts(node) : []) {
    text.data = text.data.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  }
  return node;
}

function texts(node) {
  const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const out = [];
  while (walk.nextNode()) out.push(walk.currentNode);
  return out;
}

/** Shows one sentence and says it to a screen reader; `acts`: name of a button → what it does. */
export function show(kind, values = {}, acts = {}) {
  const place = document.querySelector('[data-strip]');
  const device = matchMedia('(pointer: coarse), (max-width: 44rem)').matches ? place?.dataset.phone : place?.dataset.computer;
  const strip = place && piece(`[data-as="${kind}"]`, { device, ...values });
  if (!strip) return;
  const said = strip.textContent.trim().replace(/\s+/g, ' ');
  if (place.dataset.said === said) return;
  place.dataset.said = said;
  for (const button of strip.querySelectorAll('[data-act]')) {
    button.addEventListener('click', () => acts[button.dataset.act]?.(button));
  }
  for (const link of strip.querySelectorAll('a[data-to]')) if (values[link.dataset.to]) link.href = values[link.dataset.to];
  place.replaceChildren(strip);
  say.textContent = strip.querySelector('p').textContent.trim().replace(/\s+/g, ' ');
}

/** Takes the strip away; with a kind, only that one. */
export function hide(kind) {
  const place = document.querySelector('[data-strip]');
  if (!place || (kind && !place.querySelector(`[data-as="${kind}"]`))) return;
  place.replaceChildren();
  delete place.dataset.said;
}
