// A <details data-menu> shuts with Escape and when one goes elsewhere, as a menu does.

const open = () => [...document.querySelectorAll('details[data-menu][open]')];

addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  const last = open().pop();
  if (!last) return;
  last.open = false;
  const summary = last.querySelector('summary');
  if (summary.checkVisibility?.() ?? true) summary.focus();
});

function leave({ target }) {
  for (const menu of open()) if (target instanceof Node && !menu.contains(target)) menu.open = false;
}

addEventListener('pointerdown', leave);
addEventListener('focusin', leave);
