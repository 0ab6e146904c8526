/** Does pieces of work one after the other, in the order in which they come. */
export function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  /** The last piece of work, done or failed; never rejects. */
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
}
