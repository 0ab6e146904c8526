import type { RunView } from '../watch/run-view.js';

/** Shows what a person must know of one of several runs at once, a line each: their progress would be a jumble. */
export function createNotesView(note: (message: string) => void): RunView {
  return {
    show(event) {
      if (event.$case === 'noted') note(`note: ${event.value.message}`);
    },
    note,
    close() {},
  };
}
