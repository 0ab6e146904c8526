import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import {
  ServerReflectionDefinition,
  type ServerReflectionRequest,
} from '@holdfast/proto/grpc/reflection/v1/reflection';
import { ServerReflectionDefinition as V1AlphaDefinition } from '@holdfast/proto/grpc/reflection/v1alpha/reflection';
import { createChannel, createClient } from 'nice-grpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRemotely } from './test-support/test-encoder.js';

type Question = ServerReflectionRequest['messageRequest'];

describe('reflection', () => {
  let connection: Awaited<ReturnType<typeof connectRemotely>>;
  beforeAll(async () => {
    connection = await connectRemotely();
  });
  afterAll(() => connection.close());

  async function ask(messageRequest: Question, definition = ServerReflectionDefinition) {
    const channel = createChannel(connection.address);
    async function* requests() {
      yield { host: 'h', messageRequest };
    }
    for await (const response of createClient(definition, channel).serverReflectionInfo(
      requests(),
    )) {
      channel.close();
      return response.messageResponse;
    }
    throw new Error('no answer');
  }

  function fileNames(response: Awaited<ReturnType<typeof ask>>): string[] {
    if (response?.$case !== 'fileDescriptorResponse') throw new Error(response?.$case);
    return response.value.fileDescriptorProto.map(
      (bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name,
    );
  }

  it('lists the services of the server, in both versions of the protocol', async () => {
    for (const definition of [ServerReflectionDefinition, V1AlphaDefinition]) {
      const response = await ask({ $case: 'listServices', value: '' }, definition as never);
      expect(response).toMatchObject({
        $case: 'listServicesResponse',
        value: {
          service: [
            { name: 'holdfast.encoder.v1.EncoderService' },
            { name: 'holdfast.tensor.v1.TensorService' },
            { name: 'grpc.health.v1.Health' },
          ],
        },
      });
    }
  });

  it('gives the file of a symbol with all that it imports', async () => {
    const own = ['encoder', 'model', 'tensor'].map((name) => `holdfast/${name}/v1/${name}.proto`);
    const files = [own[0], 'google/protobuf/duration.proto', ...own.slice(1)];
    for (const value of [
      'holdfast.encoder.v1.EncoderService',
      'holdfast.encoder.v1.EncoderService.Encode',
      'holdfast.encoder.v1.EncodeRequest',
    ]) {
      expect(fileNames(await ask({ $case: 'fileContainingSymbol', value }))).toEqual(files);
    }
    expect(fileNames(await ask({ $case: 'fileByFilename', value: files[2]! }))).toEqual([files[2]]);
  });

  it('says what it does not know', async () => {
    for (const question of [
      { $case: 'fileContainingSymbol', value: 'holdfast.Nothing' },
      { $case: 'fileByFilename', value: 'nothing.proto' },
      { $case: 'allExtensionNumbersOfType', value: 'x' },
    ] as const) {
      const response = await ask(question);
      expect(response).toMatchObject({ $case: 'errorResponse', value: { errorCode: 5 } });
    }
    expect(await ask(undefined)).toMatchObject({ value: { errorCode: 3 } });
  });

  it('is enough for buf curl to call a method', async () => {
    const require = createRequire(import.meta.url);
    const buf = join(dirname(require.resolve('@bufbuild/buf/package.json')), 'bin/buf');
    const url = `http://${connection.address}/holdfast.encoder.v1.EncoderService/GetInfo`;
    const args = [buf, 'curl', '--protocol', 'grpc', '--http2-prior-knowledge', '-d', '{}', url];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(JSON.parse(stdout)).toEqual({ threads: 2 });
  });
});
