import type { EngineTurns } from './engine-turns.js';

type Turns = Pick<EngineTurns, 'hold'>;

/** A service whose calls hold callers back while they last: a stream from when it is first read to its end. */
export function holdCalls<Service extends object>(service: Service, turns: Turns): Service {
  const held = Object.entries(service).map(([name, method]) => {
    const call = (...request: readonly unknown[]) => {
      const answer: object = method(...request);
      return Symbol.asyncIterator in answer
        ? holdStream(answer as AsyncIterable<unknown>, turns)
        : holdAnswer(answer as Promise<unknown>, turns);
    };
    return [name, call] as const;
  });
  return Object.fromEntries(held) as Service;
}

async function* holdStream(stream: AsyncIterable<unknown>, { hold }: Turns) {
  const release = hold();
  try {
    yield* stream;
  } finally {
    release();
  }
}

async function holdAnswer(answer: Promise<unknown>, { hold }: Turns) {
  const release = hold();
  try {
    return await answer;
  } finally {
    release();
  }
}
