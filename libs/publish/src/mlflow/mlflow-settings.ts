import type { RunFacts } from '../run/run-facts.js';
import type { MlflowAccess } from './mlflow-client.js';

/** What is published to MLflow, and where. */
export interface MlflowSettings extends Omit<MlflowAccess, 'signal'> {
  readonly experiment: string;
  /** Name of the registered model whose versions the candidates are. */
  readonly model: string;
  /** Writes the candidate of a run to a new folder: the model directory, its ONNX files and labels. */
  packModel(run: RunFacts, folder: string): Promise<void>;
}
