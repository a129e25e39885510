// Whose database a page without a name opens, where the browser ended before it had noted it: the one that is here and
// was not left on purpose.
import * as db from './db.js';

export async function last() {
  const uids = [];
  for (const { name } of (await indexedDB.databases?.()) ?? []) {
    if (!name.startsWith(db.PREFIX)) continue;
    const uid = name.slice(db.PREFIX.length);
    db.belongsTo(uid);
    if (!(await db.get('meta', 'left'))) uids.push(uid);
  }
  return uids.length === 1 ? uids[0] : null;
}
