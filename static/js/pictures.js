// A picture that was chosen in a form kept on the device: made smaller here, kept as bytes, sent after the text.
import * as db from './db.js';
import * as outbox from './outbox.js';
import { piece } from './strip.js';

const SIDE = 1600; // pixels of the longer side
const LARGEST = 12_000_000; // bytes of what is sent

const hex = (buffer) => [...new Uint8Array(buffer)].map((n) => n.toString(16).padStart(2, '0')).join('');

/** The picture as JPEG of at most SIDE pixels; one that is small already stays as it is. */
async function shrink(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  if (scale === 1 && file.size < 600_000) return file.arrayBuffer();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  const draw = canvas.getContext('2d');
  draw.fillStyle = '#fff'; // what was clear in a PNG
  draw.fillRect(0, 0, canvas.width, canvas.height);
  draw.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.85));
  canvas.width = 0; // old phones give the memory back only so
  return blob.arrayBuffer();
}

async function roomFor(size) {
  const { quota, usage } = (await navigator.storage?.estimate?.()) ?? {};
  return !quota || quota - usage > 2 * size;
}

/** Takes what was chosen: its digest goes into the field, the bytes into the device. The text never waits for it. */
export async function take(writing, input) {
  const [file] = input.files;
  if (!file) return;
  const box = input.closest('[data-file]');
  say(box, 'picture-reading');
  try {
    const bytes = await shrink(file);
    if (!bytes.byteLength || bytes.byteLength > LARGEST) throw new TypeError('size');
    if (!(await roomFor(bytes.byteLength))) throw new DOMException('', 'QuotaExceededError');
    const sha256 = hex(await crypto.subtle.digest('SHA-256', bytes));
    await db.change(['files'], async ({ store }) => {
      const known = await store.get(sha256);
      await store.put({ sha256, bytes, name: file.name, doc: writing.doc, sent: known?.sent ?? false });
    });
    writing.form.elements[input.name.replace(/\.file$/, '')].value = sha256;
    input.value = '';
    say(box, 'picture-kept', { name: file.name });
    await look(box, bytes);
    writing.changed();
  } catch (error) {
    input.value = '';
    say(box, error.name === 'QuotaExceededError' ? 'picture-full' : 'picture-unreadable', { name: file.name });
  }
}

function say(box, kind, values) {
  const line = document.createElement('li');
  line.append(...piece(`[data-as="${kind}"]`, values).childNodes);
  box.querySelector('.names').replaceChildren(line);
}

function look(box, bytes) {
  const image = document.createElement('img');
  image.alt = '';
  image.src = URL.createObjectURL(new Blob([bytes]));
  image.className = 'chosen';
  box.querySelector('img')?.remove();
  box.append(image);
  return image.decode().catch(() => {});
}

/** Shows again the pictures that wait here for these fields. */
export async function showKept(scope) {
  for (const box of scope.querySelectorAll('[data-file]')) {
    const input = box.querySelector('input[type="file"]');
    const named = scope.querySelector(`[name="${CSS.escape(input.name.replace(/\.file$/, ''))}"]`);
    const file = named?.value && (await db.get('files', named.value));
    if (file) {
      say(box, 'picture-kept', { name: file.name });
      await look(box, file.bytes);
    }
  }
}

/** The list of items that an input belongs to, or its own name: what a `field` marker may name. */
function question(scope, name) {
  const keys = [...scope.querySelectorAll('template[data-list]')].map((t) => t.dataset.list);
  return keys.find((key) => name.startsWith(`${key}.`)) ?? name;
}

/** Seals a text whose pictures wait here: the text goes by itself, and the pictures after it. */
export async function seal(entry, scope, files) {
  const here = new Set(files.map((file) => file.sha256));
  const fresh = entry.fields.filter(([, value]) => here.has(value));
  const text = entry.fields.filter((pair) => !fresh.includes(pair));
  if (!fresh.length) return outbox.seal(entry);
  const marks = [...new Set(fresh.map(([name]) => question(scope, name)))];
  const theirs = entry.fields.filter(([name]) => marks.some((mark) => name === mark || name.startsWith(`${mark}.`)));
  const shas = [...new Set(fresh.map(([, sha256]) => sha256))];
  const op_id = await outbox.seal({ ...entry, fields: text }, { fields: theirs, marks, files: shas });
  const refused = (i) => i.state === 'rejected' && i.from === entry.part && i.marks.some((mark) => marks.includes(mark));
  await db.change(['outbox'], async ({ store }) => { // these take the place of those that the server refused
    for (const one of (await store.index('doc').getAll(entry.doc)).filter(refused)) await store.delete(one.op_id);
  });
  return op_id;
}
