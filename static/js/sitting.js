// A meeting while it is held: many small forms, each kept on the device and sent from there while one goes on writing.
// What others write comes in around them. Without a network: /outbox/meeting#CODE. See docs/offline.md.
import * as db from './db.js';
import { read, same } from './fields.js';
import { settle } from './guard.js';
import { count, flushing, ready } from './offline.js';
import * as outbox from './outbox.js';
import { show } from './strip.js';

const PAUSE = 400; // milliseconds of rest before a draft is written
const LOOK = 15_000; // milliseconds between two looks at the clock and at what others wrote
const one = (selector, scope = document) => scope.querySelector(selector);
const all = (selector, scope = document) => [...scope.querySelectorAll(selector)];
const shell = one('[data-sitting-shell]');
const code = shell ? location.hash.slice(1) : one('[data-sitting]').dataset.sitting;
const page = `/outbox/meeting#${code}`;
const written = new Map(); // form → what is being written in it
const parse = (html) => new DOMParser().parseFromString(html, 'text/html');

const isText = (form) => form?.dataset.part && form.dataset.offline;
const of = (form) => {
  if (!written.has(form)) written.set(form, { doc: form.dataset.doc ?? outbox.uuid(), first: read(form), base: '' });
  return written.get(form);
};

function entry(form, fields) {
  const { doc, begun, base } = of(form);
  const [, text = ''] = fields.find(([, said]) => said) ?? [];
  return {
    doc, base, fields, page, part: form.dataset.part ?? '', begun_at: begun ?? outbox.moment(), schema: '1', fresh: !form.dataset.doc,
    title: form.dataset.title.replace('{text}', text.slice(0, 60)),
  };
}

/** Writes the draft of a form down. */
async function keep(form) {
  const { begun, first, timer } = of(form);
  clearTimeout(timer);
  if (!begun) return;
  const draft = entry(form, read(form));
  if (same(draft.fields, first)) return void (await db.remove('drafts', [draft.doc, draft.part]));
  await db.put('drafts', { ...draft, at: outbox.moment() });
  settle(form);
  count();
}

const flush = () => Promise.all([...written.keys()].filter(isText).map(keep));

function typed({ target: { form } }) {
  if (!isText(form)) return;
  const state = of(form);
  state.begun ??= outbox.moment();
  clearTimeout(state.timer);
  state.timer = setTimeout(() => keep(form).catch(() => show('nowhere')), PAUSE);
}

/** Into the outbox; the form is free for the next one at once. */
async function submit(event) {
  const { target: form, submitter } = event;
  const { offline: rule, doc } = form.dataset;
  if (!rule) return;
  event.preventDefault();
  clearTimeout(of(form).timer);
  const url = form.getAttribute('action');
  const pressed = submitter?.name ? [[submitter.name, submitter.value]] : [];
  try {
    const op = await outbox.seal({ ...entry(form, [...read(form), ...pressed]), rule, url, edit: url, act: '' });
    settle(form);
    written.delete(form);
    after(form, submitter);
    of(form).base = doc ? `op:${op}` : '';
  } catch {
    if (!navigator.onLine) return void show('nowhere');
    delete form.dataset.offline; // nothing can be kept here: the plain way
    form.requestSubmit(submitter);
  }
  await draw();
  outbox.drain({ force: true });
}

function after(form, button) {
  const { doc, part } = form.dataset;
  const item = one('[name="item"]', form); // `elements.item` is a function of every form
  if (item) for (const select of all('#noter [name="item_id"]')) select.value = item.value;
  for (const other of all('[aria-pressed]', form)) other.setAttribute('aria-pressed', other === button);
  if (!part) return;
  if (doc) return void (form.closest('details').open = false);
  const where = form.elements.item_id?.value;
  form.reset();
  if (where) form.elements.item_id.value = where;
  one('textarea, input:not([type="hidden"])', form).focus();
}

/** What was written here and has not arrived. */
async function draw() {
  const place = one('[data-kept-here]');
  const mine = (await outbox.items()).filter((item) => item.page === page);
  if (!place) return;
  place.hidden = !mine.length;
  one('ul', place).replaceChildren(...mine.map(({ title, problem }) => {
    const why = problem?.sentence ?? Object.values(problem?.errors ?? {})[0];
    return Object.assign(document.createElement('li'), { textContent: why ? `${title} – ${why}` : title });
  }));
}

function tick() {
  for (const { dataset: d, firstChild } of all('[data-ticking]')) {
    const n = Math.max(0, Math.floor((Date.now() - Date.parse(d.ticking)) / 60_000));
    firstChild.data = (n > d.max && d.max > 0 ? d.over : d.text).replace('{n}', n).replace('{max}', d.max);
  }
}

/** The page as the server has it now, in its place; where one writes, nothing moves. */
async function look() {
  tick();
  if (document.hidden) return;
  const answer = await fetch(`/meetings/${code}/live${shell ? '' : location.search}`, { redirect: 'manual' }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = parse(await answer.text());
  for (const part of all('[data-fresh]')) {
    const next = one(`[data-fresh="${part.dataset.fresh}"]`, fresh);
    const here = part.contains(document.activeElement) && document.activeElement;
    if (!next || (here && here.matches('input, select, textarea')) || one('[data-edit][open]', part)) continue;
    for (const { id, open } of all('details[id]', part)) if (open) one(`#${id}`, next)?.setAttribute('open', '');
    part.replaceWith(document.importNode(next, true));
    if (here.id) one(`#${here.id}`)?.focus({ preventScroll: true });
  }
  tick();
  copy(fresh);
}

const copy = async (from) => db.owner() && (await import('./copies.js')).keepSitting(from);

/** Puts what was being written back in its place. */
async function restore() {
  for (const draft of (await db.all('drafts')).filter((d) => d.page === page)) {
    const form = one(`form[data-part="${draft.part}"]${draft.fresh ? ':not([data-doc])' : `[data-doc="${draft.doc}"]`}`);
    if (!form || of(form).begun) continue; // what another tab wrote comes back when this one has left
    Object.assign(of(form), { doc: draft.doc, begun: draft.begun_at, base: draft.base });
    (await import('./lists.js')).write(form, draft.fields);
    for (let fold = form; (fold = fold.parentElement.closest('details'));) fold.open = true;
  }
}

async function start() {
  const able = await ready;
  if (shell) {
    const kept = able && (await db.get('meta', `sitting/${code}`));
    if (!kept) return void (one(able ? '[data-nothing]' : '[data-nobody]').hidden = false);
    shell.replaceChildren(...parse(kept.html).body.children);
  }
  setInterval(look, LOOK);
  tick();
  if (!able) return;
  if (!shell) copy(document);
  document.addEventListener('focusin', ({ target: { form } }) => isText(form) && of(form)); // as it was before one writes
  document.addEventListener('input', typed);
  document.addEventListener('submit', submit);
  document.addEventListener('tablee:outbox', ({ detail: { kind } }) => {
    draw();
    if (kind === 'rest') look();
  });
  flushing.add(flush);
  addEventListener('pagehide', flush);
  document.addEventListener('visibilitychange', flush);
  await restore();
  await draw();
  document.body.dataset.ready = '';
}

start();
