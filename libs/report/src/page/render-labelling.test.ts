import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser } from '../test-support/find-browser.js';
import { type LabellingPage, renderLabelling } from './render-labelling.js';

const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const labelling: LabellingPage = {
  planName: 'signs.yaml',
  classes: ['road work', 'no passing', 'yield', 'stop, "all way"'],
  noClass: 'none of these',
  items: [
    { path: 'a/1.png', group: 'drive 1', picture: pixel },
    { path: 'a/2.png', group: 'drive 1', picture: pixel },
    { path: 'a/3.png', group: 'drive 1', picture: pixel, label: 'road work' },
    { path: 'b,"1".png', group: 'b,"1".png', picture: pixel },
    { path: 'c.png', group: 'c.png', picture: '' },
  ],
  part: 0,
  partCount: 1,
  storageKey: 'test',
};

describe('renderLabelling', () => {
  it('escapes names, and loads and sends nothing', () => {
    const page = renderLabelling({
      ...labelling,
      classes: ['</script><b>'],
      items: [{ path: '"><img src=x>', group: '<i>', picture: 'https://elsewhere/x.png' }],
    });
    expect(page).not.toContain('<img src=x>');
    expect(page).not.toContain('</script><b>');
    expect(page).not.toContain('elsewhere');
    expect(page).toContain("default-src 'none'");
  });

  it('says which part of how many it is', () => {
    const page = renderLabelling({ ...labelling, part: 1, partCount: 3 });
    expect(page).toContain('<title>Label 5 images for signs.yaml, part 2 of 3 – Holdfast</title>');
  });
});

const executable = findBrowser();
const title = executable
  ? 'the labelling page in a browser'
  : 'the labelling page in a browser (skipped: no Chromium on the PATH)';

describe.skipIf(!executable)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-labelling-'));
  const file = join(folder, 'label.html');
  let browser: Browser;
  beforeAll(async () => {
    writeFileSync(file, renderLabelling(labelling));
    browser = await chromium.launch({ executablePath: executable ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(context: BrowserContext) {
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on('console', (message) => troubles.push(message.text()));
    page.on('pageerror', (error) => troubles.push(error.message));
    await page.goto(pathToFileURL(file).href);
    return { page, troubles };
  }

  const read = (page: Page) =>
    page.$$eval('.sheet li', (items) => items.map((item) => item.getAttribute('data-label')));

  async function save(page: Page): Promise<string> {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save labels.csv' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('labels.csv');
    return readFileSync(await download.path(), 'utf8');
  }

  it('labels by keys, a digit or the start of a name, whole groups, and saves a table', async () => {
    const context = await browser.newContext();
    const { page, troubles } = await open(context);
    expect(await page.locator('output').textContent()).toBe('1 of 5 labelled');
    await page.getByRole('checkbox').check();
    await page.locator('#filter').focus();
    await page.keyboard.press('3');
    expect(await read(page)).toEqual(['yield', 'yield', 'road work', '', '']);
    expect(await page.locator('[data-said]').textContent()).toContain(
      '2 images of its group: yield',
    );
    // One group at a time: what applies to many must be asked for again.
    expect(await page.getByRole('checkbox').isChecked()).toBe(false);
    await page.keyboard.type('ALL W');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'none of these' }).click();
    expect(await page.locator('output').textContent()).toBe('5 of 5 labelled');
    expect(await save(page)).toBe(
      [
        'path,label',
        'a/1.png,yield',
        'a/2.png,yield',
        'a/3.png,road work',
        '"b,""1"".png","stop, ""all way"""',
        'c.png,none of these',
        '',
      ].join('\n'),
    );
    expect(troubles).toEqual([]);
    await context.close();
  });

  it('takes a digit for the start of a name where names have digits', async () => {
    const signs = { ...labelling, classes: ['no passing', 'speed limit 30', 'speed limit 80'] };
    const other = join(folder, 'signs.html');
    writeFileSync(other, renderLabelling({ ...signs, storageKey: 'signs' }));
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(pathToFileURL(other).href);
    await page.keyboard.type('80');
    expect(await read(page)).toEqual(['', '', 'road work', '', '']);
    await page.keyboard.press('Enter');
    expect(await read(page)).toEqual(['speed limit 80', '', 'road work', '', '']);
    await context.close();
  });

  it('keeps labels when it is opened again, and takes them from a table', async () => {
    const context = await browser.newContext();
    const first = await open(context);
    await first.page.keyboard.press('1');
    await first.page.keyboard.press('ArrowRight');
    await first.page.close();
    const { page, troubles } = await open(context);
    expect((await read(page)).slice(0, 2)).toEqual(['road work', '']);
    const table = join(folder, 'given.csv');
    writeFileSync(
      table,
      '\ufeffpath,group,reason,label\r\n"b,""1"".png",x,check,"stop, ""all way"""\r\nc.png,x,check,no class\r\n',
    );
    await page.locator('[data-open]').setInputFiles(table);
    await expect
      .poll(() => read(page))
      .toEqual(['road work', '', 'road work', 'stop, "all way"', '']);
    writeFileSync(table, 'a,b\n1,2\n');
    await page.locator('[data-open]').setInputFiles(table);
    await expect.poll(() => page.locator('[data-said]').textContent()).toContain('no columns');
    expect(troubles).toEqual([]);
    await context.close();
  });

  it.each(['light', 'dark'] as const)(
    'meets axe’s rules and fits a phone, %s',
    async (colorScheme) => {
      const context = await browser.newContext({
        colorScheme,
        viewport: { width: 360, height: 740 },
        bypassCSP: true,
      });
      const { page } = await open(context);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(360);
      const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
      await page.evaluate(readFileSync(axe, 'utf8'));
      const violations = await page.evaluate(async () => {
        const found = await (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run();
        return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      });
      expect(violations).toEqual([]);
      await context.close();
    },
  );

  it('shows the images without its script, and says where to label then', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const { page } = await open(context);
    expect(await page.locator('.bench').isVisible()).toBe(false);
    expect(await page.locator('.sheet li').count()).toBe(5);
    await context.close();
  });
});
