import { stripVTControlCharacters } from 'node:util';
import { visibleWidth } from './format-table.js';
import type { Output } from './terminal.js';

/** A few lines at the bottom of a terminal that are drawn again and again. */
export interface LiveRegion {
  /** Replaces the lines. Those that do not fit on the screen are cut. */
  draw(lines: readonly string[]): void;
  /** Writes a line above them that stays. */
  print(line: string): void;
  /** Takes the lines away and gives the cursor back. */
  close(): void;
}

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const clearBelow = '\u001b[0J';

/** Makes a region without lines. */
export function createLiveRegion(output: Output): LiveRegion {
  let drawn: readonly string[] = [];
  output.write(hideCursor);
  const toTop = () => (drawn.length === 0 ? '\r' : `\r\u001b[${drawn.length}A`);
  const compose = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
  return {
    draw(lines) {
      const fitting = lines.slice(0, Math.max(1, output.rows() - 1));
      const cut = fitting.map((line) => cutLine(line, output.columns() - 1));
      output.write(`${toTop()}${clearBelow}${compose(cut)}`);
      drawn = cut;
    },
    print(line) {
      output.write(`${toTop()}${clearBelow}${line}\n${compose(drawn)}`);
    },
    close() {
      output.write(`${toTop()}${clearBelow}${showCursor}`);
      drawn = [];
    },
  };
}

/** A line that wraps would throw off the count of lines to go up. Cut lines lose their colours. */
function cutLine(line: string, width: number): string {
  if (visibleWidth(line) <= width) return line;
  let cut = '';
  for (const character of stripVTControlCharacters(line)) {
    if (visibleWidth(cut + character) > width - 1) break;
    cut += character;
  }
  return `${cut}…`;
}
