// Who was here last, where the browser ended before it had noted it: whom the site takes us for, else whose database is
// here and was not left on purpose. What others have here waits for them from now on.
import * as db from './db.js';
import { leftBehind } from './leaving.js';
import { LAST } from './offline.js';
import { session } from './outbox.js';

export async function last(named) {
  const uids = [];
  for (const { name } of (await indexedDB.databases?.()) ?? []) {
    if (!name.startsWith(db.PREFIX)) continue;
    const uid = name.slice(db.PREFIX.length);
    db.belongsTo(uid);
    if (!(await db.get('meta', 'left'))) uids.push(uid);
  }
  const here = named ?? (navigator.onLine && (await session())?.uid) ?? null;
  if (here) for (const uid of uids) if (uid !== here) await leftBehind(uid);
  return here || (uids.length === 1 ? uids[0] : null);
}

/** A page that names nobody and shows the texts of another than whoever is signed in now opens anew, with theirs. */
export async function verify() {
  const here = navigator.onLine && (await session())?.uid;
  if (!here || here === db.owner()) return;
  localStorage.removeItem(LAST);
  location.reload();
}
