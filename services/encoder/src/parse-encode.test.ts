import { EncodeRequest } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { expect, it } from 'vitest';
import type { EncoderRun } from './encoder-run.js';
import { parseEncode } from './parse-encode.js';
import { openedWeights } from './test-support/create-run-fixture.js';

/** As much of a run of ViT-L/14@336 as checking a request needs. */
const run = {
  directory: { preprocessing: { cropHeight: 336, cropWidth: 336 } },
  settings: { runId: 'run', trainable: { scope: 'full' } },
  samples: { value: { table: { samples: [{}] }, unusable: new Set() } },
} as unknown as EncoderRun;

const parse = (count: number, retain: boolean, of = run) =>
  parseEncode(
    EncodeRequest.fromPartial({
      retain,
      parameters: openedWeights,
      images: { samples: new Array(count).fill(0) },
    }),
    of,
  );

it('refuses to retain more pixels than 2 GiB, which stand in memory at once', () => {
  // 2^29 / (3 * 336 * 336) = 1585.1
  expect(() => parse(1586, true)).toThrow('has 1586; a retained batch takes 1585 of 336 x 336');
  expect(parse(1585, true).images?.samples).toHaveLength(1585);
  expect(parse(1586, false).images?.samples).toHaveLength(1586);
});

it('retains no pixels where it trains on features', () => {
  const settings = { runId: 'run', trainable: { scope: 'projections' } };
  const featured = { ...run, settings } as EncoderRun;
  expect(parse(1586, true, featured).images?.samples).toHaveLength(1586);
});
