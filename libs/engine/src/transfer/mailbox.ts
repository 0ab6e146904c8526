/** Messages that are put in as they come, and taken out in their order. */
export interface Mailbox<T> {
  put(item: T): void;
  /** Nothing more comes. */
  end(): void;
  /** What was put in, and will be, until the end. */
  items(): AsyncGenerator<T>;
}

/** Makes one that is empty. */
export function createMailbox<T>(): Mailbox<T> {
  const waiting: T[] = [];
  let ended = false;
  let wake = () => {};
  return {
    put(item) {
      waiting.push(item);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async *items() {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift()!;
        if (ended) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
