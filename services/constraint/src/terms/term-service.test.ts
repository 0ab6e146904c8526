import { createHash } from 'node:crypto';
import {
  type EvaluateRequest,
  type OpenTermRequest,
  TermKind,
  type TermServiceClient,
  TermServiceDefinition,
} from '@holdfast/proto/holdfast/term/v1/term';
import { fromMatrix, toMatrix } from '@holdfast/run-kit';
import { createInProcessClient, fromDuration, toDuration } from '@holdfast/service-kit';
import { refusalOf } from '@holdfast/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEmbeddings } from '../test-support/constraint-service.js';
import { createTermService, type TermServiceOptions } from './create-term-service.js';

const product = `export default {
  estimate(tf, { images, texts, classes, step }, { scale = 1 }) {
    return images.matMul(texts ?? classes, false, true).square().mean().mul(scale * (step + 1));
  },
};`;

function createClient(options: TermServiceOptions = { allowModules: true }): TermServiceClient {
  const { implementation, close } = createTermService(options);
  onTestFinished(close);
  return createInProcessClient(TermServiceDefinition, implementation);
}

function createRequest(text = product, changes: Partial<OpenTermRequest> = {}): OpenTermRequest {
  const source = Buffer.from(text);
  return {
    runId: 'run',
    name: 'product.mjs',
    kind: TermKind.TERM_KIND_OBJECTIVE,
    source,
    sourceSha256: createHash('sha256').update(source).digest('hex'),
    options: undefined,
    temperature: 0.1,
    sizes: { images: 6, texts: 3, columns: 4 },
    timeLimit: undefined,
    ...changes,
  };
}

const objective: EvaluateRequest = {
  runId: 'run',
  name: 'product.mjs',
  step: 0,
  batch: {
    $case: 'objective',
    value: {
      imageEmbeddings: fromMatrix(createEmbeddings(6, 1)),
      textEmbeddings: fromMatrix(createEmbeddings(3, 2)),
      captions: [0, 1, 2, 0, 1, 2],
      positives: [true, true, false, false, false, false],
    },
  },
};

const constraint: EvaluateRequest['batch'] = {
  $case: 'constraint',
  value: {
    imageEmbeddings: fromMatrix(createEmbeddings(6, 1)),
    classEmbeddings: fromMatrix(createEmbeddings(3, 2)),
    labels: [0, 1, 2, 0, 1, 2],
    referenceImageEmbeddings: fromMatrix(createEmbeddings(6, 3)),
    referenceClassEmbeddings: fromMatrix(createEmbeddings(3, 4)),
  },
};

describe('OpenTerm', () => {
  it('is refused by a service that was not told to take modules', async () => {
    const client = createClient({});
    expect(await client.getInfo({})).toMatchObject({ allowsModules: false });
    expect(await refusalOf(client.openTerm(createRequest()))).toMatchObject({
      kind: 'precondition',
      message: expect.stringContaining('only if started with --allow-modules true'),
    });
  });

  it('answers what the dry run found, and the same again when it is repeated', async () => {
    const client = createClient();
    const report = await client.openTerm(createRequest());
    expect(report).toMatchObject({ dependsOnImages: true, dependsOnTexts: true });
    expect(report.value).toBeGreaterThan(0);
    expect(fromDuration(report.duration!)).toBeGreaterThan(0);
    expect(report.backEnd).toEqual((await client.getInfo({})).backEnd);
    expect(await client.openTerm(createRequest())).toEqual(report);
  });

  it('refuses another module under the name of an open one', async () => {
    const client = createClient();
    await client.openTerm(createRequest());
    const other = client.openTerm(createRequest(`${product}\n`));
    expect(await refusalOf(other)).toMatchObject({ kind: 'precondition' });
  });

  it('names every bad field of a request at once', async () => {
    const call = createClient().openTerm({
      ...createRequest(),
      runId: '',
      name: '',
      kind: TermKind.TERM_KIND_UNSPECIFIED,
      temperature: 0,
      sourceSha256: 'x',
      sizes: { images: 0, texts: 3, columns: 4 },
      timeLimit: toDuration(0),
    });
    expect(await refusalOf(call)).toMatchObject({
      kind: 'invalid',
      fields: [
        'run_id',
        'name',
        'kind',
        'temperature',
        'sizes.images',
        'source_sha256',
        'time_limit',
      ],
    });
  });

  it.each([
    [
      'more than 1 MiB',
      Buffer.alloc(2 ** 20 + 1, ' '),
      'must have 1 to 1048576 bytes, has 1048577',
    ],
    ['what is no text', Buffer.from([0xff, 0xfe]), 'is not UTF-8'],
  ])('refuses %s', async (_, source, message) => {
    const sourceSha256 = createHash('sha256').update(source).digest('hex');
    const call = createClient().openTerm({ ...createRequest(), source, sourceSha256 });
    expect(await refusalOf(call)).toMatchObject({ kind: 'invalid', fields: ['source'] });
    const again = createClient().openTerm({ ...createRequest(), source, sourceSha256 });
    expect((await refusalOf(again)).message).toContain(message);
  });

  it('refuses sizes of which a batch would fit no message', async () => {
    const sizes = { images: 65_536, texts: 1, columns: 65_536 };
    const call = createClient().openTerm(createRequest(product, { sizes }));
    expect(await refusalOf(call)).toMatchObject({ kind: 'invalid', fields: ['sizes'] });
  });

  it('leaves nothing behind of a module that fails, and its room is free', async () => {
    const client = createClient({ allowModules: true, termsMax: 1 });
    const endless = createRequest('while (true);', { timeLimit: toDuration(200) });
    expect(await refusalOf(client.openTerm(endless))).toMatchObject({
      kind: 'exhausted',
      message: 'product.mjs: loading took longer than the limit of 0.2 s',
    });
    expect(await refusalOf(client.evaluate(objective))).toMatchObject({ kind: 'not-open' });
    await client.openTerm(createRequest());
    const other = client.openTerm(createRequest(product, { name: 'other.mjs' }));
    expect(await refusalOf(other)).toMatchObject({ kind: 'exhausted' });
    await client.closeRun({ runId: 'run' });
    await client.openTerm(createRequest(product, { name: 'other.mjs' }));
  });
});

describe('Evaluate', () => {
  it('answers value and gradients of the shapes of the embeddings, with options and step', async () => {
    const client = createClient();
    await client.openTerm(createRequest());
    await client.openTerm(createRequest(product, { name: 'scaled.mjs', options: { scale: 3 } }));
    const one = await client.evaluate(objective);
    const images = toMatrix(one.imageGradients, 'image_gradients');
    const texts = toMatrix(one.textGradients, 'text_gradients');
    expect([images.rows, images.columns, texts.rows, texts.columns]).toEqual([6, 4, 3, 4]);
    expect(images.data.some((x) => x !== 0)).toBe(true);
    expect(await client.evaluate(objective)).toEqual(one);
    const scaled = await client.evaluate({ ...objective, name: 'scaled.mjs', step: 1 });
    expect(scaled.value).toBeCloseTo(6 * one.value, 5);
  });

  it('takes the batch of its kind alone', async () => {
    const client = createClient();
    await client.openTerm(createRequest(product, { kind: TermKind.TERM_KIND_CONSTRAINT }));
    expect(await refusalOf(client.evaluate(objective))).toMatchObject({
      kind: 'invalid',
      fields: ['batch'],
      message: expect.stringContaining('must be constraint'),
    });
    const { value } = await client.evaluate({ ...objective, batch: constraint });
    expect(value).toBeGreaterThan(0);
  });

  it('names every bad field at once', async () => {
    const client = createClient();
    await client.openTerm(createRequest(product, { kind: TermKind.TERM_KIND_CONSTRAINT }));
    const call = client.evaluate({
      ...objective,
      batch: {
        $case: 'constraint',
        value: {
          ...constraint.value,
          labels: [0, 3],
          classEmbeddings: fromMatrix(createEmbeddings(3, 2, 5)),
          referenceImageEmbeddings: undefined,
          referenceClassEmbeddings: fromMatrix(createEmbeddings(2, 4)),
        },
      },
    });
    expect(await refusalOf(call)).toMatchObject({
      kind: 'invalid',
      fields: [
        'constraint.reference_image_embeddings',
        'constraint.class_embeddings',
        'constraint.reference_class_embeddings',
        'constraint.labels',
        'constraint.labels[1]',
      ],
    });
  });

  it('lets a term that failed once work again, and others all along', async () => {
    const client = createClient();
    const flaky = `export default { estimate(tf, { images, step }) {
      if (step === 1) while (true);
      if (step === 2) process.exit(1);
      if (step === 3) throw new Error('three');
      return images.square().mean();
    } };`;
    const timeLimit = toDuration(4000);
    await client.openTerm(createRequest(flaky, { name: 'flaky.mjs', timeLimit }));
    await client.openTerm(createRequest());
    const evaluate = (step: number) => client.evaluate({ ...objective, name: 'flaky.mjs', step });
    const { value } = await evaluate(0);
    const kinds = [];
    for (const step of [1, 2, 3]) {
      kinds.push((await refusalOf(evaluate(step))).kind);
      expect((await client.evaluate(objective)).value).toBeGreaterThan(0);
    }
    expect(kinds).toEqual(['exhausted', 'invalid', 'invalid']);
    expect((await evaluate(4)).value).toBe(value);
  });

  it('ends with CloseRun, which may be repeated', async () => {
    const client = createClient();
    await client.openTerm(createRequest());
    await client.closeRun({ runId: 'run' });
    await client.closeRun({ runId: 'run' });
    expect(await refusalOf(client.evaluate(objective))).toMatchObject({ kind: 'not-open' });
  });
});
