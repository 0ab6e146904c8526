import type { Fault } from '@holdfast/fault';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeSettings, readSettings } from './read-settings.js';
import { folderList, serverShape } from './server-settings.js';

const shape = {
  listenPort: z.coerce.number().int().max(65_535).default(50_051).describe('Port.'),
  modelRoots: folderList.describe('Folders.'),
};

function read(argv: string[], environment: Record<string, string> = {}) {
  return readSettings(shape, { name: 'encoder', argv, environment });
}

function violationsOf(argv: string[], environment: Record<string, string> = {}) {
  try {
    read(argv, environment);
  } catch (error) {
    return (error as Fault).violations;
  }
  throw new Error('expected a fault');
}

describe('readSettings', () => {
  it('reads flags, and their environment twins where a flag is absent', () => {
    expect(read(['--model-roots', '/a:/b', '--listen-port=7'])).toEqual({
      listenPort: 7,
      modelRoots: ['/a', '/b'],
    });
    const environment = {
      HOLDFAST_ENCODER_MODEL_ROOTS: '/c',
      HOLDFAST_ENCODER_LISTEN_PORT: '8',
      // What Kubernetes sets for a Service of this name must not matter.
      HOLDFAST_ENCODER_PORT: 'tcp://10.0.0.1:50051',
    };
    expect(read(['--listen-port', '9'], environment)).toEqual({
      listenPort: 9,
      modelRoots: ['/c'],
    });
  });

  it('reads names of an object store in a list of folders', () => {
    expect(read(['--model-roots', '/a:s3://b/c:s3://d:/e'])).toMatchObject({
      modelRoots: ['/a', 's3://b/c', 's3://d', '/e'],
    });
  });

  it('names everything that is wrong at once, by the name that was used', () => {
    const environment = { HOLDFAST_ENCODER_LISTEN_PORT: 'http' };
    const fields = violationsOf(['--listen-prot', '7', 'stray'], environment);
    expect(fields.map(({ field }) => field).sort()).toEqual([
      '--listen-prot',
      '--model-roots',
      '7',
      'HOLDFAST_ENCODER_LISTEN_PORT',
      'stray',
    ]);
    expect(fields).toContainEqual({
      field: '--model-roots',
      description: 'is required (or HOLDFAST_ENCODER_MODEL_ROOTS)',
    });
  });

  it('asks for the value of a flag without one', () => {
    expect(violationsOf(['--model-roots', '/a', '--listen-port'])).toEqual([
      { field: '--listen-port', description: 'needs a value' },
    ]);
  });

  it('describes every flag with its twin and default', () => {
    const text = describeSettings({ ...serverShape, ...shape }, { name: 'encoder' });
    expect(text).toContain('--model-roots (required)');
    expect(text).toMatch(
      /--listen-port\n\s+Port. Default: 50051.\n\s+HOLDFAST_ENCODER_LISTEN_PORT/,
    );
    expect(text).toContain('HOLDFAST_ENCODER_TLS_CERTIFICATE_PATH');
  });
});
