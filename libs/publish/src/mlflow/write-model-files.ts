import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** What an MLflow model says of itself. */
export interface ModelFiles {
  /** MLflow's id of the run. */
  readonly runId: string;
  readonly sha256: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const python = new URL('../../python/', import.meta.url);
const loader = 'holdfast_model';
/** onnxruntime and Pillow have wheels of the pinned versions for it. */
const pythonVersion = '3.11';

/**
 * Makes a folder with the candidate in `data/` an MLflow model of the flavour `python_function`: `MLmodel`, the loader that
 * answers on onnxruntime, and the pinned packages that it needs.
 */
export async function writeModelFiles(folder: string, files: ModelFiles): Promise<void> {
  const requirements = await readFile(new URL('requirements.txt', python), 'utf8');
  const packages = requirements.trim().split('\n');
  await mkdir(join(folder, 'code'), { recursive: true });
  await copyFile(new URL(`${loader}.py`, python), join(folder, 'code', `${loader}.py`));
  await writeFile(join(folder, 'requirements.txt'), requirements);
  await writeYaml(join(folder, 'MLmodel'), describeModel(files, packages));
  await writeYaml(join(folder, 'python_env.yaml'), {
    python: pythonVersion,
    build_dependencies: ['pip'],
    dependencies: ['-r requirements.txt'],
  });
  await writeYaml(join(folder, 'conda.yaml'), {
    name: 'holdfast',
    channels: ['conda-forge'],
    dependencies: [`python=${pythonVersion}`, 'pip', { pip: packages }],
  });
}

/** `MLmodel`: how it is loaded, and what goes in and comes out. */
function describeModel({ runId, sha256, at }: ModelFiles, packages: readonly string[]) {
  const mlflow = packages.find((line) => line.startsWith('mlflow=='))?.slice('mlflow=='.length);
  return {
    artifact_path: 'model',
    flavors: {
      python_function: {
        loader_module: loader,
        code: 'code',
        data: 'data',
        env: { virtualenv: 'python_env.yaml', conda: 'conda.yaml' },
        python_version: pythonVersion,
      },
    },
    mlflow_version: mlflow,
    run_id: runId,
    // Of its weights, so that the same model is the same.
    model_uuid: sha256.slice(0, 32),
    utc_time_created: new Date(at).toISOString().replace('T', ' ').replace('Z', ''),
    metadata: { candidate_sha256: sha256 },
    signature: {
      inputs: JSON.stringify([{ type: 'binary', name: 'image', required: true }]),
      outputs: JSON.stringify([
        { type: 'string', name: 'label', required: true },
        { type: 'double', name: 'probability', required: true },
      ]),
      params: JSON.stringify([
        { name: 'embeddings', type: 'boolean', default: false, shape: null },
      ]),
    },
  };
}

async function writeYaml(path: string, value: object): Promise<void> {
  await writeFile(path, stringify(value, { lineWidth: 0 }));
}
