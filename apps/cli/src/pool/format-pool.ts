import { type CountedPool, describePool } from '@holdfast/evaluation';
import { formatPercent } from '../terminal/format-number.js';
import { type Column, formatTable } from '../terminal/format-table.js';
import type { Colors } from '../terminal/terminal.js';

const listColumns = (unit: string): readonly Column[] => [
  { title: 'class' },
  ...[
    'labelled',
    `${unit} agreed on`,
    'checked',
    'right',
    'right in all, at least',
    'images counted for it',
    'taken as lost',
  ].map((title) => ({ title, align: 'right' as const })),
];

/** What is known of a pool, for a person: how far its labels go, and what stands in for the others. */
export function formatPool(pool: CountedPool, colors: Colors): string[] {
  const { images, groups, disagreements, asked, labelled, unlabelled, classes } =
    describePool(pool);
  const unit = groups === images ? '' : ` in ${groups} groups`;
  const opening = [
    `pool        ${images} images${unit}: ${disagreements} (${formatPercent(disagreements / images)}) are answered otherwise; where both models agree nothing is lost or won, whatever an image shows`,
    `labels      ${labelled} of the ${asked} asked for${unlabelled === 0 ? '' : `, ${images - unlabelled} of all ${images}`}`,
  ];
  if (unlabelled === 0) return opening;
  const rows = classes.map((figures) => [
    figures.class,
    ...[
      figures.labelled,
      figures.agreedGroups,
      figures.checkedGroups,
      figures.confirmedGroups,
      figures.agreedGroupsMin,
      figures.counted,
      figures.assumedLost,
    ].map(String),
  ]);
  const columns = listColumns(groups === images ? 'images' : 'groups');
  return [...opening, '', ...formatTable(columns, rows, colors.dim), ''];
}
