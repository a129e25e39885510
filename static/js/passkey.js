// Shows or makes a passkey: <form data-passkey="use|make" data-options="URL" data-field="NAME">.
//
// Asks URL what to sign, asks the browser for it, puts the answer into the hidden field and sends the form. What needs
// this module ([data-on]) is hidden until it runs; the sentence for who does without it ([data-off]) goes then.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const keys = (list = []) => list.map((key) => ({ ...key, id: bytes(key.id) }));

/** What the browser wants, from what the server said. */
function readable(options) {
  const out = { ...options, challenge: bytes(options.challenge) };
  if (options.user) out.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) out.excludeCredentials = keys(options.excludeCredentials);
  if (options.allowCredentials) out.allowCredentials = keys(options.allowCredentials);
  return out;
}

/** What the server wants, from what the browser gave. */
function written(credential) {
  const { response } = credential;
  const said = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (response[name]) said[name] = text(response[name]);
  }
  if (response.getTransports) said.transports = response.getTransports();
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type, response: said,
    authenticatorAttachment: credential.authenticatorAttachment ?? null, clientExtensionResults: {},
  });
}

async function ask(form) {
  const answer = await fetch(form.dataset.options, {
    method: 'POST',
    headers: { Accept: 'application/json', 'X-CSRFToken': form.elements.csrf_token.value },
  });
  if (answer.status === 401 && form.dataset.confirm) {
    location.assign(form.dataset.confirm);
    return null;
  }
  if (!answer.ok) throw new Error(`options: ${answer.status}`);
  const publicKey = readable(await answer.json());
  return form.dataset.passkey === 'make'
    ? navigator.credentials.create({ publicKey })
    : navigator.credentials.get({ publicKey });
}

const REASONS = { NotAllowedError: 'gone', AbortError: 'gone', InvalidStateError: 'known' };

async function show(form) {
  const line = form.querySelector('[role="status"]');
  const button = form.querySelector('button');
  line.textContent = line.dataset.wait;
  button.disabled = true;
  try {
    const credential = await ask(form);
    if (!credential) return;
    form.elements[form.dataset.field].value = written(credential);
    form.submit();
  } catch (error) {
    line.textContent = line.dataset[REASONS[error.name] ?? 'failed'];
  } finally {
    button.disabled = false;
  }
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    for (const part of form.querySelectorAll('[data-off]')) part.hidden = true;
    for (const part of form.querySelectorAll('[data-on]')) part.hidden = false;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      show(form);
    });
  }
}
