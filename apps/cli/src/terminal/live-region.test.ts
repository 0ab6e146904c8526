import { expect, it } from 'vitest';
import { createFakeTerminal } from '../test-support/fake-terminal.js';
import { createLiveRegion } from './live-region.js';

/** What a screen shows after output that moves up, clears below and prints lines. */
function render(text: string): string[] {
  const lines: string[] = [''];
  let row = 0;
  const tokens = text
    .replaceAll('\u001b', '<ESC>')
    .matchAll(/<ESC>\[(\?25[lh])|<ESC>\[(\d+)A|<ESC>\[0J|\r|\n|((?:(?!<ESC>)[^\r\n])+)/g);
  for (const [token, cursor, up, words] of tokens) {
    if (cursor !== undefined || token === '\r') continue;
    if (up !== undefined) row -= Number(up);
    else if (words !== undefined) lines[row] = words;
    else if (token === '\n') {
      row += 1;
      lines[row] ??= '';
    } else {
      lines.length = row + 1;
      lines[row] = '';
    }
  }
  return lines;
}

it('draws in place, and leaves printed lines above', () => {
  const terminal = createFakeTerminal();
  const region = createLiveRegion(terminal.progress);
  region.draw(['one', 'two']);
  region.print('note');
  region.draw(['three']);
  expect(render(terminal.written.progress)).toEqual(['note', 'three', '']);
  region.close();
  expect(render(terminal.written.progress)).toEqual(['note', '']);
  expect(terminal.written.progress.endsWith('\u001b[?25h')).toBe(true);
});

it('cuts lines that would wrap, and those below the screen', () => {
  const terminal = createFakeTerminal();
  const region = createLiveRegion(terminal.progress);
  region.draw(['x'.repeat(200), ...Array.from({ length: 50 }, (_, i) => `row ${i}`)]);
  const lines = render(terminal.written.progress);
  expect(lines[0]).toBe(`${'x'.repeat(78)}…`);
  // 24 rows, one of them for the cursor.
  expect(lines).toHaveLength(24);
});
