/**
 * The page's script: copy buttons and the filter of the pictures. It reveals what it serves, so that
 * a page without it shows no dead control. Plain text, because the policy names it by its hash.
 */
export const pageScript = `
'use strict';
for (const button of document.querySelectorAll('[data-copy]')) {
  const pre = button.parentElement.querySelector('pre');
  button.hidden = false;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
    } catch {
      getSelection().selectAllChildren(pre);
      document.execCommand('copy');
    }
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
}
const form = document.querySelector('[data-filter]');
if (form) {
  const kinds = [...document.querySelectorAll('[data-flips]')].map((kind) => ({
    details: kind.querySelector('details'),
    count: kind.querySelector('h3 .quiet'),
    lists: [...kind.querySelectorAll('ul')],
    items: [...kind.querySelectorAll('li')],
  }));
  const openCounts = kinds.map((kind) => kind.lists[0]?.children.length ?? 0);
  const compare = (a, b) => (a.dataset.label < b.dataset.label ? -1 : a.dataset.label > b.dataset.label ? 1 : 0);
  const apply = () => {
    const label = form.elements.label.value;
    let count = 0;
    kinds.forEach((kind, index) => {
      const order = form.elements.order.value === 'label' ? [...kind.items].sort(compare) : kind.items;
      let shown = 0;
      for (const item of order) {
        item.hidden = label !== '' && item.dataset.label !== label;
        (kind.lists[shown < openCounts[index] ? 0 : 1] ?? kind.lists[0]).append(item);
        if (!item.hidden) shown += 1;
      }
      count += shown;
      kind.count.textContent = shown + ' of ' + kind.count.dataset.total + ' in this report';
      if (label !== '' && kind.details) kind.details.open = true;
    });
    form.querySelector('output').value = count + (count === 1 ? ' picture' : ' pictures');
  };
  form.hidden = false;
  form.addEventListener('change', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
}
`;
