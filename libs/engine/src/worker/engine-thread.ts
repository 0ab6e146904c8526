import { parentPort, workerData } from 'node:worker_threads';
import { createLocalEngine, type EngineOptions } from '../engine-core.js';
import { serveEngine } from './serve-engine.js';

// The entry of the engine's thread.
serveEngine(createLocalEngine(workerData as EngineOptions), parentPort!);
