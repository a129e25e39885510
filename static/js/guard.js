// Asks before leaving a page whose <form data-guard> holds something that is stored nowhere: `data-dirty` says so.

/** What this form holds is safe elsewhere. */
export function settle(form) {
  delete form.dataset.dirty;
}

document.addEventListener('input', ({ target }) => {
  const form = target.form?.closest('form[data-guard]');
  if (form) form.dataset.dirty = '';
});

// Last of all listeners: a submission that another module holds back has stored nothing yet.
addEventListener('submit', (event) => {
  if (!event.defaultPrevented) settle(event.target);
});

addEventListener('beforeunload', (event) => {
  if (document.querySelector('form[data-guard][data-dirty]')) event.preventDefault();
});
