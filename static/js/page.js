// Loaded by every page. Each module adds one behaviour to a page that already works without it.
import './counter.js';
import './menu.js';
import './guard.js';
import './offline.js';

const more = { '[data-copy]': './copy.js', 'form:not([data-offline]) [data-file]': './upload.js', '[data-live]': './live.js' };
for (const [sign, module] of Object.entries(more)) if (document.querySelector(sign)) import(module).catch(() => {});

// A form that came back with something to look at again: the keyboard starts at the list of what it is.
document.querySelector('[data-focus]')?.focus();
