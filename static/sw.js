// Opens the site without a network. Keeps only what the server marks as shell, which is nobody's; touches GET alone.
// VERSION, PAGES and FILES come before it, from /sw.js.
const NAME = `tablee-shell-${VERSION}`;
const PATIENCE = 12_000; // milliseconds for a page to begin to come
const LOCAL = { // what opens from the device
  fiche: /^\/fiches\/(?:(new)|([^/]+)\/edit\/?([^/]*))$/,
  meeting: /^\/meetings\/([^/]+)\/live$/,
  note: /^\/groups\/([^/]+)\/notes\/([^/]+)/,
};

const fit = (answer) => answer.ok && !answer.redirected && answer.type === 'basic' && answer.headers.get('X-Offline') === 'shell';

async function fill() {
  const cache = await caches.open(NAME);
  await Promise.all([...PAGES, ...FILES].map(async (url) => {
    const answer = await fetch(url, { cache: PAGES.includes(url) ? 'reload' : 'default' });
    if (!fit(answer)) throw new Error(`not for keeping: ${url}`);
    await cache.put(url, answer);
  }));
}

/** The version before stays, for open tabs. */
async function clear() {
  const names = (await caches.keys()).filter((name) => name.startsWith('tablee-shell-') && name !== NAME);
  await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)));
}

const kept = (url) => caches.match(url, { ignoreVary: true, ignoreSearch: true });

/** What opens when a page does not come. */
async function instead({ pathname }) {
  for (const page in LOCAL) {
    const names = LOCAL[page].exec(pathname)?.slice(1).filter(Boolean);
    if (names) return Response.redirect(`/outbox/${page}#${names.join('/')}`);
  }
  return (await kept(PAGES.includes(pathname) ? pathname : '/outbox')) ?? Response.error();
}

async function open(request) {
  const url = new URL(request.url);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    return [502, 503, 504].includes(answer.status) && !answer.headers.has('Content-Security-Policy') ? instead(url) : answer;
  } catch {
    return instead(url);
  }
}

addEventListener('install', (event) => event.waitUntil(fill()));
addEventListener('activate', (event) => event.waitUntil(clear().then(() => clients.claim())));
addEventListener('message', ({ data }) => { if (data === 'go') skipWaiting(); });
addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate') event.respondWith(open(request));
  else if (url.pathname.startsWith('/static/')) event.respondWith(kept(url.href).then((answer) => answer ?? fetch(request)));
});
