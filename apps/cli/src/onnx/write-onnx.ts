import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OnnxFile, WeightType } from '@holdfast/engine/export';
import { formatBytes } from '../terminal/format-number.js';
import { formatTable } from '../terminal/format-table.js';
import type { Terminal } from '../terminal/terminal.js';
import { withProgress } from '../work/with-work.js';
import type { RunClassifier } from './read-classifier.js';

/** What to write beside a model. */
export interface OnnxRequest {
  readonly weightType: WeightType;
  readonly classifier?: RunClassifier | undefined;
}

/**
 * Writes a model's ONNX files into its own folder, checked against it, and with a classifier
 * `labels.json`, the names of the logits in their order.
 *
 * @returns lines that say what was written.
 */
export async function writeOnnx(
  folder: string,
  { weightType, classifier }: OnnxRequest,
  terminal: Terminal,
): Promise<readonly string[]> {
  const { createEngine } = await import('@holdfast/engine');
  const { exportOnnx } = await import('@holdfast/engine/export');
  const files = await withProgress(terminal, async ({ signal, onProgress }) => {
    const engine = await createEngine();
    try {
      return await exportOnnx({
        model: folder,
        folder,
        weightType,
        classifier,
        signal,
        engine,
        onProgress: (done, total) => onProgress('writing and checking ONNX files', done, total),
      });
    } finally {
      await engine.close();
    }
  });
  if (classifier !== undefined) {
    await writeFile(join(folder, 'labels.json'), `${JSON.stringify(classifier.labels)}\n`);
  }
  return formatFiles(files, terminal);
}

function formatFiles(files: readonly OnnxFile[], { output }: Terminal): readonly string[] {
  return formatTable(
    [
      { title: 'file' },
      { title: 'output' },
      { title: 'size', align: 'right' },
      { title: 'largest difference', align: 'right' },
    ],
    files.map(({ name, output: tensor, bytes, largestDifference }) => [
      ...[name, tensor, formatBytes(bytes), largestDifference.toExponential(1)],
    ]),
    output.colors.dim,
  );
}
