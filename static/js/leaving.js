// Going out: everything of this person leaves this browser with them.
import * as db from './db.js';
import { LAST } from './offline.js';
import * as outbox from './outbox.js';

/** Whoever goes out takes everything with them; with texts that are not sent yet, they are asked first. */
export async function leave(form) {
  if (await db.unsent().catch(() => 0)) location.assign('/outbox#leave');
  else await goOut(form);
}

/** Erases this person from this browser, tells the other tabs, and signs out. keep: what is unsent stays for later. */
export async function goOut(form, { keep = false } = {}) {
  const token = form ? null : (await outbox.session())?.csrf;
  await (keep ? leaveBehind() : db.erase());
  db.belongsTo(null);
  localStorage.removeItem(LAST);
  sessionStorage.clear();
  outbox.channel?.postMessage({ kind: 'left' });
  if (form) {
    form.dataset.leave = 'now';
    form.requestSubmit();
  } else {
    await fetch('/sign-out', { method: 'POST', headers: { 'X-CSRFToken': token }, redirect: 'manual' }).catch(() => {});
    location.assign('/enter');
  }
}

/** Somebody else was here and did not leave: what they had not sent waits for them, the rest goes. */
export async function leftBehind(uid) {
  db.belongsTo(uid);
  if (!(await db.unsent())) return db.erase();
  return leaveBehind();
}

/** What was not sent stays for its writer; no page shows it before they are back. */
const leaveBehind = () => db.change(['receipts', 'copies', 'meta'], (tx) => Promise.all([
  tx.objectStore('receipts').clear(), tx.objectStore('copies').clear(), tx.objectStore('meta').put(true, 'left'),
]));
