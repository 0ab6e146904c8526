import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { isS3Uri } from '@holdfast/artifacts';
import {
  type ManifestHeader,
  readImageFolder,
  readManifestHeader,
  resolveRoot,
  type StreamedRow,
  type StreamOptions,
  streamManifest,
} from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';

/** Rows of a manifest, or images of a folder as rows, some thousand at a time. */
export interface DataSource {
  /** As a person named it. */
  readonly name: string;
  /** Absolute path of the manifest or the folder. */
  readonly path: string;
  /** Real path of the folder that images' paths start from and that none may leave. */
  readonly root: string;
  readonly header: ManifestHeader;
  /** Where a row stands, for messages. */
  readonly placeRow: (row: StreamedRow) => string;
  /** About how many rows there are, for progress. */
  countRows(): Promise<number>;
  /** Reads all rows, from the start at each call. */
  batches(options?: StreamOptions): AsyncIterable<readonly StreamedRow[]>;
  /** What a person should know of what is left out. */
  readonly notes: readonly string[];
}

/** Which data to open. */
export interface SourceSettings {
  /** A manifest, or an image folder root/<class>/<image>. */
  readonly name: string;
  /** Folder that a manifest's paths start from; default: the one that it lies in. */
  readonly root?: string | undefined;
  /** Column that names the groups; default: `group`. */
  readonly group?: string | undefined;
}

/**
 * Opens a manifest or an image folder, and reads the header.
 *
 * @param cwd folder that relative names start from
 * @throws Fault `not-found` or `invalid`.
 */
export async function openDataSource(
  { name, root, group }: SourceSettings,
  cwd: string,
): Promise<DataSource> {
  if ([name, root].some((each) => each !== undefined && isS3Uri(each))) {
    throw new Fault(
      'invalid',
      `${name}: data are read from files of this machine: copy them here first, or name them in a plan`,
    );
  }
  if (/\.(tar|parquet)$/i.test(name)) {
    throw new Fault(
      'invalid',
      `${name} is an archive, which these commands do not read: unpack it, or name it in a plan (data.archives) for \`data check\``,
    );
  }
  const path = resolve(cwd, name);
  const found = await stat(path).catch((cause) => {
    throw new Fault(
      'not-found',
      `${name} cannot be read (${cause.code}): name a manifest or a folder of images`,
      { cause },
    );
  });
  if (found.isDirectory()) {
    if (root !== undefined || group !== undefined) {
      const option = root === undefined ? '--group' : '--root';
      throw new Fault(
        'invalid',
        `${name} is a folder, which has neither columns nor another root: leave ${option} out`,
      );
    }
    return openFolder(name, path);
  }
  const header = nameGroup(await readManifestHeader(path), group, name);
  const file = basename(path);
  return {
    name,
    path,
    root: await resolveRoot(root === undefined ? dirname(path) : resolve(cwd, root)),
    header,
    placeRow: ({ line }) => `${file}:${line}`,
    countRows: () => countLines(path),
    batches: (options) => streamManifest(path, header, options),
    notes: [],
  };
}

/** Rows handed over at once. */
const batchRows = 2048;

async function openFolder(name: string, path: string): Promise<DataSource> {
  const root = await resolveRoot(path);
  const { rows, notes } = await readImageFolder(root);
  const header = {
    names: ['path', 'label'],
    columns: { path: 0, label: 1 },
    others: [],
    delimiter: ',',
  };
  return {
    name,
    path,
    root,
    header,
    placeRow: ({ record }) => record[0]!,
    countRows: async () => rows.length,
    async *batches() {
      for (let start = 0; start < rows.length; start += batchRows) {
        yield rows
          .slice(start, start + batchRows)
          .map(({ path: image, label }, i) => ({ line: start + i + 1, record: [image, label] }));
      }
    },
    notes,
  };
}

/** Line feeds of a file. */
async function countLines(path: string): Promise<number> {
  let count = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    const bytes = chunk as Buffer;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1;
  }
  return count;
}

/** The header with another column as the groups'. */
function nameGroup(
  header: ManifestHeader,
  group: string | undefined,
  name: string,
): ManifestHeader {
  if (group === undefined) return header;
  const index = header.names.findIndex((each) => each.toLowerCase() === group.toLowerCase());
  if (index < 0) {
    throw new Fault(
      'invalid',
      `--group: ${name} has no column "${group}"; it has ${header.names.join(', ')}`,
    );
  }
  return { ...header, columns: { ...header.columns, group: index } };
}
