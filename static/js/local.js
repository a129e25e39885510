// Writes a fiche from what this device holds of it: /outbox/fiche#DOCUMENT/PART, or #new. The page has all parts, blank.
import * as db from './db.js';
import { read } from './fields.js';
import { write } from './lists.js';
import { verify } from './last.js';
import { ready } from './offline.js';
import * as outbox from './outbox.js';
import { show } from './strip.js';
import { attach, Writing } from './write.js';

const form = document.querySelector('form[data-local]');
const sections = [...form.querySelectorAll('section[data-part]')];
const name = (selector, on) => { document.querySelector(selector).hidden = !on; };

/** One part of one document, as this device knows it. */
class Local extends Writing {
  constructor(doc, section, known) {
    super(form, section);
    const { copy, waiting, drafts } = known;
    this.doc = doc;
    this.part = section.dataset.part;
    // A draft that begins from something is of a document that is there, also while its copy is not here.
    this.fresh = !copy && !waiting.length && !drafts.some((d) => d.base);
    this.url = form.getAttribute('action');
    this.edit = this.url + doc;
    this.base = copy?.base ?? '';
    this.known = copy?.title || waiting.at(-1)?.title || '';
    write(section, copy?.parts?.[this.part] ?? []);
    this.begin = () => {};
  }

  get page() { return `/outbox/fiche#${this.doc}/${this.part}`; }

  get title() { return form.querySelector('[name="titre"]').value || this.known; }
}

let current = null;

/** What this device holds of a document that a link names by number or id. */
async function find(ref) {
  const copy = (await db.all('copies')).find((c) => c.id === ref || c.number === ref);
  const doc = copy?.id ?? ref;
  const waiting = (await outbox.items()).filter((i) => i.doc === doc && !i.marks.length);
  const drafts = (await db.all('drafts')).filter((d) => d.doc === doc);
  return { doc, copy, waiting, drafts };
}

async function open() {
  await current?.leave?.();
  const [ref, part] = location.hash.slice(1).split('/');
  if (ref === 'new' || !ref) return location.replace(`#${outbox.uuid()}/${sections[0].dataset.part}`);
  const known = await find(ref);
  const section = sections.find((s) => s.dataset.part === part) ?? sections[0];
  const nothing = !known.copy && !known.waiting.length && !known.drafts.length && section !== sections[0];
  name('[data-nothing]', nothing);
  name('[data-local]', !nothing);
  if (nothing) return undefined;
  for (const one of sections) one.hidden = one !== section;
  if (known.copy) write(sections[0], known.copy.parts[sections[0].dataset.part] ?? []);
  const writing = new Local(known.doc, section, known);
  const { scope } = writing;
  form.elements.part.value = writing.part;
  steps(known, writing);
  head(writing);
  await writing.lock();
  writing.first = read(scope);
  await writing.restore();
  errors(known.waiting.find((i) => i.state === 'rejected'), scope);
  settleOn(writing);
  form.dataset.ready = writing.part;
  return undefined;
}

/** One set of listeners serves every part that is opened: they speak to the current one. */
function settleOn(writing) {
  const first = !current;
  current = writing;
  current.leave = async () => { await writing.flush(); writing.free?.(); };
  if (first) attach(new Proxy({}, { get: (_, key) => bound(current, key), set: (_, key, value) => Reflect.set(current, key, value) }), onward);
}

const bound = (object, key) => (typeof object[key] === 'function' ? object[key].bind(object) : object[key]);

function head({ scope, title }) {
  document.querySelector('h1').textContent = scope.dataset.title;
  document.querySelector('[data-doc-title]').textContent = title;
  document.title = document.title.replace(/^.*(?= – )/, scope.dataset.title);
}

function steps({ copy, waiting, drafts }, { doc, part }) {
  const begun = new Set([...drafts.map((d) => d.part), ...waiting.flatMap((i) => Object.keys(i.parts)),
    ...Object.entries(copy?.parts ?? {}).filter(([, fields]) => fields.some(([, text]) => text.trim())).map(([key]) => key)]);
  for (const nav of document.querySelectorAll('ol.parts')) {
    sections.forEach(({ dataset }, at) => {
      const link = nav.children[at].firstElementChild;
      link.href = `#${doc}/${dataset.part}`;
      link.querySelector('small')?.remove(); // what a part still needs, only the site knows
      if (dataset.part === part) link.setAttribute('aria-current', 'step');
      else link.removeAttribute('aria-current');
    });
  }
  const place = document.querySelector('[data-place]');
  place.textContent = place.dataset.place.replace('{n}', sections.findIndex((s) => s.dataset.part === part) + 1);
  for (const bar of document.querySelectorAll('ol.seg')) {
    sections.forEach(({ dataset }, at) => { bar.children[at].className = dataset.part === part ? 'now' : begun.has(dataset.part) ? 'done' : ''; });
  }
}

/** The sentences of the server beside the answers that it did not take. */
function errors(item, scope) {
  const place = form.querySelector('[data-errors]');
  place.replaceChildren();
  const said = Object.entries(item?.problem?.errors ?? {});
  if (!said.length) return;
  const note = document.querySelector('#errors').content.firstElementChild.cloneNode(true);
  for (const [key, sentence] of said) {
    const control = scope.querySelector(`[name="${CSS.escape(key)}"]`);
    const line = document.createElement('li');
    const link = document.createElement(control ? 'a' : 'span');
    if (control) {
      link.href = `#${control.id}`;
      link.addEventListener('click', (event) => { event.preventDefault(); control.focus(); });
      control.setAttribute('aria-invalid', 'true');
      control.closest('.field, .mini')?.classList.add('bad-field');
    }
    link.textContent = sentence;
    line.append(link);
    note.querySelector('ul').append(line);
  }
  place.append(note);
  note.focus();
}

/** After a part was sealed: the next one, or the list of what is kept here. */
async function onward(writing, verb, { kind, problem }) {
  if (kind === 'conflict') return location.assign(problem.choose);
  if (kind === 'rejected' || kind === 'other') {
    writing.sealed = false;
    return open();
  }
  const at = sections.findIndex((s) => s.dataset.part === writing.part);
  const next = verb === 'next' && sections[at + 1];
  location.assign(next ? `#${writing.doc}/${next.dataset.part}` : '/outbox');
  if (next) scrollTo(0, 0);
  return undefined;
}

if (await ready) {
  verify();
  addEventListener('hashchange', () => open().then(() => document.querySelector('#contenu').focus()));
  open().catch(() => show('nowhere'));
} else name('[data-nobody]', true);
