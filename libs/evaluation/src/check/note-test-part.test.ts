import type { Sample } from '@holdfast/dataset';
import { expect, it } from 'vitest';
import type { PlanData } from '../data/read-plan-data.js';
import { protect } from '../test-support/protect.js';
import { noteTestPart, showsTasks } from './note-test-part.js';

/** Data with a test image of each of these labels. */
function createData(...labels: string[]): PlanData {
  const samples = labels.map((label) => ({ label, roles: ['test'] }) as unknown as Sample);
  const tasks = {
    classes: ['go', 'plate', 'stop', 'yield'],
    targetIndices: [2],
    protectedTasks: [protect('go'), protect('plate', { ceiling: true })],
  };
  return { dataset: { samples }, tasks } as unknown as PlanData;
}

it('reads a test part that shows a target and a task that is protected from a loss', () => {
  expect(showsTasks(createData('stop', 'go'))).toBe(true);
  expect(noteTestPart(createData('stop', 'go'))).toEqual([]);
  expect(noteTestPart(createData())).toEqual([]);
});

it.each([[['stop']], [['go']], [['stop', 'plate']], [['yield', 'yield']]])(
  'says that it reads none with test images of %j alone',
  (labels) => {
    expect(showsTasks(createData(...labels))).toBe(false);
    expect(noteTestPart(createData(...labels))).toEqual([
      `the ${labels.length} test image${labels.length === 1 ? ' shows' : 's show'} no target, or nothing that is protected from a loss: not read`,
    ]);
  },
);
