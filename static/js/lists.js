// Pairs [name, text] back into a form; and its lists, which lengthen and shorten here as they do on the server: a
// <template data-list="KEY"> holds one empty line or item, with __id__ where its name comes.
import { controls } from './fields.js';

/** Makes the controls of this part say what these pairs say. */
export function write(scope, fields) {
  const texts = new Map();
  for (const [name, text] of fields) texts.set(name, [...(texts.get(name) ?? []), text]);
  for (const template of scope.querySelectorAll('template[data-list]')) lengthen(template, texts.get(template.dataset.list) ?? []);
  const seen = new Map();
  for (const control of controls(scope)) {
    const wanted = texts.get(control.name) ?? [];
    if (control.type === 'checkbox' || control.type === 'radio') {
      control.checked = wanted.includes(control.value) || (control.type === 'radio' && !control.value && !wanted.length);
    } else {
      const at = seen.get(control.name) ?? 0;
      seen.set(control.name, at + 1);
      set(control, wanted[at] ?? '');
      if (control.closest('[data-many]') && wanted.length > at + 1 && !after(control)) another(control);
    }
  }
  for (const control of controls(scope)) {
    if (!control.value || control.type === 'hidden' || control.type === 'radio') continue;
    if (control.type === 'checkbox' && !control.checked) continue;
    control.closest('details')?.setAttribute('open', '');
  }
}

function set(control, text) {
  if (control.tagName === 'SELECT' && text && ![...control.options].some((o) => o.value === text)) {
    control.append(new Option(text, text)); // an answer that is no longer offered stays as it is
  }
  control.value = text;
  control.dispatchEvent(new Event('tablee:filled', { bubbles: true }));
}

const after = (control) => control.closest('.mini').nextElementSibling?.querySelector(`[name="${CSS.escape(control.name)}"]`);

/** One more line beside this one, in a list that has no button of its own. */
function another(control) {
  const row = control.closest('.mini');
  const next = row.cloneNode(true);
  const input = next.querySelector('input');
  input.id = `${control.id}-n`;
  next.querySelector('label').htmlFor = input.id;
  row.after(next);
  set(input, '');
}

const nameOf = (li, key) => li.querySelector(`input[name="${CSS.escape(key)}"]`)?.value;
const rows = (template) => [...(listOf(template)?.children ?? [])];

function listOf(template) {
  const before = template.previousElementSibling;
  return before?.matches('ol.items') ? before : null;
}

function lengthen(template, values) {
  const { list: key } = template.dataset;
  if (template.dataset.kind === 'lines') {
    const wanted = Math.max(1, values.length);
    while (rows(template).length < wanted) add(template);
    for (const li of rows(template).slice(wanted)) li.remove();
  } else {
    const known = new Map(rows(template).map((li) => [nameOf(li, key), li]));
    for (const [name, li] of known) if (!values.includes(name)) li.remove();
    for (const name of values) {
      const li = known.get(name) ?? add(template, name);
      listOf(template).append(li);
    }
  }
  number(template);
}

/** A new line or item at the end. */
function add(template, name = crypto.randomUUID().replaceAll('-', '').slice(0, 12)) {
  let list = listOf(template);
  if (!list) {
    list = document.createElement('ol');
    list.className = template.dataset.kind === 'lines' ? 'items lines' : 'items';
    list.setAttribute('role', 'list');
    template.before(list);
  }
  const made = document.createElement('template');
  made.innerHTML = template.innerHTML.replaceAll('__id__', name);
  const li = made.content.firstElementChild;
  list.append(li);
  return li;
}

/** Numbers the lines, and says which cannot go further up or down. */
function number(template) {
  const all = rows(template);
  all.forEach((li, at) => {
    const called = `${template.dataset.one} ${at + 1}`;
    const name = li.querySelector('.name, .mini > label');
    if (name) name.textContent = called;
    for (const button of li.querySelectorAll('.tools button')) {
      button.querySelector('.hidden-text').textContent = ` ${called.toLowerCase()}`;
      if (button.value.startsWith('up:')) button.disabled = at === 0;
      if (button.value.startsWith('down:')) button.disabled = at === all.length - 1;
    }
  });
}

/**
 * Does what a button of a list says, in the page; false where the page has no template for it.
 * `removed(back)` is called after a removal, with the function that takes it back.
 */
export function act(button, removed) {
  const [, verb, key] = /^(add|up|down|remove):(.*?)(?::[^:]*)?$/.exec(button.value) ?? [];
  const form = button.closest('form');
  const template = verb && form.querySelector(`template[data-list="${CSS.escape(key)}"]`);
  if (!template) return false;
  const li = button.closest('li.item');
  if (verb === 'add') {
    const made = add(template);
    number(template);
    made.querySelector('input:not([type="hidden"]), textarea, select')?.focus();
  } else if (verb === 'remove') {
    const next = li.nextElementSibling;
    const list = li.parentElement;
    li.remove();
    number(template);
    form.querySelector(`button[value="add:${CSS.escape(key)}"]`).focus();
    removed(() => { list.insertBefore(li, next?.isConnected ? next : null); number(template); });
  } else {
    const to = verb === 'up' ? li.previousElementSibling : li.nextElementSibling;
    if (to) to[verb === 'up' ? 'before' : 'after'](li);
    number(template);
    (button.disabled ? li.querySelector('.tools button:not([disabled])') : button).focus();
  }
  form.dispatchEvent(new Event('input', { bubbles: true }));
  return true;
}
