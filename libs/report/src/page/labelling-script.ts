/**
 * The labelling page's script. Labels live in the list of images (`data-label`), are kept in the browser's storage
 * under the pool's name, and leave as CSV. Plain text, because the policy names it by its hash.
 */
export const labellingScript = String.raw`
'use strict';
const items = [...document.querySelectorAll('.sheet li')];
const choices = [...document.querySelectorAll('[data-class]')];
const known = new Set(choices.map((button) => button.dataset.class));
const find = (name) => document.querySelector('[data-' + name + ']');
const filter = document.querySelector('#filter');
// Where a name has a digit in it, a digit is the start of a name.
const takesDigits = !choices.some((button) => /[0-9]/.test(button.dataset.class));
const storageKey = 'holdfast-labels-' + document.body.dataset.storage;
let current = 0;

const store = () => {
  try {
    const labels = items.filter((item) => item.dataset.label).map((item) => [item.dataset.path, item.dataset.label]);
    const kept = { ...JSON.parse(localStorage.getItem(storageKey) ?? '{}'), ...Object.fromEntries(labels) };
    for (const item of items) if (!item.dataset.label) delete kept[item.dataset.path];
    localStorage.setItem(storageKey, JSON.stringify(kept));
  } catch { /* A page without storage still saves to a file. */ }
};
const restore = () => {
  try {
    const kept = JSON.parse(localStorage.getItem(storageKey) ?? '{}');
    for (const item of items) {
      const label = kept[item.dataset.path];
      if (!item.dataset.label && known.has(label)) write(item, label);
    }
  } catch { /* As above. */ }
};
const write = (item, label) => {
  item.dataset.label = label;
  item.querySelector('button > span').textContent = label;
};
const say = (text) => { find('said').textContent = text; };
const isOpen = (item) => !item.dataset.label;
const restOfGroup = () =>
  items.filter((item, place) => place !== current && isOpen(item) && item.dataset.group === items[current].dataset.group);
const listShown = () => {
  const text = filter.value.trim().toLowerCase();
  return choices.filter((button) => {
    button.parentElement.hidden = !button.dataset.class.toLowerCase().includes(text);
    return !button.parentElement.hidden;
  });
};
const show = () => {
  const item = items[current];
  const image = item.querySelector('img');
  const picture = find('picture');
  if (image) picture.src = image.src;
  else picture.removeAttribute('src');
  picture.alt = item.dataset.path;
  find('place').textContent = current + 1 + '.';
  find('path').textContent = item.dataset.path;
  find('group').textContent = item.dataset.group === item.dataset.path ? '' : item.dataset.group;
  const rest = restOfGroup().length;
  find('rest').textContent = rest === 0 ? '' : '(' + rest + ' more)';
  find('whole').disabled = rest === 0;
  if (rest === 0) find('whole').checked = false;
  listShown().forEach((button, place) => {
    button.querySelector('kbd').textContent = takesDigits && place < 9 ? String(place + 1) : '';
  });
  for (const button of choices) button.setAttribute('aria-pressed', String(button.dataset.class === item.dataset.label));
  for (const other of items) other.removeAttribute('aria-current');
  item.setAttribute('aria-current', 'true');
  const done = items.filter((other) => !isOpen(other)).length;
  document.querySelector('progress').value = done;
  document.querySelector('output').value = done + ' of ' + items.length + ' labelled';
};
const go = (place) => {
  current = Math.max(0, Math.min(items.length - 1, place));
  filter.value = '';
  show();
};
const next = () => {
  const after = items.findIndex((item, place) => place > current && isOpen(item));
  go(after < 0 ? current + 1 : after);
};
const give = (label) => {
  const rest = find('whole').checked ? restOfGroup() : [];
  const given = [items[current], ...rest];
  for (const item of given) write(item, label);
  const what = given.length === 1 ? 'image ' + (current + 1) : given.length + ' images of its group';
  say('Labelled ' + what + ': ' + label + '. Back mends it.');
  find('whole').checked = false;
  store();
  next();
};

for (const button of choices) button.addEventListener('click', () => { give(button.dataset.class); filter.focus(); });
items.forEach((item, place) => item.querySelector('button').addEventListener('click', () => { go(place); scrollTo(0, 0); filter.focus(); }));
find('back').addEventListener('click', () => { go(current - 1); filter.focus(); });
find('skip').addEventListener('click', () => { go(current + 1); filter.focus(); });
find('whole').addEventListener('change', () => filter.focus());
filter.addEventListener('input', show);
filter.addEventListener('keydown', (event) => {
  const shown = listShown();
  const digit = Number(event.key);
  if (event.key === 'Enter') { if (filter.value.trim() !== '' && shown.length > 0) give(shown[0].dataset.class); }
  else if (takesDigits && filter.value === '' && digit >= 1 && digit <= Math.min(9, shown.length)) give(shown[digit - 1].dataset.class);
  else if (event.key === 'ArrowLeft' && filter.value === '') go(current - 1);
  else if (event.key === 'ArrowRight' && filter.value === '') go(current + 1);
  else if (event.key === 'Escape') go(current);
  else return;
  event.preventDefault();
});

const cell = (text) => (/[",\r\n]|^\s|\s$/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);
find('save').addEventListener('click', () => {
  const rows = items.map((item) => cell(item.dataset.path) + ',' + cell(item.dataset.label));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(['path,label\n' + rows.join('\n') + '\n'], { type: 'text/csv' }));
  link.download = document.body.dataset.file;
  link.click();
  say('Saved ' + link.download + '. When all is labelled: holdfast gate ... --pool ... --labels ' + document.body.dataset.files);
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});
const readCells = (line) =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((match) => (match[1] === undefined ? match[2] : match[1].replaceAll('""', '"')));
find('open').addEventListener('change', async (event) => {
  const [file] = event.target.files;
  if (!file) return;
  const [header, ...lines] = (await file.text()).replace(/^\ufeff/, '').split(/\r?\n/).filter(Boolean).map(readCells);
  const [path, label] = [header.indexOf('path'), header.indexOf('label')];
  event.target.value = '';
  if (path < 0 || label < 0) { say('That file has no columns path and label.'); return; }
  let taken = 0;
  const places = new Map(items.map((item) => [item.dataset.path, item]));
  for (const cells of lines) {
    const item = places.get(cells[path]);
    if (!item || !known.has(cells[label])) continue;
    write(item, cells[label]);
    taken += 1;
  }
  store();
  say('Took ' + taken + ' labels.');
  show();
});

restore();
document.querySelector('.bench').hidden = false;
const first = items.findIndex(isOpen);
go(first < 0 ? 0 : first);
if (matchMedia('(hover: hover)').matches) filter.focus();
if (takesDigits) document.querySelector('[data-digits]').hidden = false;
`;
