// A button that copies a text: <div data-copy="ID"> with the text in #ID, a hidden button and a [role=status] line.
// Without a clipboard (an address without https) the text is selected, and the line says how to go on.

for (const button of document.querySelectorAll('[data-copy] button[hidden]')) button.hidden = false;

document.addEventListener('click', async ({ target }) => {
  const button = target.closest('[data-copy] button[type="button"]');
  if (!button) return;
  const box = button.closest('[data-copy]');
  const text = document.getElementById(box.dataset.copy);
  const line = box.querySelector('[role="status"]');
  let done = false;
  try {
    await navigator.clipboard.writeText(text.value);
    done = true;
  } catch {
    text.focus();
    text.select();
  }
  if (line) line.textContent = done ? line.dataset.done : line.dataset.failed;
});
