// Keeps the sentence under a text true while one writes. It advises, and never stops anyone.
//
// <p class="count" data-count="ID" data-max="600" data-text="{n} … {max} …" data-text-over="…">: ID is the
// control's. Controls added later count too.

const lang = document.documentElement.lang || 'fr';
const segmenter = 'Segmenter' in Intl ? new Intl.Segmenter(lang, { granularity: 'grapheme' }) : null;
const figure = new Intl.NumberFormat(lang);
const waiting = new Set();

/** Signs as a person counts them: an accent or a composed emoji is no sign of its own. */
export function signs(text) {
  if (!segmenter) return [...text.normalize('NFC')].length;
  let n = 0;
  for (const _ of segmenter.segment(text)) n += 1;
  return n;
}

/** Writes the count of one control. */
export function count(control) {
  const line = control.id && document.querySelector(`.count[data-count="${CSS.escape(control.id)}"]`);
  if (!line) return;
  const n = signs(control.value);
  const max = Number(line.dataset.max);
  const over = n > max;
  line.toggleAttribute('data-over', over);
  line.textContent = (over ? line.dataset.textOver : line.dataset.text)
    .replace('{n}', figure.format(n))
    .replace('{max}', figure.format(max));
}

for (const event of ['input', 'tablee:filled']) document.addEventListener(event, ({ target }) => {
  if (waiting.has(target)) return;
  waiting.add(target);
  requestAnimationFrame(() => {
    waiting.delete(target);
    count(target);
  });
});

// A browser that comes back to a page fills its controls with what was typed.
addEventListener('pageshow', () => {
  for (const line of document.querySelectorAll('.count[data-count]')) {
    const control = document.getElementById(line.dataset.count);
    if (control && control.value !== control.defaultValue) count(control);
  }
});
