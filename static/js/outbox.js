// What is on its way: operations that wait here until the server acknowledged them. Their shape: docs/offline.md.
import * as db from './db.js';

export const PATIENCE = 30_000; // milliseconds for one answer
const FIRST = 2_000;
export const waits = ({ state }) => state === 'queued' || state === 'unknown' || state === 'sending';
export const parked = ({ state }) => state === 'conflict' || state === 'rejected';

let timer = null;
let running = null;

export const uuid = () => crypto.randomUUID();
export const moment = () => new Date().toISOString();

/** Tells this page and the other tabs that something changed. kind: what the strip may say. */
export function tell(kind, detail = {}) {
  document.dispatchEvent(new CustomEvent('tablee:outbox', { detail: { kind, ...detail } }));
  channel?.postMessage({ kind: 'changed', uid: db.owner() });
}
export const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('tablee') : null;

export const ordered = (items) => items.sort((a, b) => a.seq - b.seq);
export const items = async () => ordered(await db.all('outbox'));

/** Seals a text into the outbox and takes its draft away; with its pictures, which follow it. Returns its op_id. */
export function seal(entry, pictures) {
  return db.change(['outbox', 'drafts'], async (tx) => {
    const { doc, part } = entry;
    const outbox = tx.objectStore('outbox');
    const mine = ordered(await outbox.index('doc').getAll(doc));
    const before = mine.find((i) => i.marks.length && !i.tries && i.from === part);
    if (before) await outbox.delete(before.op_id);
    await tx.objectStore('drafts').delete([doc, part]);
    const op_id = await put(outbox, entry, mine.filter((i) => !i.marks.length));
    if (pictures) await put(outbox, { ...entry, ...pictures, base: `op:${op_id}`, fresh: false, act: '' }, []);
    return op_id;
  });
}

/** A new item, or the last one with more in it where that has not left yet and the form's rule allows it. */
async function put(outbox, entry, mine) {
  const { doc, part, rule, fields, marks = [], files = [] } = entry;
  const last = mine.at(-1);
  const fits = last && rule !== 'append' && (parked(last) || (last.state === 'queued' && !last.tries
    && (rule === 'last' || [last.base, `op:${last.op_id}`].includes(entry.base))));
  const first = entry.fresh && !mine.length;
  const { edit, page, base, schema, begun_at } = entry;
  const item = fits ? last : {
    op_id: first ? doc : uuid(), seq: Math.max(Date.now(), (last?.seq ?? 0) + 1), doc, rule, edit, page, base, schema,
    begun_at, url: first ? entry.url : edit, parts: {}, marks, from: part,
  };
  if (parked(item)) item.schema = schema;
  item.parts = rule === 'parts' ? { ...item.parts, [part]: fields } : { [part]: fields };
  Object.assign(item, {
    state: 'queued', tries: 0, next_at: 0, problem: null, at: moment(), title: entry.title || item.title, files,
    act: item.act?.startsWith('do:') ? item.act : entry.act,
  });
  await outbox.put(item);
  return item.op_id;
}

/** Who the server takes us for: { uid, csrf, server_time, … }, or null where no answer is ours. */
export async function session(query = '') {
  try {
    const answer = await fetch(`/session${query}`, {
      headers: { Accept: 'application/json' }, redirect: 'manual', cache: 'no-store', signal: AbortSignal.timeout(PATIENCE),
    });
    const said = await answer.json();
    return answer.ok && said.tablee ? said : null;
  } catch {
    return null;
  }
}

/** Sends what may leave. force: also what waits for its time; anew: also what a person has chosen on meanwhile. */
export async function drain({ force = false, anew = false } = {}) {
  clearTimeout(timer);
  while (running) await running; // then what came meanwhile
  running = alone(force, anew).catch(() => tell(navigator.onLine ? 'waiting' : 'offline'));
  await running;
  running = null;
  plan();
}

/** One drain at a time over all tabs; without locks the swaps of send.js alone keep order. */
async function alone(force, anew) {
  const now = (i) => (waits(i) && (force || i.next_at <= Date.now())) || (anew && i.state === 'conflict');
  if (!(await items()).some(now)) return undefined;
  const { pass } = await import('./send.js');
  return navigator.locks ? navigator.locks.request(`tablee-drain-${db.owner()}`, () => pass(force, anew)) : pass(force, anew);
}

async function plan() {
  const next = (await items().catch(() => [])).filter(waits).map((i) => i.next_at);
  if (next.length) timer = setTimeout(drain, Math.max(FIRST * Math.random(), Math.min(...next) - Date.now()));
}
