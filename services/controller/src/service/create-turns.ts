/** Does pieces of work one after the other, in the order in which they come. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/** No piece of work yet. */
export function createTurns(): Turns {
  /** The last piece of work, done or failed; never rejects. */
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
}
