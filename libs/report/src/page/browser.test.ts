import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser } from '../test-support/find-browser.js';
import { createFixtureRun, type FixtureName, fixtureNames } from '../test-support/fixture-runs.js';
import { renderReport } from './render-report.js';

const executable = findBrowser();
const title = executable
  ? 'the page in a browser'
  : 'the page in a browser (skipped: no Chromium on the PATH)';

describe.skipIf(!executable)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-report-'));
  let browser: Browser;

  beforeAll(async () => {
    // Containers seldom allow Chromium's own sandbox; the pages are ours.
    browser = await chromium.launch({ executablePath: executable ?? '', args: ['--no-sandbox'] });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens a fixture's page; every message, error and request of it is collected. */
  async function open(name: FixtureName, options: BrowserContextOptions = {}) {
    const file = join(folder, `${name}.html`);
    writeFileSync(file, renderReport(createFixtureRun(name)));
    const context = await browser.newContext({
      viewport: { width: 1400, height: 900 },
      ...options,
    });
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on('console', (message) => troubles.push(message.text()));
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('request', (request) => {
      if (!/^(?:file|data):/.test(request.url())) troubles.push(`asked for ${request.url()}`);
    });
    await page.goto(pathToFileURL(file).href);
    return { page, troubles, close: () => context.close() };
  }

  async function listViolations(page: Page): Promise<readonly string[]> {
    const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
    await page.evaluate(readFileSync(axe, 'utf8'));
    return page.evaluate(async () => {
      const { violations } = await (
        globalThis as unknown as { axe: typeof import('axe-core') }
      ).axe.run();
      return violations.map(
        (found) => `${found.id}: ${found.nodes[0]?.html} (${found.nodes.length})`,
      );
    });
  }

  describe.each(fixtureNames)('%s', (name) => {
    it.each([360, 1400])('fits a width of %i pixels, without a message', async (width) => {
      const { page, troubles, close } = await open(name, { viewport: { width, height: 900 } });
      const content = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect(content).toBeLessThanOrEqual(width);
      expect(troubles).toEqual([]);
      await close();
    });

    it('meets axe’s rules', async () => {
      const { page, close } = await open(name);
      expect(await listViolations(page)).toEqual([]);
      await close();
    });
  });

  it.each(['retained', 'regressed', 'undecided', 'infeasible'] as const)(
    'meets axe’s rules in the dark: %s',
    async (name) => {
      const { page, close } = await open(name, { colorScheme: 'dark' });
      expect(await listViolations(page)).toEqual([]);
      await close();
    },
  );

  it('fits a width between table and phone', async () => {
    const { page, close } = await open('many', { viewport: { width: 800, height: 900 } });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(800);
    await close();
  });

  it('shows verdict, target gain and DevSafety without scrolling, on a phone too', async () => {
    for (const viewport of [
      { width: 1400, height: 900 },
      { width: 360, height: 740 },
    ]) {
      const { page, close } = await open('regressed', { viewport });
      const bottoms = await page.$$eval('h1, .reason, .findings b, .tile .value', (elements) =>
        elements.slice(0, 6).map((element) => element.getBoundingClientRect().bottom),
      );
      expect(Math.max(...bottoms)).toBeLessThan(viewport.height);
      await close();
    }
  });

  it('filters and orders the pictures', async () => {
    const { page, troubles, close } = await open('regressed');
    const shown = () => page.locator('.gallery li:visible').count();
    await page.selectOption('select[name=label]', 'speed limit 100');
    const labels = await page.locator('.gallery li:visible b').allTextContents();
    expect(new Set(labels)).toEqual(new Set(['speed limit 100']));
    expect(await page.locator('.filter output').textContent()).toBe(`${labels.length} pictures`);
    await page.selectOption('select[name=label]', '');
    await page.selectOption('select[name=order]', 'label');
    const ordered = await page.locator('[data-flips]').first().locator('li b').allTextContents();
    expect(ordered).toEqual([...ordered].sort());
    expect(await shown()).toBeGreaterThan(labels.length);
    expect(troubles).toEqual([]);
    await close();
  });

  it('copies the plan', async () => {
    const { page, close } = await open('retained', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.locator('.plan summary').click();
    await page.locator('.plan [data-copy]').click();
    await expect.poll(() => page.locator('.plan [data-copy]').textContent()).toBe('Copied');
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(
      createFixtureRun('retained').planYaml,
    );
    await close();
  });

  it('is complete without its script', async () => {
    const { page, close } = await open('regressed', { javaScriptEnabled: false });
    expect(await page.locator('button:visible, select:visible').count()).toBe(0);
    expect(await page.locator('.gallery li').count()).toBe(
      createFixtureRun('regressed').flips.length,
    );
    await close();
  });

  it('prints in light colours with the plan unfolded', async () => {
    const { page, close } = await open('retained', { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe(
      'rgb(255, 255, 255)',
    );
    expect(await page.locator('.plan pre').isVisible()).toBe(true);
    await close();
  });

  it('keeps the keyboard’s way short: the first stop leads to the evidence', async () => {
    const { page, close } = await open('retained');
    await page.keyboard.press('Tab');
    expect(await page.evaluate<string>("document.activeElement.getAttribute('href')")).toBe(
      '#protected',
    );
    await close();
  });
});
