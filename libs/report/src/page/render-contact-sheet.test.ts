import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { findBrowser } from '../test-support/find-browser.js';
import { type ContactSheet, renderContactSheet } from './render-contact-sheet.js';

const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const sheet: ContactSheet = {
  title: 'signs.csv',
  summary: ['Two images.'],
  sections: [
    {
      heading: 'Leaks',
      total: 7,
      lead: 'The same sign where it trains and where it judges.',
      items: [
        {
          caption: 'exact copies',
          pictures: [
            { path: 'a/1.png', caption: 'train', picture: pixel },
            { path: 'a/2.png', caption: 'test', picture: '' },
          ],
        },
      ],
    },
    { heading: 'road work', items: [{ pictures: [{ path: 'b.png', picture: pixel }] }] },
  ],
  softwareVersion: '0.1.0',
};

describe('renderContactSheet', () => {
  it('shows pictures with what is said of them, and how many there are in all', () => {
    const page = renderContactSheet(sheet);
    expect(page).toContain('Leaks <small>1 of 7</small>');
    expect(page).toContain('road work <small>1</small>');
    expect(page).toContain('<b>train</b> a/1.png');
    expect(page).toContain('no picture');
  });

  it('escapes names, and loads nothing', () => {
    const page = renderContactSheet({
      ...sheet,
      title: '</title><script>',
      sections: [
        {
          heading: '<b>',
          items: [{ pictures: [{ path: '"><img src=x>', picture: 'https://elsewhere/x.png' }] }],
        },
      ],
    });
    expect(page).not.toContain('<script>');
    expect(page).not.toContain('<img src=x>');
    expect(page).not.toContain('elsewhere');
    expect(page).toContain("default-src 'none'");
  });
});

const executable = findBrowser();
const title = executable
  ? 'the contact sheet in a browser'
  : 'the contact sheet in a browser (skipped: no Chromium on the PATH)';

describe.skipIf(!executable)(title, () => {
  it('meets axe’s rules and fits a phone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-sheet-'));
    const browser = await chromium.launch({
      executablePath: executable ?? '',
      args: ['--no-sandbox'],
    });
    try {
      const file = join(folder, 'sheet.html');
      writeFileSync(file, renderContactSheet(sheet));
      const context = await browser.newContext({
        viewport: { width: 360, height: 740 },
        bypassCSP: true,
      });
      const page = await context.newPage();
      await page.goto(pathToFileURL(file).href);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(360);
      const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
      await page.evaluate(readFileSync(axe, 'utf8'));
      const violations = await page.evaluate(async () => {
        const found = await (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run();
        return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      });
      expect(violations).toEqual([]);
    } finally {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
