/** A cell of CSV, in quotes where it needs them. */
function quoteCell(cell: string): string {
  return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Cells as a row of CSV, without its end. */
export function formatCells(cells: readonly string[]): string {
  return cells.map(quoteCell).join(',');
}
