// The agenda in its form: rows move in place by their arrows or by drag, minutes are summed as they are typed.
// Without this file the same arrows and numbers post the form.
const form = document.querySelector('form[data-arrange]');
const list = form?.querySelector('.plan');
const words = form?.querySelector('[data-said]');
const rows = () => [...list.children];

function say(text) { words.textContent = text; }

function touched() { form.dataset.dirty = ''; }

function renumber() {
  const all = rows();
  all.forEach((row, n) => {
    row.querySelector('[data-place]').value = n + 1;
    for (const [step, end] of [['-1', 0], ['1', all.length - 1]]) {
      const button = row.querySelector(`[data-move="${step}"]`);
      if (n === end) button.setAttribute('aria-disabled', 'true');
      else button.removeAttribute('aria-disabled');
    }
  });
}

function tell(row) {
  const all = rows();
  say(words.dataset.said.replace('{title}', row.querySelector('h2').textContent)
    .replace('{place}', all.indexOf(row) + 1).replace('{all}', all.length));
}

function move(row, step) {
  const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (step < 0) other.before(row);
  else other.after(row);
  renumber();
  touched();
  tell(row);
}

function sum() {
  const total = [...list.querySelectorAll('[data-minutes]')].reduce((all, input) => all + (parseInt(input.value, 10) || 0), 0);
  const line = form.querySelector('[data-sum]');
  const length = line.dataset.length;
  const number = line.querySelector('b');
  number.textContent = number.textContent.replace(/^\d+/, total);
  if (length === undefined) return;
  const left = Number(length) - total;
  const text = left === 0 ? words.dataset.even : (left < 0 ? words.dataset.over : words.dataset.left).replace('{n}', Math.abs(left));
  line.querySelector('.state')?.replaceChildren(text);
  say(text);
}

function drag() {
  let held = null;
  for (const row of rows()) {
    const grip = row.querySelector('.what');
    grip.draggable = true;
    grip.classList.add('grip');
    grip.querySelector('a').draggable = false;
    grip.addEventListener('dragstart', (event) => {
      held = row;
      event.dataTransfer.effectAllowed = 'move';
      event.dataTransfer.setData('text/plain', row.id);
    });
    grip.addEventListener('dragend', () => { held = null; });
    row.addEventListener('dragover', (event) => {
      if (!held || held === row) return;
      event.preventDefault();
      const box = row.getBoundingClientRect();
      if (event.clientY < box.top + box.height / 2) row.before(held);
      else row.after(held);
    });
    row.addEventListener('drop', (event) => {
      event.preventDefault();
      renumber();
      touched();
      if (held) tell(held);
    });
  }
}

if (list) {
  list.addEventListener('click', (event) => {
    const button = event.target.closest('[data-move]');
    if (!button) return;
    event.preventDefault();
    move(button.closest('li'), Number(button.dataset.move));
    button.focus();
  });
  list.addEventListener('input', (event) => { if (event.target.matches('[data-minutes]')) sum(); });
  drag();
}
