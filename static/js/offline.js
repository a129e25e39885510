// On every page of somebody who is signed in: the counter, the strip, what leaves by itself, and leaving.
import * as db from './db.js';
import * as outbox from './outbox.js';
import { clock, hide, show } from './strip.js';

export const LAST = 'tablee'; // in localStorage: whose database it is that pages without a name open
const EVERY = 300_000; // milliseconds between two looks at what this person may change
const { uid: named, shared, shell } = document.body.dataset;

/** Resolves to whether this browser can keep anything. */
export const ready = start();

async function start() {
  if (shared !== undefined) return false;
  try {
    if (!named && shell === undefined) return false;
    const last = localStorage.getItem(LAST) ?? await (await import('./last.js')).last(named);
    const uid = named ?? last;
    if (!uid) return false;
    if (last && last !== uid) await (await import('./leaving.js')).leftBehind(last);
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
  if (fresh || (due && named)) await import('./copies.js').then(({ look }) => look(fresh)).catch(() => {});
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
    if (data.kind === 'left') {
      db.belongsTo(null);
      location.assign('/enter');
    } else if (data.kind === 'changed' && data.uid === db.owner()) count();
  });
  document.addEventListener('submit', (event) => {
    if (!event.target.matches('[data-leave]') || event.target.dataset.leave === 'now') return;
    event.preventDefault();
    import('./leaving.js').then(({ leave }) => leave(event.target));
  });
}

async function worker() {
  const registration = await navigator.serviceWorker?.register('/sw.js', { updateViaCache: 'none' }).catch(() => null);
  if (!registration) return;
  const offer = () => registration.waiting && navigator.serviceWorker.controller && import('./update.js').then((m) => m.offer(registration.waiting));
  offer();
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', offer));
}

/** What must be written down before this page may be loaded again. */
export const flushing = new Set();
