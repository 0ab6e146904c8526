/**
 * Answers requests as they come, at most `underWayMax` at a time, and yields the answers as they are ready. No request is
 * read before it can be taken on, so that the sender is held back.
 *
 * @param answer must not throw: what fails is an answer, too
 */
export async function* answerBounded<Request, Answer>(
  requests: AsyncIterable<Request>,
  answer: (request: Request) => Promise<Answer>,
  underWayMax: number,
): AsyncGenerator<Answer> {
  const iterator = requests[Symbol.asyncIterator]();
  const answers: Answer[] = [];
  let underWay = 0;
  let reading = false;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let wake = () => {};

  const start = async (request: Request) => {
    underWay += 1;
    answers.push(await answer(request));
    underWay -= 1;
    wake();
  };
  const read = async () => {
    reading = true;
    try {
      const next = await iterator.next();
      if (next.done) ended = true;
      else void start(next.value);
    } catch (error) {
      failure = { error };
      ended = true;
    }
    reading = false;
    wake();
  };

  try {
    while (true) {
      while (answers.length > 0) yield answers.shift()!;
      if (ended && underWay === 0) break;
      if (!ended && !reading && underWay < underWayMax) void read();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failure !== undefined) throw failure.error;
  } finally {
    iterator.return?.()?.catch(() => {});
  }
}
