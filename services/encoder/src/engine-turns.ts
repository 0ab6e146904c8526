import type { Engine } from '@holdfast/engine';

/** Who waits for the engine, the most urgent first. */
export const engineLevels = ['training', 'evaluation', 'interactive'] as const;

/** Who waits for the engine. */
export type EngineLevel = (typeof engineLevels)[number];

/** Lets one computation at a time have the engine. */
export interface EngineTurns {
  /**
   * Runs `work` as soon as the engine is free and nobody more urgent waits; of one level the first one first.
   *
   * @param signal who leaves before it is their turn gives it to the next one
   */
  take<T>(level: EngineLevel, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** The engine, whose computations wait for their turn at a level as {@link take} does. */
  engineOf(level: EngineLevel, signal?: AbortSignal): Engine;
  /**
   * Starts no `interactive` work until the answer is called, or nobody has moved anything for a minute: whoever asks for an array
   * piece by piece would wait for a batch of callers before each, and one that never goes on may not keep callers waiting.
   */
  hold(): () => void;
  /** The engine for who moves arrays while they hold callers back. */
  readonly moving: Engine;
}

/** Time for which a hold lasts without a piece, whoever moved it. */
const holdMsMax = 60_000;

/**
 * Makes the turns of an engine. An engine answers in the order in which it is asked, so that order is decided
 * before: whoever computes waits here. What copies or steps arrays does not, and holds callers back meanwhile.
 */
export function createEngineTurns(engine: Engine): EngineTurns {
  const waiting = new Map<EngineLevel, (() => void)[]>(engineLevels.map((level) => [level, []]));
  const holds = new Set<NodeJS.Timeout>();
  let busy = false;

  const mayStart = (level: EngineLevel) => level !== 'interactive' || holds.size === 0;

  function startNext(): void {
    const level = engineLevels.find((each) => waiting.get(each)!.length > 0 && mayStart(each));
    busy = level !== undefined;
    if (level !== undefined) waiting.get(level)!.shift()!();
  }

  async function take<T>(
    level: EngineLevel,
    work: () => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    if (busy || !mayStart(level))
      await new Promise<void>((start) => waiting.get(level)!.push(start));
    busy = true;
    try {
      signal?.throwIfAborted();
      return await work();
    } finally {
      startNext();
    }
  }

  function hold(): () => void {
    const release = () => {
      clearTimeout(lapse);
      if (holds.delete(lapse) && !busy) startNext();
    };
    const lapse = setTimeout(release, holdMsMax).unref();
    holds.add(lapse);
    return release;
  }

  /** A piece is moved: whoever holds goes on. */
  function renew<Request, Answer>(move: (request: Request) => Promise<Answer>) {
    return (request: Request) => {
      for (const lapse of holds) lapse.refresh();
      return move(request);
    };
  }

  return {
    take,
    hold,
    moving: {
      ...engine,
      readArray: renew(engine.readArray),
      writeArray: renew(engine.writeArray),
      saveElements: renew(engine.saveElements),
      loadElements: renew(engine.loadElements),
    },
    engineOf: (level, signal) => ({
      ...engine,
      encode: (request) => take(level, () => engine.encode(request), signal),
      extractFeatures: (request) => take(level, () => engine.extractFeatures(request), signal),
      backpropagate: (request) => take(level, () => engine.backpropagate(request), signal),
    }),
  };
}
