import type { Inspected } from '../inspect/inspect-data.js';
import type { Counted, NamedImage, NamedPair } from '../inspect/inspection.js';
import type { PlannedPicture, PlannedSection } from './write-contact-sheet.js';

/** What is looked at after an inspection: leaks, copies, what stands out, and some images of each class. */
export function planInspectionSheet({ inspection, samples }: Inspected): PlannedSection[] {
  const { groupLeaks, copies, near, quality } = inspection;
  const alike = near?.by === 'embedding' ? 'cosine' : 'correlation of sketches';
  return [
    ...planPairs('Exact copies in two uses', copies?.leaks),
    ...planPairs('Near duplicates in two uses', near?.leaks, alike),
    ...planPairs('Groups in two uses', groupLeaks),
    ...planPairs('Exact copies with two labels', copies?.conflicts),
    ...planPairs('Exact copies in one use', copies?.repeats),
    ...planPairs('Near duplicates in one use', near?.pairs, alike),
    ...(quality?.measures ?? []).map(
      ({ name, unit, outliers, listed }): PlannedSection => ({
        heading: `Unusual ${name}`,
        total: outliers,
        lead: `${unit}; those furthest from the median first.`,
        items: listed.map(({ value, ...image }) => ({
          pictures: [{ ...describePicture(image), caption: formatValue(value) }],
        })),
      }),
    ),
    {
      heading: 'Elongated images',
      total: quality?.elongated.count,
      lead: 'A centre crop keeps less than a third of them.',
      items: (quality?.elongated.listed ?? []).map((image) => ({
        pictures: [describePicture(image)],
      })),
    },
    ...samples.map(
      ({ label, images }): PlannedSection => ({
        heading: label,
        total: inspection.classes.find((each) => each.class === label)?.images,
        items: images.map((image) => ({
          pictures: [{ path: image.path, ...(image.use !== '' && { caption: image.use }) }],
        })),
      }),
    ),
  ];
}

function planPairs(
  heading: string,
  pairs: Counted<NamedPair> | undefined,
  alike?: string,
): PlannedSection[] {
  if (pairs === undefined) return [];
  return [
    {
      heading,
      total: pairs.count,
      items: pairs.listed.map(({ first, second, similarity }) => ({
        pictures: [describePicture(first), describePicture(second)],
        ...(alike !== undefined && { caption: `${alike} ${similarity.toFixed(3)}` }),
      })),
    },
  ];
}

function describePicture({ path, label, use }: NamedImage): PlannedPicture {
  return { path, caption: use === '' ? label : `${label}, ${use}` };
}

/** Three significant digits. */
function formatValue(value: number): string {
  return String(Number(value.toPrecision(3)));
}
