// What this browser keeps for one person, in an IndexedDB of their own; its stores: docs/offline.md.
import '../vendor/idb.js';

const { openDB, deleteDB } = globalThis.idb;
export const PREFIX = 'tablee-';
const VERSION = 1;

let person = null;
let opening = null;

/** Whose database the functions below use; null: nothing is read or written any more. */
export function belongsTo(uid) {
  if (uid !== person) close();
  person = uid;
}

export const owner = () => person;

function tell(what) {
  document.dispatchEvent(new CustomEvent('tablee:database', { detail: what }));
}

function upgrade(db) {
  db.createObjectStore('drafts', { keyPath: ['doc', 'part'] });
  db.createObjectStore('outbox', { keyPath: 'op_id' }).createIndex('doc', 'doc');
  db.createObjectStore('files', { keyPath: 'sha256' });
  db.createObjectStore('receipts', { keyPath: 'op_id' });
  db.createObjectStore('copies', { keyPath: 'id' });
  db.createObjectStore('meta');
}

function connect() {
  if (!person) return new Promise(() => {}); // whoever asked is gone
  opening ??= openDB(PREFIX + person, VERSION, {
    upgrade,
    blocked: () => tell('blocked'),
    // Another tab has a newer version of this site: it goes first, and this page says so.
    blocking: (_now, _next, event) => { event.target.close(); opening = null; tell('newer'); },
    terminated: () => { opening = null; },
  }).catch((error) => { opening = null; throw error; });
  return opening;
}

function close() {
  opening?.then((db) => db.close(), () => {});
  opening = null;
}

/**
 * One transaction: `task(tx)` over these stores. What it wrote is on the disk when this resolves, and not before.
 * A connection that the browser closed meanwhile is opened again.
 */
async function transaction(stores, mode, task) {
  for (let again = false; ; again = true) {
    const db = await connect();
    let tx;
    try {
      tx = db.transaction(stores, mode, { durability: 'strict' });
    } catch (error) {
      opening = null;
      if (again || error.name !== 'InvalidStateError') throw error;
      continue;
    }
    try {
      const [out] = await Promise.all([task(tx), tx.done]);
      return out;
    } catch (error) {
      try { tx.abort(); } catch { /* it is over already */ }
      tx.done.catch(() => {});
      throw error;
    }
  }
}

export const change = (stores, task) => transaction(stores, 'readwrite', task);
export const get = (store, key) => transaction([store], 'readonly', (tx) => tx.objectStore(store).get(key));
export const all = (store) => transaction([store], 'readonly', (tx) => tx.objectStore(store).getAll());
export const put = (store, value, key) => change([store], (tx) => tx.objectStore(store).put(value, key));
export const remove = (store, key) => change([store], (tx) => tx.objectStore(store).delete(key));

/** [since when this database is here, whether it was made just now]. */
export function birth() {
  return change(['meta'], async ({ store }) => {
    const born = await store.get('born');
    await store.delete('left');
    if (!born) await store.put(new Date().toISOString(), 'born');
    return [born, !born];
  });
}

/** How many texts are here that the server has not acknowledged. */
export async function unsent() {
  const [drafts, outbox] = await Promise.all([all('drafts'), all('outbox')]);
  return drafts.length + outbox.length;
}

/** Erases everything of this person from this browser. */
export async function erase() {
  const uid = person;
  belongsTo(null);
  await deleteDB(PREFIX + uid, { blocked: () => tell('blocked') });
}
