/** Estimates how long work of a known size still takes. */
export interface TimeLeft {
  /** Tells how far the work is; going back, or another total, starts the estimate anew. */
  update(done: number, total: number, nowMs: number): void;
  /** Seconds left; undefined until there is something to go by. */
  seconds(): number | undefined;
}

/** Recent speed counts: a machine that others use changes its pace. */
const windowMs = 60_000;

/** Makes an estimate that knows nothing. */
export function createTimeLeft(): TimeLeft {
  let marks: { readonly done: number; readonly atMs: number }[] = [];
  let total = 0;
  return {
    update(done, newTotal, nowMs) {
      const last = marks.at(-1);
      if (newTotal !== total || (last !== undefined && done < last.done)) marks = [];
      total = newTotal;
      if (last?.done === done && marks.length > 0) return;
      marks.push({ done, atMs: nowMs });
      while (marks.length > 2 && nowMs - marks[1]!.atMs > windowMs) marks.shift();
    },
    seconds() {
      const [first, last] = [marks[0], marks.at(-1)];
      if (first === undefined || last === undefined || last.done === first.done) return undefined;
      const perUnitMs = (last.atMs - first.atMs) / (last.done - first.done);
      return ((total - last.done) * perUnitMs) / 1000;
    },
  };
}
