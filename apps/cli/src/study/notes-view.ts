import type { Output } from '../terminal/terminal.js';
import type { RunView } from '../watch/run-view.js';

/** Shows what a person must know of one of several runs at once, with its name: their progress would be a jumble. */
export function createNotesView(output: Output, name: string): RunView {
  const note = (message: string) => output.write(`${name}: ${message}\n`);
  return {
    show(event) {
      if (event.$case === 'noted') note(`note: ${event.value.message}`);
    },
    note,
    close() {},
  };
}
