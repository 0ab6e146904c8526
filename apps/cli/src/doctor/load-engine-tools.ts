import type { EngineTools } from './diagnose.js';

/** Loads the engine, whose native library may be missing or not fit this system. */
export async function loadEngineTools(): Promise<EngineTools> {
  const engine = await import('@holdfast/engine/measure');
  const defaultThreads = engine.countDefaultThreads();
  return {
    defaultThreads,
    runtimeVersion: engine.readRuntimeVersion(),
    tryProvider: engine.createTryProvider({ threads: defaultThreads }),
    measureProducts: engine.measureProducts,
    measureTraining: engine.measureTraining,
  };
}
