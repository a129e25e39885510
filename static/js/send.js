// Sends what waits in the outbox, one document at a time, and notes what the server said: docs/offline.md.
import * as db from './db.js';
import { items, moment, ordered, parked, PATIENCE, session, tell, uuid, waits } from './outbox.js';

const FIRST = 2_000;
const LAST = 300_000;
const OURS = 'application/json';
const REFUSED = [413, 415, 422]; // of a picture, for good
const BROKEN = 5; // times that one may come with other bytes than its digest says, before a person is asked
let misses = 0; // times in a row that the site did not answer

/** Changes an item only if it is still as we saw it: two tabs never do the same twice. */
function swap(seen, changes) {
  return db.change(['outbox'], async ({ store }) => {
    const item = await store.get(seen.op_id);
    if (!item || item.state !== seen.state || item.tries !== seen.tries) return null;
    Object.assign(item, changes);
    await store.put(item);
    return item;
  });
}

/** One pass over what waits. */
export async function pass(force, anew) {
  let queue = (await items()).filter((i) => waits(i) || (anew && i.state === 'conflict'));
  if (!navigator.onLine) return later(queue, 'offline');
  tell('sending');
  const here = await session();
  if (!here) return later(queue, 'waiting');
  misses = 0;
  if (here.uid !== db.owner()) return tell(here.uid ? 'other' : 'sign-in');
  const held = new Set(); // documents that go no further for now
  const turn = (i) => (i.marks.length ? 1 : 0); // text first, pictures after
  for (const seen of queue.sort((a, b) => turn(a) - turn(b) || a.seq - b.seq)) {
    const before = (await items()).some((i) => i.doc === seen.doc && i.op_id !== seen.op_id && turn(i) <= turn(seen)
      && i.seq < seen.seq && !(turn(i) && parked(i)));
    if (before || held.has(seen.doc) || (!force && seen.next_at > Date.now())) {
      held.add(seen.doc);
      continue;
    }
    const item = await swap(seen, { state: 'sending', tries: seen.tries + 1 });
    if (!item) continue;
    const verdict = await send(item, here);
    if (verdict === 'stop') return;
    if (verdict !== 'done') held.add(item.doc);
  }
  tell('rest');
}

async function later(queue, kind) {
  const next_at = Date.now() + pause(misses);
  misses += 1;
  for (const seen of queue.filter(waits)) {
    await swap(seen, { state: seen.state === 'queued' ? 'queued' : 'unknown', next_at });
  }
  tell(kind);
}

const pause = (tries) => Math.min(LAST, FIRST * 2 ** Math.min(tries, 8)) * (0.5 + Math.random() / 2);

function body(item) {
  const form = new FormData();
  const said = { op_id: item.op_id, base: item.base, schema_version: item.schema, author: db.owner(), begun_at: item.begun_at, instead: item.instead };
  for (const [name, value] of Object.entries(said)) if (value) form.append(name, value);
  for (const mark of item.marks) form.append('field', mark);
  for (const [part, fields] of Object.entries(item.parts)) {
    if (part && !item.marks.length) form.append('part', part);
    for (const [name, text] of fields) form.append(name, text);
  }
  if (item.act) form.append('act', item.act);
  return form;
}

/** The answer to one operation, as { status, said, after }; status 0 where nothing of ours came back. */
async function post(item, csrf) {
  try {
    const answer = await fetch(item.url, {
      method: 'POST', body: body(item), redirect: 'manual', signal: AbortSignal.timeout(PATIENCE),
      headers: { Accept: OURS, 'X-CSRFToken': csrf, 'X-Op-Id': item.op_id },
    });
    const after = Number(answer.headers.get('Retry-After')) * 1000 || 0;
    const said = answer.headers.get('Content-Type')?.startsWith(OURS) ? await answer.json() : {};
    return said.op_id === item.op_id ? { status: answer.status, said, after } : { status: 0, said: {}, after };
  } catch {
    return { status: 0, said: {}, after: 0 };
  }
}

async function send(item, here) {
  try {
    for (const sha256 of item.files) {
      const problem = await upload(sha256, here.csrf, item.tries);
      if (problem) return problem === 'unknown' ? unknown(item, 0) : park(item, 'rejected', { errors: { file: problem } });
    }
  } catch {
    return unknown(item, 0);
  }
  let { status, said, after } = await post(item, here.csrf);
  if (status === 403 && said.error === 'csrf_stale') {
    const fresh = await session();
    if (fresh?.uid === db.owner()) ({ status, said, after } = await post(item, fresh.csrf));
  }
  if (status === 200 || status === 201) return done(item, said);
  if (status === 401 || (status === 409 && said.error === 'wrong_user')) {
    await swap(item, { state: 'queued', tries: item.tries - 1, next_at: 0 });
    tell(status === 401 ? 'sign-in' : 'other');
    return 'stop';
  }
  if (status === 409 && said.choose) return park(item, 'conflict', { choose: said.choose });
  if (status === 422 && said.error === 'op_reused') return send(await rename(item, said.held), here);
  if (status === 424) {
    await missing(item, said.files ?? []);
    return unknown(item, 0);
  }
  if (status >= 400 && status < 500 && status !== 429) {
    return park(item, 'rejected', { status, errors: said.errors, error: said.error, sentence: said.sentence });
  }
  return unknown(item, after);
}

async function unknown(item, after) {
  await swap(item, { state: 'unknown', next_at: Date.now() + Math.max(after, pause(item.tries)) });
  tell(navigator.onLine ? 'waiting' : 'offline');
  return 'unknown';
}

/** Refused for good: what stands on it is folded into it, and the whole waits for a person. */
async function park(item, state, problem) {
  await db.change(['outbox'], async ({ store }) => {
    const kept = await store.get(item.op_id);
    if (!kept || kept.state !== 'sending' || kept.tries !== item.tries) return;
    Object.assign(kept, { state, problem });
    for (const next of ordered(await store.index('doc').getAll(item.doc))) {
      if (next.op_id === item.op_id || next.marks.length || item.marks.length || next.seq < item.seq) continue;
      kept.parts = { ...kept.parts, ...next.parts };
      kept.act = next.act || kept.act;
      await store.delete(next.op_id);
    }
    await store.put(kept);
  });
  tell(state, { item, problem });
  return state;
}

/**
 * The server knows this op_id with another content: this is an edit that stands on it; or, where that one still waits
 * for a choice, one that takes its place.
 */
async function rename(item, held) {
  const then = held ? { instead: item.op_id } : { base: `op:${item.op_id}` };
  const next = { ...item, ...then, op_id: uuid(), url: item.edit, tries: 1 };
  await db.change(['outbox'], async ({ store }) => {
    await store.delete(item.op_id);
    await store.put(next);
  });
  return next;
}

async function missing(item, digests) {
  await db.change(['files'], async ({ store }) => {
    for (const sha256 of digests) {
      const file = await store.get(sha256);
      if (file) await store.put({ ...file, sent: false });
    }
  });
}

/** Sends a picture; nothing where the server has it, else "unknown" or a sentence. tries: how often its operation left. */
async function upload(sha256, csrf, tries) {
  const file = await db.get('files', sha256);
  if (!file || file.sent) return null;
  tell('picture');
  const answer = await fetch(`/files/${sha256}`, {
    method: 'PUT', body: file.bytes, redirect: 'manual', signal: AbortSignal.timeout(4 * PATIENCE),
    headers: { Accept: OURS, 'X-CSRFToken': csrf, 'X-Author': db.owner(), 'Content-Type': 'application/octet-stream' },
  });
  if (!answer.headers.get('Content-Type')?.startsWith(OURS)) return 'unknown';
  const said = await answer.json();
  if (answer.ok && said.sha256 === sha256) {
    await db.put('files', { ...file, sent: true });
    return null;
  }
  const refused = REFUSED.includes(answer.status) || (answer.status === 400 && tries >= BROKEN);
  return refused ? said.sentence ?? said.error : 'unknown';
}

/** The receipt goes in and the item goes out together. */
async function done(item, said) {
  const receipt = { op_id: item.op_id, doc: item.doc, number: said.number, title: said.title || item.title, url: said.url, at: moment(), merged: said.merged, refused: said.refused };
  await db.change(['outbox', 'receipts', 'files', 'copies'], async (tx) => {
    await tx.objectStore('outbox').delete(item.op_id);
    await tx.objectStore('receipts').put(receipt);
    for (const sha256 of item.files) await tx.objectStore('files').delete(sha256);
    const copies = tx.objectStore('copies');
    const copy = await copies.get(item.doc);
    // Until the server gives it anew, the copy is what this operation posted, where it stood on the copy.
    if (copy && copy.base === item.base && !item.marks.length) {
      await copies.put({ ...copy, base: `op:${item.op_id}`, rev: 0, parts: { ...copy.parts, ...item.parts } });
    } else if (copy) await copies.delete(item.doc);
    if (!copy && item.op_id === item.doc && item.rule === 'parts') {
      await copies.put({ id: item.doc, base: `op:${item.op_id}`, rev: 0, title: receipt.title, page: item.page, parts: item.parts });
    }
  });
  tell('sent', { item, receipt, next: said.next });
  return 'done';
}
