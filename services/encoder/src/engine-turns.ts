import type { Engine } from '@holdfast/engine';

/** Who waits for the engine, the most urgent first. */
export const engineLevels = ['training', 'evaluation', 'interactive'] as const;

/** Who waits for the engine. */
export type EngineLevel = (typeof engineLevels)[number];

/** Lets one computation at a time have the engine. */
export interface EngineTurns {
  /** Runs `work` as soon as the engine is free and nobody more urgent waits; of one level the first one first. */
  take<T>(level: EngineLevel, work: () => Promise<T>): Promise<T>;
  /** The engine, whose computations wait for their turn at a level. */
  engineOf(level: EngineLevel): Engine;
  /**
   * Starts no `interactive` work until the answer is called or a minute is over: whoever asks for an array piece by
   * piece would wait for a batch of callers before each, and one that never goes on may not keep callers waiting.
   */
  hold(): () => void;
}

/** Time that a hold lasts at the most. */
const holdMsMax = 60_000;

/**
 * Makes the turns of an engine. An engine answers in the order in which it is asked, so that order is decided
 * before: whoever computes waits here. What copies or steps arrays does not, and holds callers back meanwhile.
 */
export function createEngineTurns(engine: Engine): EngineTurns {
  const waiting = new Map<EngineLevel, (() => void)[]>(engineLevels.map((level) => [level, []]));
  let busy = false;
  let holds = 0;

  const mayStart = (level: EngineLevel) => level !== 'interactive' || holds === 0;

  function startNext(): void {
    const level = engineLevels.find((each) => waiting.get(each)!.length > 0 && mayStart(each));
    busy = level !== undefined;
    if (level !== undefined) waiting.get(level)!.shift()!();
  }

  async function take<T>(level: EngineLevel, work: () => Promise<T>): Promise<T> {
    if (busy || !mayStart(level))
      await new Promise<void>((start) => waiting.get(level)!.push(start));
    busy = true;
    try {
      return await work();
    } finally {
      startNext();
    }
  }

  function hold(): () => void {
    let holding = true;
    const release = () => {
      if (!holding) return;
      holding = false;
      holds -= 1;
      clearTimeout(lapse);
      if (!busy) startNext();
    };
    const lapse = setTimeout(release, holdMsMax).unref();
    holds += 1;
    return release;
  }

  return {
    take,
    hold,
    engineOf: (level) => ({
      ...engine,
      encode: (request) => take(level, () => engine.encode(request)),
      extractFeatures: (request) => take(level, () => engine.extractFeatures(request)),
      backpropagate: (request) => take(level, () => engine.backpropagate(request)),
    }),
  };
}
