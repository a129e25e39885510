// The page of what this device holds: everything that was not acknowledged, to send, open, export or delete.
import * as db from './db.js';
import { goOut } from './leaving.js';
import { verify } from './last.js';
import { count, ready } from './offline.js';
import * as outbox from './outbox.js';
import { size } from './upload.js';
import { clock, today } from './strip.js';

const wordsFor = (key, values = {}) => document.querySelector('#lines').content.querySelector(`[data-words="${key}"]`)
  .textContent.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
const part = (name) => document.querySelector(`[data-${name}]`);
const all = (name) => document.querySelectorAll(`[data-${name}]`);

function line(kind, { title, meta, open, choose, problem, acts = {} }) {
  const li = document.querySelector('#lines').content.querySelector(`[data-line="${kind}"]`).cloneNode(true);
  li.dataset.about = open;
  const heading = li.querySelector('[data-title]');
  heading.textContent = title || wordsFor('untitled');
  li.querySelector('[data-meta]').textContent = meta;
  for (const link of li.querySelectorAll('[data-open]')) if (open) link.href = open; else link.remove();
  if (choose) li.querySelector('[data-choose]').href = choose;
  if (problem) li.querySelector('[data-problem]').textContent = problem;
  for (const button of li.querySelectorAll('[data-act]')) {
    const act = acts[button.dataset.act];
    button.hidden = !act;
    button.append(Object.assign(document.createElement('span'), { className: 'hidden-text', textContent: ` : ${heading.textContent}` }));
    if (act) button.addEventListener('click', act);
  }
  return li;
}

function why({ status, errors, sentence }) {
  if (errors) return Object.values(errors).join(' ') || wordsFor('wrong');
  return sentence ?? wordsFor(status === 409 ? 'closed' : status === 426 ? 'old' : status === 422 ? 'wrong' : 'gone');
}

function item(one) {
  const kind = one.state === 'sending' ? 'sending' : one.marks.length && one.state !== 'rejected' ? 'pictures'
    : one.state === 'unknown' ? 'queued' : one.state;
  return line(kind, {
    title: one.title, open: one.page, choose: one.problem?.choose,
    meta: `${written(one)} ${one.tries && waits(one) ? wordsFor('tried') : ''}`,
    problem: one.state === 'rejected' ? why(one.problem ?? {}) : '',
    acts: {
      send: one.state === 'rejected' ? null : () => outbox.drain({ force: true, anew: true }),
      export: () => save([], [one]),
      delete: () => ask('ask-delete') && db.change(['outbox'], (tx) => tx.objectStore('outbox').delete(one.op_id)).then(draw),
    },
  });
}

const waits = ({ state }) => state !== 'rejected' && state !== 'conflict';
const written = ({ at }) => wordsFor(today(at) ? 'written-today' : 'written', { time: clock(at) });

const draft = (one) => line('draft', {
  title: one.title, open: one.page, meta: written(one),
  acts: {
    export: () => save([one], []),
    delete: () => ask('ask-delete') && db.remove('drafts', [one.doc, one.part]).then(draw),
  },
});

/** A meeting that this person may answer, with or without a network. */
function meeting(one, items) {
  const waiting = items.find((i) => i.doc === `reply-${one.code}`);
  const answer = waiting ? waiting.parts[''].find(([name]) => name === 'answer')?.[1] : one.answer;
  const words = new Map(one.answers);
  const li = line('meeting', { title: one.title, open: one.url, meta: one.when });
  const said = li.querySelector('[data-said]');
  said.hidden = !words.has(answer);
  said.lastElementChild.textContent = wordsFor(waiting ? 'answered' : 'known', { answer: words.get(answer) });
  li.querySelector('[data-answers]').append(...one.answers.map(([code, text]) => {
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'btn', textContent: text });
    button.setAttribute('aria-pressed', code === answer);
    button.append(Object.assign(document.createElement('span'), { className: 'hidden-text', textContent: ` : ${one.title}` }));
    button.addEventListener('click', () => reply(one, code));
    return button;
  }));
  return li;
}

async function reply(one, code) {
  await outbox.seal({
    doc: `reply-${one.code}`, part: '', rule: 'last', url: one.url, edit: one.url, base: one.base, schema: '1', page: one.url,
    fields: [['answer', code]], title: wordsFor('answer', { title: one.title }), begun_at: outbox.moment(), act: '',
  });
  const known = await db.get('meta', 'meetings');
  await db.put('meta', known.map((m) => (m.code === one.code ? { ...m, answer: code } : m)), 'meetings');
  await draw();
  return outbox.drain({ force: true });
}

const ask = (key) => confirm(wordsFor(key));

const touched = (li) => [...li.querySelectorAll('a, button, summary')];

/** A list with these lines, at any time: what was open in it stays open, and the keyboard stays where it was. */
function fill(key, lines) {
  const list = document.querySelector(`[data-list="${key}"]`);
  const here = document.activeElement;
  let next;
  for (const old of list.children) {
    const li = lines.find((one) => one.dataset.about === old.dataset.about);
    if (li && old.querySelector('details[open]')) li.querySelector('details')?.setAttribute('open', '');
    if (li && old.contains(here)) next = touched(li).find((one) => one.textContent === here.textContent);
  }
  list.replaceChildren(...lines);
  next?.focus({ preventScroll: true });
}

async function draw() {
  const [items, drafts, copies, receipts] = await Promise.all([outbox.items(), db.all('drafts'), db.all('copies'), db.all('receipts')]);
  const n = items.length + drafts.length;
  fill('outbox', items.map(item));
  fill('drafts', drafts.sort((a, b) => (a.at < b.at ? 1 : -1)).map(draft));
  const notes = copies.filter((c) => c.parts.note);
  fill('copies', copies.filter((c) => !c.parts.note).map((c) => line('copy', { title: c.title, open: `/outbox/fiche#${c.id}/`, meta: c.number ?? '' })));
  fill('notes', notes.map((c) => line('copy', { title: c.title, open: c.page, meta: c.place ?? '' })));
  part('notes').hidden = !notes.length;
  const meetings = (await db.get('meta', 'meetings')) ?? [];
  fill('meetings', meetings.map((m) => meeting(m, items)));
  part('meetings').hidden = !meetings.length;
  fill('receipts', receipts.sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, 20).map(receipt));
  const leaving = location.hash === '#leave' && n > 0;
  for (const some of all('some')) some.hidden = !items.length || (leaving && some.matches('.acts'));
  part('drafts').hidden = !drafts.length;
  part('none').hidden = n > 0;
  part('copies').hidden = false;
  part('receipts').hidden = !receipts.length;
  for (const house of all('house')) house.hidden = false;
  part('lead').textContent = n ? wordsFor(n > 1 ? 'some' : 'one', { n }) : wordsFor('all-gone');
  part('leaving').hidden = !leaving;
  const { usage } = (await navigator.storage?.estimate?.()) ?? {};
  part('room').textContent = size(usage ?? 0);
  count();
}

function receipt(one) {
  const li = line('receipt', { title: one.title, open: one.url, meta: one.number ? `Fiche ${one.number}` : '' });
  li.querySelector('[data-at]').textContent = wordsFor('arrived', { time: clock(one.at) });
  return li;
}

const text64 = (bytes) => {
  let out = '';
  for (const chunk of new Uint8Array(bytes)) out += String.fromCharCode(chunk);
  return btoa(out);
};

/** Everything unsent, or these, as one file that this page takes back on any device of the same person. */
async function save(drafts, items) {
  const wanted = new Set(items.flatMap((i) => i.files));
  const files = (await db.all('files')).filter((f) => wanted.has(f.sha256)).map((f) => ({ ...f, sent: false, bytes: text64(f.bytes) }));
  const said = { tablee: 1, uid: db.owner(), at: outbox.moment(), drafts, outbox: items, files };
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([JSON.stringify(said, null, 1)], { type: 'application/json' }));
  link.download = `${wordsFor('file-name')}-${said.at.slice(0, 16).replace(':', '')}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

async function take(file) {
  const line = part('imported');
  try {
    const said = JSON.parse(await file.text());
    if (said.tablee !== 1 || ![said.drafts, said.outbox, said.files].every(Array.isArray)) throw new TypeError('shape');
    if (said.uid !== db.owner()) return void (line.textContent = wordsFor('not-yours'));
    await db.change(['drafts', 'outbox', 'files'], async (tx) => {
      for (const one of said.drafts) await tx.objectStore('drafts').put(one);
      for (const one of said.outbox) await tx.objectStore('outbox').put({ ...one, state: one.state === 'rejected' ? 'rejected' : 'queued', next_at: 0 });
      for (const one of said.files) await tx.objectStore('files').put({ ...one, bytes: Uint8Array.from(atob(one.bytes), (c) => c.charCodeAt(0)).buffer });
    });
    line.textContent = wordsFor('imported', { n: said.drafts.length + said.outbox.length });
    await draw();
    return outbox.drain({ force: true });
  } catch {
    line.textContent = wordsFor('not-imported');
    return undefined;
  }
}

const acts = {
  'send-all': () => outbox.drain({ force: true, anew: true }),
  'export-all': async () => save(await db.all('drafts'), await outbox.items()),
  'send-leave': async () => {
    await outbox.drain({ force: true, anew: true });
    if (await db.unsent()) await draw(); else await goOut(null);
  },
  'keep-leave': () => goOut(null, { keep: true }),
  'discard-leave': () => ask('ask-erase') && goOut(null),
  'forget-receipts': () => db.change(['receipts'], ({ store }) => store.clear()).then(draw),
  'erase-all': () => ask('ask-erase') && db.erase().then(() => location.reload()),
};

async function start() {
  part('elsewhere').hidden = location.pathname === '/outbox';
  part('again').href = location.href;
  if (!(await ready)) return void (part('nobody').hidden = false);
  for (const button of document.querySelectorAll('main [data-act]')) button.addEventListener('click', acts[button.dataset.act]);
  part('import').addEventListener('change', ({ target }) => target.files[0] && take(target.files[0]));
  for (const event of ['tablee:outbox', 'hashchange', 'pageshow']) (event === 'tablee:outbox' ? document : window).addEventListener(event, draw);
  outbox.channel?.addEventListener('message', draw);
  if (!part('elsewhere').hidden) addEventListener('online', () => location.reload());
  verify();
  return draw();
}

start();
