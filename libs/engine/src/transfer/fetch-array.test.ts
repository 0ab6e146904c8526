import { chmod, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '@holdfast/fault';
import {
  DataType,
  FetchRequest,
  ReadRequest,
  SharedArray,
  ShareRequest,
  type TensorReference,
  type TensorServiceClient,
  type TensorServiceImplementation,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../engine.js';
import type { ArrayName } from '../memory/array-name.js';
import { openFixture, runId } from '../test-support/small-engine.js';
import { createTensorService } from './create-tensor-service.js';
import { takeShared } from './take-shared.js';
import { alone } from './tensor-peers.js';
import { parseWireType } from './wire-type.js';

const { DATA_TYPE_FLOAT32, DATA_TYPE_BFLOAT16 } = DataType;
const { SHARED_ARRAY_GRADIENT, SHARED_ARRAY_PARAMETERS } = SharedArray;
const { signal } = new AbortController();
const context = { signal } as never;

let engine: Engine;
let service: TensorServiceImplementation;
let reference: TensorReference;
/** In which both services see the same files. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-shared-'));
  engine = await openFixture();
  service = createTensorService(engine, { ...alone, sharedFolder: folder });
  const array = SHARED_ARRAY_PARAMETERS;
  reference = { engineId: engine.id, runId, array, version: 0, address: 'here:1' };
});

afterAll(() => rm(folder, { recursive: true }));

/** What a client of a service would be. */
function toClient({ read, share }: Pick<TensorServiceImplementation, 'read' | 'share'>) {
  async function* fill(requests: AsyncIterable<Partial<ShareRequest>>) {
    for await (const request of requests) yield ShareRequest.fromPartial(request);
  }
  return {
    read: (request: ReadRequest) => read(ReadRequest.fromPartial(request), context),
    share: (requests: AsyncIterable<Partial<ShareRequest>>) => share(fill(requests), context),
  } as unknown as Pick<TensorServiceClient, 'read' | 'share'>;
}

/** Another engine, and the service beside it, which reaches the one of this file at `here:1`. */
async function openPeer(
  changes: Partial<Pick<TensorServiceImplementation, 'read' | 'share'>> = {},
  sharedFolder?: string,
) {
  const other = await openFixture();
  await other.zeroArray({ runId, array: 'parameters' });
  const peer = createTensorService(other, {
    address: () => 'there:1',
    sharedFolder,
    connect(address: string) {
      if (address !== 'here:1') throw new Fault('invalid', `${address} is not a peer`);
      return toClient({ ...service, ...changes });
    },
  });
  return { other, peer };
}

const fetchFrom = (
  peer: TensorServiceImplementation,
  source: Partial<TensorReference>,
  changes: Partial<FetchRequest> = {},
) =>
  peer.fetch(
    FetchRequest.fromPartial({
      source: { ...reference, ...source },
      dataType: DATA_TYPE_FLOAT32,
      ...changes,
    }),
    context,
  );

const readArray = async (array: ArrayName, from = engine) =>
  from.readArray({ runId, array, offset: 0, count: await from.readLength({ runId }) });
const bitsOf = ({ buffer }: Float32Array) => Buffer.from(buffer as ArrayBuffer);

/** Must not be asked for an array. */
const unread: TensorServiceImplementation['read'] = () => {
  throw new Error('was read over the network');
};

it('takes an array from the engine that has it, with the same bits', async () => {
  const { other, peer } = await openPeer();
  const { reference: there } = await fetchFrom(peer, { array: SHARED_ARRAY_PARAMETERS });
  expect(there).toEqual({ ...reference, engineId: other.id, address: '' });
  const bits = bitsOf(await readArray('parameters', other));
  expect(bits.equals(bitsOf(await readArray('parameters')))).toBe(true);
  expect(await peer.describe({ runId }, context)).toMatchObject({ address: 'there:1' });
});

it('adds to a gradient once an addition, and after a failure goes on where it was', async () => {
  let failures = 1;
  const { other, peer } = await openPeer({
    async *read(request, at) {
      let pieces = 0;
      for await (const piece of service.read(request, at)) {
        pieces += 1;
        if (pieces === 2 && failures > 0) {
          failures -= 1;
          throw new Fault('unavailable', 'gone');
        }
        yield piece;
      }
    },
  });
  await engine.copyArray({ runId, from: 'parameters', to: 'gradient' });
  await other.copyArray({ runId, from: 'reference', to: 'gradient' });
  const gradient = { array: SHARED_ARRAY_GRADIENT };
  const add = (addition: number) => fetchFrom(peer, gradient, { addition });
  await expect(add(1)).rejects.toMatchObject({ kind: 'unavailable' });
  expect(await add(1)).toEqual(await add(1));
  const twice = (await readArray('parameters')).map((value) => 2 * value);
  expect(bitsOf(await readArray('gradient', other)).equals(bitsOf(twice))).toBe(true);
  await expect(add(3)).rejects.toMatchObject({ kind: 'precondition' });
  const weights = fetchFrom(peer, { array: SHARED_ARRAY_PARAMETERS }, { addition: 1 });
  await expect(weights).rejects.toMatchObject({ violations: [{ field: 'source.array' }] });
});

it('leaves an array without a version that it replaced by half', async () => {
  const { other, peer } = await openPeer({
    async *read(request, at) {
      for await (const piece of service.read(request, at)) {
        yield piece;
        throw new Fault('unavailable', 'gone');
      }
    },
  });
  const array = SHARED_ARRAY_PARAMETERS;
  await expect(fetchFrom(peer, { array })).rejects.toMatchObject({ kind: 'unavailable' });
  const { version } = await other.readVersion({ runId, array: 'parameters' });
  expect(version).toBeUndefined();
});

it('leaves what is here where it is, and goes nowhere else than to its peers', async () => {
  const { other, peer } = await openPeer();
  const own = { engineId: other.id, array: SHARED_ARRAY_PARAMETERS };
  const answer = await fetchFrom(peer, { ...own, address: '' });
  expect(answer.reference).toEqual({ ...reference, ...own, address: '' });
  const elsewhere = fetchFrom(peer, { array: SHARED_ARRAY_PARAMETERS, address: 'elsewhere:1' });
  await expect(elsewhere).rejects.toMatchObject({ violations: [{ field: 'source.address' }] });
  const nothing = fetchFrom(peer, {}, { source: undefined });
  await expect(nothing).rejects.toMatchObject({ kind: 'invalid' });
  const model = fetchFrom(peer, { array: SharedArray.SHARED_ARRAY_REFERENCE });
  await expect(model).rejects.toThrow('is not written');
  await expect(fetchFrom(service, { engineId: 'x' })).rejects.toThrow('this service has none');
});

describe('between services that see one folder', () => {
  it.each([
    ['float32', DATA_TYPE_FLOAT32],
    ['bfloat16', DATA_TYPE_BFLOAT16],
  ])('hands %s over through a file, with the bits that the network gives', async (_, dataType) => {
    const near = await openPeer({ read: unread }, folder);
    const far = await openPeer();
    await fetchFrom(near.peer, {}, { dataType });
    await fetchFrom(far.peer, {}, { dataType });
    const bits = bitsOf(await readArray('parameters', near.other));
    expect(bits.equals(bitsOf(await readArray('parameters', far.other)))).toBe(true);
    const isExact = bits.equals(bitsOf(await readArray('parameters')));
    expect(isExact).toBe(dataType === DATA_TYPE_FLOAT32);
    expect(await readdir(folder)).toEqual([]);
  });

  it('goes around a ring that is smaller than the array', async () => {
    const { other } = await openPeer();
    const type = parseWireType(DATA_TYPE_FLOAT32, '');
    const to = { runId, array: 'parameters' } as const;
    const transfer = { peer: toClient(service), folder, source: reference, type, to, signal };
    const size = { pieceBytes: 2 ** 16, piecesMax: 3 };
    expect(await takeShared(other, transfer, size)).toBe('taken');
    const bits = bitsOf(await readArray('parameters', other));
    expect(bits.equals(bitsOf(await readArray('parameters')))).toBe(true);
  });

  it('adds to a gradient', async () => {
    const { other, peer } = await openPeer({ read: unread }, folder);
    await engine.copyArray({ runId, from: 'parameters', to: 'gradient' });
    await other.copyArray({ runId, from: 'reference', to: 'gradient' });
    await fetchFrom(peer, { array: SHARED_ARRAY_GRADIENT }, { addition: 1 });
    const twice = (await readArray('parameters')).map((value) => 2 * value);
    expect(bitsOf(await readArray('gradient', other)).equals(bitsOf(twice))).toBe(true);
  });

  it('fails where the array is written meanwhile', async () => {
    const { peer } = await openPeer(
      {
        read: unread,
        async *share(requests, at) {
          for await (const response of service.share(requests, at)) {
            if (response.writtenPieces === 1n) {
              await engine.copyArray({ runId, from: 'parameters', to: 'evaluation' });
            }
            yield response;
          }
        },
      },
      folder,
    );
    await engine.copyArray({ runId, from: 'parameters', to: 'evaluation' });
    const written = fetchFrom(peer, { array: SharedArray.SHARED_ARRAY_EVALUATION });
    await expect(written).rejects.toMatchObject({ kind: 'aborted' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('removes what a killed process left there, and nothing else', async () => {
    const [stale, fresh, other] = ['a'.repeat(32), 'b'.repeat(32), 'notes'];
    for (const name of [stale, fresh, other]) await writeFile(join(folder, name!), '');
    for (const name of [stale, other]) await utimes(join(folder, name!), 1, 1);
    const { peer } = await openPeer({ read: unread }, folder);
    await fetchFrom(peer, {});
    expect((await readdir(folder)).toSorted()).toEqual([fresh, other]);
    for (const name of [fresh, other]) await rm(join(folder, name!));
  });
});

describe('reads over the network, after one try,', () => {
  /** Counts the tries of a peer whose folder is another, or whose ring is. */
  async function countTries(
    sharedFolder: string,
    change: (request: ShareRequest) => Promise<ShareRequest> = async (request) => request,
    share = service.share,
  ) {
    let tries = 0;
    async function* changed(requests: AsyncIterable<ShareRequest>) {
      for await (const request of requests) yield change(request);
    }
    const { other, peer } = await openPeer(
      {
        share(requests, at) {
          tries += 1;
          return share(changed(requests), at);
        },
      },
      sharedFolder,
    );
    for (const _ of [1, 2]) await fetchFrom(peer, {});
    const bits = bitsOf(await readArray('parameters', other));
    expect(bits.equals(bitsOf(await readArray('parameters')))).toBe(true);
    return tries;
  }

  it('where the services see different folders', async () => {
    const other = await mkdtemp(join(tmpdir(), 'holdfast-shared-'));
    expect(await countTries(other)).toBe(1);
    expect(await readdir(other)).toEqual([]);
    await rm(other, { recursive: true });
  });

  it('where a file of that name is another, or a link, or out of the folder', async () => {
    const withRing = (change: Partial<NonNullable<ShareRequest['ring']>>) =>
      countTries(folder, async (request) => ({
        ...request,
        ring: request.ring && { ...request.ring, ...change },
      }));
    expect(await withRing({ proof: Buffer.alloc(32) })).toBe(1);
    expect(await withRing({ pieces: 9 })).toBe(1);
    expect(await withRing({ name: '../passwords' })).toBe(1);
    const link = 'c'.repeat(32);
    const linked = countTries(folder, async (request) => {
      if (request.ring !== undefined) {
        await symlink(join(folder, request.ring.name), join(folder, link));
        request.ring.name = link;
      }
      return request;
    });
    expect(await linked).toBe(1);
    await rm(join(folder, link));
    expect(await readdir(folder)).toEqual([]);
  });

  it('where others may enter the folder', async () => {
    await chmod(folder, 0o755);
    expect(await countTries(folder)).toBe(0);
    await chmod(folder, 0o700);
  });

  it('but asks again where the memory for files was full', async () => {
    const full = createTensorService(
      {
        ...engine,
        saveElements: async () => {
          throw new Fault('exhausted', 'no memory is left for files');
        },
      },
      { ...alone, sharedFolder: folder },
    );
    expect(await countTries(folder, undefined, full.share)).toBe(2);
    expect(await readdir(folder)).toEqual([]);
  });
});
