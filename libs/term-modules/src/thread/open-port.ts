import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { endWithParent } from './end-with-parent.js';

/** The way from a program that runs apart to who started it. */
export interface Port<Data, Question, Answer> {
  /** What it was started with. */
  readonly data: Data;
  post(answer: Answer, transfer?: ArrayBuffer[]): void;
  onMessage(listener: (question: Question) => void): void;
}

/** The port of this thread, or of this process, which ends when that of its parent does. */
export async function openPort<Data, Question, Answer>(): Promise<Port<Data, Question, Answer>> {
  if (parentPort !== null) {
    const port = parentPort;
    const post = port.postMessage.bind(port);
    return {
      data: workerData as Data,
      post: (answer, transfer = []) => post(answer, transfer),
      onMessage: (listener) => port.on('message', listener),
    };
  }
  const send = process.send!.bind(process);
  const on = process.on.bind(process);
  endWithParent();
  const [{ data }] = (await once(process, 'message')) as [{ readonly data: Data }];
  return {
    data,
    post: (answer) => send(answer),
    onMessage: (listener) => on('message', (question) => listener(question as Question)),
  };
}
