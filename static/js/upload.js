// Says below a file control what was chosen: [data-file] with an input and a list `.names`.

const lang = document.documentElement.lang || 'fr';

/** 1234567 → « 1,2 Mo ». */
export function size(bytes) {
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, 'kilobyte'] : [bytes / 1e6, 'megabyte'];
  const digits = value < 10 ? 1 : 0;
  return new Intl.NumberFormat(lang, { style: 'unit', unit, maximumFractionDigits: digits }).format(value);
}

function named({ target }) {
  const list = target.type === 'file' && target.closest('[data-file]')?.querySelector('.names');
  if (!list) return;
  list.replaceChildren(...[...target.files].map((file) => {
    const line = document.createElement('li');
    line.textContent = `${file.name}, ${size(file.size)}`;
    return line;
  }));
}

document.addEventListener('change', named);
// What was chosen before this file was here.
for (const target of document.querySelectorAll('[data-file] input[type="file"]')) if (target.files.length) named({ target });
