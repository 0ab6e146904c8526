/** Runs tasks one after another, in the order in which they are given. */
export type SerialQueue = <T>(task: () => Promise<T> | T) => Promise<T>;

/** Makes a queue. A task that fails does not stop the ones after it. */
export function createSerialQueue(): SerialQueue {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  };
}
