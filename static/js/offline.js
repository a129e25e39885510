// On every page of somebody who is signed in: the counter, the strip, what leaves by itself, and leaving.
import * as db from './db.js';
import * as outbox from './outbox.js';
import { clock, hide, show } from './strip.js';

const LAST = 'tablee'; // in localStorage: whose database it is that pages without a name open
const EVERY = 300_000; // milliseconds between two looks at what this person may change
const { uid: named, shared, shell } = document.body.dataset;

/** Resolves to whether this browser can keep anything. */
export const ready = start();

async function start() {
  const last = localStorage.getItem(LAST);
  const uid = named ?? (shell === undefined ? null : last);
  if (!uid || shared !== undefined) return false;
  try {
    if (last && last !== uid) await leftBehind(last);
    localStorage.setItem(LAST, uid);
    db.belongsTo(uid);
    const [, fresh] = await db.birth();
    watch();
    worker();
    queueMicrotask(() => begin(fresh));
    return true;
  } catch {
    if (document.querySelector('form[data-offline]')) show('nowhere');
    return false;
  }
}

/** Somebody else was here and did not leave: what they had not sent waits for them, the rest goes. */
async function leftBehind(uid) {
  db.belongsTo(uid);
  if (!(await db.unsent())) return db.erase();
  return clearCopies();
}

/** What arrived while no page could say so is said by the next one. */
async function arrived() {
  const [last] = (await db.all('receipts')).filter((r) => !r.seen).sort((a, b) => (a.at < b.at ? 1 : -1));
  if (!last) return;
  said({ detail: { kind: 'sent', receipt: last } });
  await db.put('receipts', { ...last, seen: true });
}

async function begin(fresh) {
  await count();
  await arrived();
  await outbox.drain({ force: true, anew: true });
  const due = Number(sessionStorage.getItem('looked') ?? 0) + EVERY < Date.now();
  if (fresh || (due && named)) await look(fresh);
}

/** Brings what this person may change to this device, and tells the server how much waits here. */
async function look(fresh = false) {
  const here = await outbox.session('?mine=1');
  if (here?.uid !== db.owner()) return;
  sessionStorage.setItem('looked', Date.now());
  if (fresh && here.held) show('lost', { n: here.held });
  const copies = new Map((await db.all('copies')).map((copy) => [copy.id, copy]));
  for (const [id, rev] of here.mine ?? []) {
    if (copies.get(id)?.rev !== rev) await copy(id);
    copies.delete(id);
  }
  for (const id of copies.keys()) await db.remove('copies', id);
  await held(here);
}

/** Keeps one document as the server has it now. */
export async function copy(id) {
  try {
    const answer = await fetch(`/fiches/${id}/answers`, { headers: { Accept: 'application/json' }, redirect: 'manual' });
    const said = await answer.json();
    if (answer.ok && said.id === id) await db.put('copies', { ...said, base: `rev:${said.rev}` });
  } catch { /* the one we have serves */ }
}

async function held(here) {
  const n = await db.unsent();
  if (n === here.held) return;
  const body = new URLSearchParams({ n });
  await fetch('/session/held', { method: 'POST', body, headers: { 'X-CSRFToken': here.csrf, Accept: 'application/json' } }).catch(() => {});
}

/** The counter in the bar. */
export async function count() {
  const chip = document.querySelector('[data-chip]');
  if (!chip || !db.owner()) return;
  const n = await db.unsent().catch(() => 0);
  chip.hidden = !n;
  chip.querySelector('b').textContent = n;
  chip.querySelector('[data-one]').hidden = n > 1;
  chip.querySelector('[data-many]').hidden = n < 2;
}

function said({ detail: { kind, receipt } }) {
  count();
  if (kind === 'sent') {
    show(receipt.number ? 'numbered' : 'sent', { time: clock(receipt.at), number: receipt.number, what: receipt.title ?? '' });
    sessionStorage.removeItem('looked');
  } else if (kind === 'rest') hide('sending');
  else if (kind === 'sign-in') show(kind, { enter: `/enter?next=${encodeURIComponent(location.pathname)}` });
  else if (kind !== 'picture') show(kind);
}

function watch() {
  document.addEventListener('tablee:outbox', said);
  document.addEventListener('tablee:database', ({ detail }) => show(detail));
  addEventListener('online', () => outbox.drain({ force: true }));
  addEventListener('offline', async () => { if (document.querySelector('form[data-offline]') || (await db.unsent())) show('offline'); });
  addEventListener('pageshow', ({ persisted }) => { if (persisted) begin(false); });
  document.addEventListener('visibilitychange', () => { if (!document.hidden) outbox.drain(); });
  outbox.channel?.addEventListener('message', ({ data }) => {
    if (data.kind === 'left') location.assign('/enter');
    else if (data.kind === 'changed' && data.uid === db.owner()) count();
  });
  document.addEventListener('submit', leave);
}

/** Whoever goes out takes everything with them; with texts that are not sent yet, they are asked first. */
async function leave(event) {
  const form = event.target;
  if (!form.matches('[data-leave]') || form.dataset.leave === 'now') return;
  event.preventDefault();
  if (await db.unsent().catch(() => 0)) location.assign('/outbox#leave');
  else await goOut(form);
}

/** Erases this person from this browser, tells the other tabs, and signs out. keep: what is unsent stays for later. */
export async function goOut(form, { keep = false } = {}) {
  const token = form ? null : (await outbox.session())?.csrf;
  if (keep) await clearCopies();
  else await db.erase();
  localStorage.removeItem(LAST);
  sessionStorage.clear();
  for (const name of keep ? [] : await caches.keys()) await caches.delete(name);
  outbox.channel?.postMessage({ kind: 'left' });
  if (form) {
    form.dataset.leave = 'now';
    form.requestSubmit();
  } else {
    await fetch('/sign-out', { method: 'POST', headers: { 'X-CSRFToken': token }, redirect: 'manual' }).catch(() => {});
    location.assign('/enter');
  }
}

const clearCopies = () => db.change(['receipts', 'copies'], (tx) => Promise.all(['receipts', 'copies'].map((s) => tx.objectStore(s).clear())));

async function worker() {
  if (!navigator.serviceWorker || shared !== undefined) return;
  const registration = await navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' }).catch(() => null);
  if (!registration) return;
  const offer = (next) => {
    if (next?.state !== 'installed' || !navigator.serviceWorker.controller) return;
    show('update', {}, {
      update: async () => {
        await Promise.all([...flushing].map((flush) => flush()));
        navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
        next.postMessage('go');
      },
    });
  };
  offer(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const next = registration.installing;
    next?.addEventListener('statechange', () => offer(next));
  });
}

/** What must be written down before this page may be loaded again. */
export const flushing = new Set();
