import { Fault, unpackFault } from '@holdfast/fault';
import { awaitAnswer } from './await-answer.js';
import type { BackEndName } from './back-ends/back-end.js';
import type { Isolate } from './isolate.js';
import { limits } from './limits.js';
import { startIsolate } from './start-isolate.js';
import type { Evaluation, TermBatch, TermDescription } from './term.js';
import type { TermAnswer, TermQuestion } from './thread/messages.js';

/** A module in a thread of its own. */
export interface OpenTerm {
  /**
   * Evaluates the module. Calls wait for one another. Embeddings are copied.
   * @throws Fault `invalid` for what is wrong with the module, `diverged` for numbers that are not finite,
   *   `exhausted` for a limit of time or memory. The next call starts a new thread where this one's is of no use.
   */
  evaluate(batch: TermBatch): Promise<Evaluation>;
  /** Ends the thread. */
  close(): Promise<void>;
}

/** Makes a term; its thread starts with the first call. */
export function openTerm(description: TermDescription, backEnd: BackEndName): OpenTerm {
  const { timeLimitMs, ...term } = description;
  const { name } = term;
  let worker: Isolate | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  const stop = async () => {
    const ended = worker;
    worker = undefined;
    await ended?.terminate();
  };
  const wait = async (thread: Isolate, activity: string, limitMs: number) => {
    const waiting = { name, activity, timeLimitMs: limitMs };
    const answer = await awaitAnswer<TermAnswer>(thread, waiting).catch(async (error) => {
      await stop();
      throw error;
    });
    if (answer.event === 'fault') throw unpackFault(answer.fault);
    return answer;
  };
  const start = async () => {
    const thread = startIsolate('thread/term-thread.js', { backEnd, term });
    worker = thread;
    try {
      await wait(thread, 'starting its back end', limits.backEndMsMax);
      ask(thread, { event: 'load' });
      await wait(thread, 'loading', timeLimitMs);
    } catch (error) {
      await stop();
      throw error;
    }
    // Between calls nobody waits for it: a later call finds that it is gone.
    const forget = () => {
      if (worker === thread) worker = undefined;
    };
    thread.on('error', forget).on('exit', forget);
    return thread;
  };
  const call = async (batch: TermBatch): Promise<Evaluation> => {
    // A call that waited must start no thread that nobody ends.
    if (isClosed) throw new Fault('cancelled', `${name} was closed`);
    const thread = worker ?? (await start());
    ask(thread, { event: 'evaluate', batch: copyBatch(batch) });
    const answer = await wait(thread, 'its call', timeLimitMs);
    return (answer as TermAnswer & { event: 'evaluation' }).evaluation;
  };
  return {
    evaluate(batch) {
      const evaluation = last.then(() => call(batch));
      last = evaluation.catch(() => undefined);
      return evaluation;
    },
    async close() {
      isClosed = true;
      await stop();
    },
  };
}

const ask = (thread: Isolate, question: TermQuestion) => thread.postMessage(question);

/** A view's clone would bring its whole buffer, which may be a message of 64 MiB. */
function copyBatch(batch: TermBatch): TermBatch {
  const copy = <M extends { readonly data: Float32Array }>(matrix: M): M => ({
    ...matrix,
    data: matrix.data.slice(),
  });
  const { images, texts, reference, labels } = batch;
  return {
    ...batch,
    images: copy(images),
    texts: copy(texts),
    labels: Int32Array.from(labels),
    reference: reference && {
      images: copy(reference.images),
      texts: copy(reference.texts),
    },
  };
}
