// A form that is kept on the device while one writes, and sent from there: <form data-offline="RULE">, docs/offline.md.
import * as db from './db.js';
import { read, same } from './fields.js';
import { settle } from './guard.js';
import { count, flushing, ready } from './offline.js';
import * as outbox from './outbox.js';
import { clock, hide, show } from './strip.js';

const PAUSE = 400; // milliseconds of rest before a draft is written

/** The form that is being written. */
export class Writing {
  constructor(form, scope = form) {
    this.form = form;
    this.scope = scope;
    this.timer = null;
    this.saving = Promise.resolve();
    this.free = null;
    this.doc = form.dataset.doc;
    this.begin();
  }

  begin() {
    const { form } = this;
    this.part = form.elements.part?.value ?? '';
    this.base = form.elements.base?.value ?? '';
    this.url = form.getAttribute('action');
    this.edit = form.dataset.edit || this.url;
    this.fresh = form.dataset.new !== undefined;
    this.first = read(this.scope);
    this.begun = null;
  }

  get page() {
    return this.fresh ? `/outbox/fiche#${this.doc}/${this.part}` : location.pathname + location.hash;
  }

  get title() {
    return this.scope.querySelector('[name="titre"]')?.value || this.form.dataset.title || '';
  }

  /** Brings back what this device holds of this part. */
  async restore() {
    const draft = await db.get('drafts', [this.doc, this.part]);
    const mine = (await outbox.items()).filter((item) => item.doc === this.doc && !item.marks.length);
    const item = mine.findLast((i) => i.rule !== 'append' && i.parts[this.part]);
    const fields = draft?.fields ?? item?.parts[this.part];
    if (mine.length) {
      this.fresh = this.fresh && mine[0].op_id === this.doc;
      if (!draft) this.base = `op:${mine.at(-1).op_id}`;
    }
    if (draft) Object.assign(this, { base: draft.base, begun: draft.begun_at });
    if (!fields || this.form.dataset.typed !== undefined) return false;
    const shown = this.first;
    if (item) this.first = item.parts[this.part]; // to take a change back is a change too
    if (same(fields, shown)) return false;
    (await import('./lists.js')).write(this.scope, fields);
    if (this.scope.querySelector('[data-file]')) import('./pictures.js').then(({ showKept }) => showKept(this.scope));
    if (draft && this.form.dataset.elsewhere === undefined) show('restored', { time: clock(draft.at) }, { drop: () => this.drop() });
    return true;
  }

  async drop() {
    await db.remove('drafts', [this.doc, this.part]);
    settle(this.form);
    location.reload();
  }

  changed() {
    this.begun ??= outbox.moment();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), PAUSE);
  }

  /** Writes the draft down now; "kept" is said only after that. */
  flush() {
    clearTimeout(this.timer);
    if (!this.begun || this.sealed) return this.saving;
    this.saving = this.saving.then(() => this.keep()).catch((error) => this.failed(error));
    return this.saving;
  }

  async keep() {
    const fields = read(this.scope);
    if (this.sealed) return;
    if (same(fields, this.first)) return void (await db.remove('drafts', [this.doc, this.part]));
    const at = outbox.moment();
    await db.put('drafts', {
      doc: this.doc, part: this.part, fields, at, base: this.base, begun_at: this.begun, title: this.title,
      page: this.page, schema: this.form.elements.schema_version?.value, fresh: this.fresh,
    });
    settle(this.form);
    const line = this.form.querySelector('[data-kept]');
    if (line) {
      line.querySelector('time').textContent = clock(at);
      line.hidden = false;
    }
    count();
    navigator.storage?.persist?.();
  }

  failed(error) {
    show(error?.name === 'QuotaExceededError' ? 'full' : 'nowhere');
    this.form.dataset.dirty = '';
  }

  /** Into the outbox, and off. Returns what became of it: { kind, next, problem }. */
  async send(verb, button) {
    await this.flush();
    this.sealed = true;
    const fields = read(this.scope);
    const answer = button?.name && button.name !== 'act' ? [[button.name, button.value]] : [];
    const entry = {
      doc: this.doc, part: this.part, rule: this.form.dataset.offline, url: this.url, edit: this.edit, base: this.base,
      schema: this.form.elements.schema_version?.value, begun_at: this.begun, title: this.title, page: this.page,
      fresh: this.fresh, fields: [...fields, ...answer], act: answer.length ? '' : verb,
    };
    const files = (await db.all('files')).filter((file) => file.doc === this.doc);
    if (files.length) await (await import('./pictures.js')).seal(entry, this.scope, files);
    else await outbox.seal(entry);
    this.first = fields;
    settle(this.form);
    return this.gone();
  }

  gone() {
    return new Promise((resolve) => {
      const ends = { sent: 1, conflict: 1, rejected: 1, offline: 1, waiting: 1, 'sign-in': 1, other: 1 };
      const listen = ({ detail }) => {
        if (!ends[detail.kind] || (detail.item && (detail.item.doc !== this.doc || detail.item.marks.length))) return;
        document.removeEventListener('tablee:outbox', listen);
        resolve(detail);
      };
      document.addEventListener('tablee:outbox', listen);
      outbox.drain({ force: true }).then(() => resolve({ kind: 'waiting' }));
    });
  }

  /** One tab writes at a time; another one reads, and may go on here. */
  async lock(again = false) {
    if (!navigator.locks) return;
    const name = `tablee-doc-${db.owner()}-${this.doc}`;
    const options = again ? { signal: AbortSignal.timeout(2000) } : { ifAvailable: true };
    await new Promise((resolve) => {
      const hold = (lock) => new Promise((free) => {
        if (!lock) { this.elsewhere(); free(); } else this.free = free;
        resolve();
      });
      navigator.locks.request(name, options, hold)
        .catch(() => (again ? navigator.locks.request(name, { steal: true }, hold) : null))
        .catch(() => this.elsewhere());
    });
  }

  /** Another tab writes in this document. */
  async elsewhere() {
    clearTimeout(this.timer);
    (await import('./elsewhere.js')).close(this);
  }
}

/** What happens after a text was sealed, on a page of the server. */
async function follow(writing, verb, outcome, button) {
  const { kind, receipt, next = receipt?.url, problem } = outcome;
  if (kind === 'sent' && next) return location.assign(next);
  if (kind === 'conflict') return location.assign(problem.choose);
  if (kind === 'rejected') return plainly(writing.form, button); // the server's own page says what is wrong
  const onward = verb === 'next' && writing.form.dataset.next;
  if (onward && navigator.serviceWorker?.controller && (kind === 'offline' || kind === 'waiting')) {
    return location.assign(`/outbox/fiche#${writing.doc}/${onward}`);
  }
  writing.sealed = false;
  writing.base = (await outbox.items()).filter((i) => i.doc === writing.doc && !i.marks.length).map((i) => `op:${i.op_id}`).at(-1) ?? writing.base;
  writing.fresh = false;
  return undefined;
}

/** Posts a form as it stands, with the button that was pressed. */
function plainly(form, button) {
  if (button) form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: button.name, value: button.value }));
  form.submit();
}

/** Listens to one form. `then(writing, verb, outcome)` says what follows. */
export async function attach(writing, then = follow) {
  const { form } = writing;
  flushing.add(() => writing.flush());
  form.addEventListener('input', () => writing.changed());
  form.addEventListener('change', ({ target }) => {
    if (target.type === 'file') import('./pictures.js').then(({ take }) => take(writing, target));
    else writing.changed();
  });
  addEventListener('pagehide', () => writing.flush());
  document.addEventListener('visibilitychange', () => { if (document.hidden) writing.flush(); });
  outbox.channel?.addEventListener('message', ({ data }) => {
    if (data.kind === 'release' && data.doc === writing.doc && data.uid === db.owner()) import('./elsewhere.js').then(({ release }) => release(writing));
  });
  form.addEventListener('submit', (event) => submit(event, writing, then));
}

async function submit(event, writing, then) {
  const { form } = writing;
  const { submitter } = event;
  const verb = submitter?.value || 'next';
  event.preventDefault();
  if (form.dataset.busy !== undefined) return;
  if (/^(add|up|down|remove):/.test(verb)) {
    await writing.flush();
    const { act } = await import('./lists.js').catch(() => ({}));
    const removed = (back) => show('removed', {}, { back: () => { back(); writing.changed(); hide('removed'); } });
    if (act?.(submitter, removed)) return writing.changed();
  }
  form.dataset.busy = '';
  try {
    await then(writing, verb, await writing.send(verb, submitter), submitter);
  } catch (error) {
    writing.sealed = false;
    if (!navigator.onLine) return writing.failed(error);
    plainly(form, submitter); // nothing could be kept here
  } finally {
    delete form.dataset.busy;
  }
}

/** The forms of a page that the server drew. */
export async function forms() {
  if (!(await ready)) return;
  for (const form of document.querySelectorAll('form[data-offline]:not([data-local])')) {
    const writing = new Writing(form);
    attach(writing);
    await writing.lock();
    await writing.restore();
    form.dataset.ready = '';
  }
}

forms();
