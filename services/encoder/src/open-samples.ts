import { prepareImages, readSampleTable } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import {
  BadImagePolicy,
  OpenSamplesRequest,
  type OpenSamplesResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { confineUri, fingerprintRun } from '@holdfast/run-kit';
import { collectViolations, confineField } from '@holdfast/service-kit';
import type { EncoderRun, RunSamples, RunStore } from './encoder-run.js';
import type { ImagePool } from './images/create-image-pool.js';
import { createRunImages } from './images/run-images.js';

/** Reads a run's sample table and prepares its images; open ones are there at once. */
export function createOpenSamples(
  store: RunStore,
  { roots, imagePool }: { readonly roots: readonly string[]; readonly imagePool: ImagePool },
) {
  return async function* (
    request: OpenSamplesRequest,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<OpenSamplesResponse> {
    const run = await store.get(request.runId);
    const fingerprint = fingerprintRun(OpenSamplesRequest, request);
    const samples = yield* run.samples.open(fingerprint, async (report) => {
      const settings = await parseOpenSamples(request, roots);
      return openSamples(settings, run, { roots, imagePool, report, signal });
    });
    yield describeOpened(samples);
  };
}

function describeOpened({ table, prepared: { badImages } }: RunSamples): OpenSamplesResponse {
  const count = table.samples.length;
  const bad = badImages.map(({ sample, reason }) => ({ sample, reason }));
  return { imagesPrepared: count, imagesTotal: count, opened: { badImages: bad } };
}

interface OpenSamplesSettings {
  readonly samplesPath: string;
  readonly samplesSha256: string;
  readonly cachePath?: string;
  readonly badImagePolicy: 'fail' | 'skip';
}

/** @throws Fault `invalid` that names every field that is wrong. */
async function parseOpenSamples(
  request: OpenSamplesRequest,
  roots: readonly string[],
): Promise<OpenSamplesSettings> {
  const violations = collectViolations('OpenSamples');
  const { samplesSha256, cachePath } = request;
  const { BAD_IMAGE_POLICY_SKIP, UNRECOGNIZED } = BadImagePolicy;
  const isHash = /^[0-9a-f]{64}$/.test(samplesSha256);
  violations.require(isHash, 'samples_sha256', 'is required: 64 hexadecimal digits');
  const isPolicy = request.badImagePolicy !== UNRECOGNIZED;
  violations.require(isPolicy, 'bad_image_policy', 'is not a policy');
  const context = { roots, violations };
  const samplesPath = await confineUri(request.samplesUri, 'samples_uri', context);
  const cache =
    cachePath === undefined ? undefined : await confineField(cachePath, 'cache_path', context);
  violations.throwIfAny();
  return {
    samplesPath,
    samplesSha256,
    badImagePolicy: request.badImagePolicy === BAD_IMAGE_POLICY_SKIP ? 'skip' : 'fail',
    ...(cache !== undefined && { cachePath: cache }),
  };
}

async function openSamples(
  { samplesPath, samplesSha256, badImagePolicy, cachePath }: OpenSamplesSettings,
  { directory: { preprocessing, preprocessingSha256 } }: EncoderRun,
  context: {
    readonly roots: readonly string[];
    readonly imagePool: ImagePool;
    readonly report: (progress: OpenSamplesResponse) => void;
    readonly signal: AbortSignal;
  },
): Promise<RunSamples> {
  const { roots, imagePool, report, signal } = context;
  const table = await readSampleTable(samplesPath, roots);
  if (table.sha256 !== samplesSha256) {
    throw new Fault(
      'precondition',
      `${samplesPath} has sha256 ${table.sha256}, not ${samplesSha256}: it has changed since the run was planned`,
    );
  }
  const prepared = await prepareImages({
    samples: table.samples,
    preprocessing,
    preprocessingSha256,
    badImagePolicy,
    cachePath,
    signal,
    onProgress: ({ done, total }) =>
      report({ imagesPrepared: done, imagesTotal: total, opened: undefined }),
    concurrency: imagePool.concurrency,
    prepareSample: imagePool.prepareSample,
  });
  return {
    table,
    prepared,
    unusable: new Set(prepared.badImages.map(({ sample }) => sample)),
    pixels: createRunImages(imagePool, prepared, preprocessing),
    cachePath,
  };
}
