import type { Engine } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import { OpenRunRequest, type OpenRunResponse } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { fingerprintRun } from '@holdfast/run-kit';
import type { EncoderRun, RunStore } from './encoder-run.js';
import type { ImagePool } from './images/create-image-pool.js';
import { loadRun, type OpeningProgress, unloadRun } from './load-run.js';
import { parseOpenRun } from './parse-open-run.js';
import { streamProgress } from './progress-stream.js';

/** What OpenRun works with. */
export interface OpenRunOptions {
  readonly engine: Engine;
  readonly roots: readonly string[];
  readonly imagePool: ImagePool;
}

/** Opens a run, reporting the images that are prepared; an open one answers at once. */
export function createOpenRun(store: RunStore, options: OpenRunOptions) {
  return async function* (
    request: OpenRunRequest,
    context: { readonly signal: AbortSignal },
  ): AsyncGenerator<OpenRunResponse> {
    const fingerprint = fingerprintRun(OpenRunRequest, request);
    const known = store.find(request.runId, fingerprint);
    if (known !== undefined) {
      yield describeOpened(await known);
      return;
    }
    const opening = createOpening();
    store.add(request.runId, { fingerprint, opening: opening.run });
    let loading: Promise<EncoderRun> | undefined;
    let opened = false;
    try {
      const settings = await parseOpenRun(request, options.roots);
      const { signal } = context;
      const run = yield* reportImages((report) => {
        loading = loadRun(settings, { ...options, report, signal });
        return loading;
      });
      opening.resolve(run);
      opened = true;
      yield describeOpened(run);
    } catch (error) {
      opening.reject(error);
      throw error;
    } finally {
      if (!opened) {
        opening.reject(new Fault('cancelled', `opening run '${request.runId}' was cancelled`));
        // A caller that leaves does not stop the engine: only when it is done is the name free.
        const left = await loading?.catch(() => undefined);
        if (left !== undefined) await unloadRun(options.engine, request.runId, left);
        store.remove(request.runId);
      }
    }
  };
}

/** A run to come. Whoever else asks for it meanwhile waits for it; maybe nobody does. */
function createOpening() {
  let resolve!: (run: EncoderRun) => void;
  let reject!: (reason: unknown) => void;
  const run = new Promise<EncoderRun>((settle, refuse) => {
    resolve = settle;
    reject = refuse;
  });
  run.catch(() => {});
  return { run, resolve, reject };
}

async function* reportImages(
  task: Parameters<typeof streamProgress<OpeningProgress, EncoderRun>>[0],
): AsyncGenerator<OpenRunResponse, EncoderRun> {
  const reports = streamProgress(task);
  for (;;) {
    const { value, done } = await reports.next();
    if (done) return value;
    const { prepared: imagesPrepared, featured: featuresComputed, total: imagesTotal } = value;
    yield { imagesPrepared, featuresComputed, imagesTotal, opened: undefined };
  }
}

function describeOpened({ opened, sampleCount, textFeatures }: EncoderRun): OpenRunResponse {
  const featuresComputed = textFeatures === undefined ? 0 : sampleCount;
  return { imagesPrepared: sampleCount, imagesTotal: sampleCount, featuresComputed, opened };
}
