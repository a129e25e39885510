// Writes a note of a circle, on its own page and without a network: /outbox/note#CODE/ID, or #CODE/new. Two texts that
// were written at once are joined by the server, so nobody chooses here. See docs/offline.md.
import * as db from './db.js';
import { settle } from './guard.js';
import { ready } from './offline.js';
import * as outbox from './outbox.js';
import { show } from './strip.js';
import { attach, Writing } from './write.js';

const form = document.querySelector('form[data-local]');
const shell = document.querySelector('[data-note-shell]');
const reveal = (selector) => { shell.querySelector(selector).hidden = false; };

class Note extends Writing {
  /** A note that the server does not know yet opens from this device alone. */
  get page() { return this.fresh ? `/outbox/note#${this.form.dataset.code}/${this.doc}` : this.edit; }

  get title() { return this.form.elements.title.value || this.form.dataset.title; }
}

/** Fills the blank form with what this device holds of a note; false where it holds nothing. */
async function fill() {
  const [code, ref] = location.hash.slice(1).split('/');
  const fresh = ref === 'new';
  const doc = fresh ? outbox.uuid() : ref;
  const copy = doc && await db.get('copies', doc);
  const waits = (await outbox.items()).some((item) => item.doc === doc);
  const drafts = (await db.all('drafts')).filter((draft) => draft.doc === doc);
  if (!doc || !(fresh || copy || waits || drafts.length)) return false;
  const at = `/groups/${code}/notes/`;
  const unknown = !copy && !waits && !drafts.some(({ base }) => base);
  Object.assign(form.dataset, { doc, code, edit: `${at}${doc}/edit`, title: copy?.title || form.dataset.title });
  if (unknown) form.dataset.new = '';
  form.setAttribute('action', unknown ? `${at}new` : form.dataset.edit);
  form.elements.base.value = copy?.base ?? '';
  (await import('./lists.js')).write(form, copy?.parts.note ?? []);
  shell.querySelector('[data-place]').textContent = copy?.place ?? code;
  if (fresh) history.replaceState(null, '', `#${code}/${doc}`);
  form.hidden = false;
  return true;
}

/** On the blank page: the note, or the list of what is kept here. */
const onward = (_writing, _verb, { kind, receipt }) => location.assign((kind === 'sent' && receipt.url) || '/outbox');

/** A preview, and one of two versions, are drawn by the server and store nothing there; here the text is kept. */
function preview(event) {
  if ((event.submitter?.value || 'keep') === 'keep') return;
  event.stopImmediatePropagation();
  settle(form);
}

async function start() {
  const able = await ready;
  if (shell && !able) return reveal('[data-nobody]');
  if (!able) return undefined;
  if (shell && !(await fill())) return reveal('[data-nothing]');
  const writing = new Note(form);
  form.addEventListener('submit', preview);
  attach(writing, ...(shell ? [onward] : []));
  await writing.lock();
  await writing.restore();
  const waits = (await outbox.items()).some(({ doc }) => doc === writing.doc);
  if (form.dataset.typed !== undefined && !waits) { // what came back with the page is nowhere else
    writing.first = [];
    writing.changed();
  }
  form.dataset.ready = '';
  return undefined;
}

if (shell) addEventListener('hashchange', () => location.reload());
start().catch(() => show('nowhere'));
