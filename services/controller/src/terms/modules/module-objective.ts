import type { PlannedModule } from '@holdfast/plan';
import { fromMatrix } from '@holdfast/run-kit';
import type { StepDraw } from '@holdfast/sampling';
import { createMatrix } from '@holdfast/tensor';
import { createCaptionList } from '../caption-list.js';
import { onPairedRows } from '../objective/on-paired-rows.js';
import { pairings } from '../objective/pairings.js';
import type { PlannedTerm, TermBatch, TermNeeds, TermRun } from '../term.js';
import { evaluateModule } from './evaluate-module.js';

/** An objective of the user's own, over all pairs of a step: it is told which are the target's. */
export function planModuleObjective({ name }: PlannedModule): PlannedTerm {
  const { images, pair } = pairings.joint;
  const needs: TermNeeds = {
    name: `the objective "${name}"`,
    images,
    plainProtected: false,
    comparesReference: false,
    followsMeasurements: false,
  };
  const layOut = (run: TermRun, draw: StepDraw): TermBatch => {
    const pairs = pair(run, draw);
    const list = createCaptionList();
    const captions = pairs.map(({ caption }) => list.add(caption));
    const positives = pairs.map(({ positive }) => positive);
    return {
      texts: list.captions,
      estimate: (step, { images, texts, omitImageGradients }) =>
        onPairedRows(pairs, { images, omitImageGradients }, async (rows) => {
          const batch = {
            imageEmbeddings: fromMatrix(rows),
            textEmbeddings: fromMatrix(texts),
            captions,
            positives,
          };
          const found = await evaluateModule(run, {
            name,
            step,
            batch: { $case: 'objective', value: batch },
          });
          return {
            ...found,
            ...(omitImageGradients ? { imageGradients: createMatrix(0, rows.columns) } : {}),
            log: { objective: found.value },
          };
        }),
    };
  };
  const open = async (run: TermRun) => ({
    ...needs,
    layOut: (draw: StepDraw) => layOut(run, draw),
  });
  return { ...needs, open };
}
