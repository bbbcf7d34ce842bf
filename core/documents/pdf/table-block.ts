import type { Slice, TableColumn, TableRow } from './block-types.ts';
import type { FontSet } from './canvas.ts';
import { drawLine, flowText, type FlowStyle, type Line, type RichText } from './text-flow.ts';

const cell: FlowStyle = { font: 'sans', size: 8.4, leading: 11.6, gray: 0 };
const header: FlowStyle = { font: 'sansBold', size: 7.6, leading: 10.6, gray: 0 };
const detail: FlowStyle = { font: 'sans', size: 7, leading: 9.8, gray: 0.25 };
const [padding, indent] = [3.2, 4];

/** One slice for each row; the header is repeated where a page begins with a row. */
export function sliceTable(
  columns: readonly TableColumn[],
  rows: readonly TableRow[],
  width: number,
  fonts: FontSet,
): readonly Slice[] {
  const widths = columns.map((column) => column.share * width);
  const lefts = widths.map((_, index) => widths.slice(0, index).reduce((sum, part) => sum + part, 0));
  const detailLeft = (lefts[1] ?? 0) + indent;
  const flow = (texts: readonly RichText[], style: FlowStyle): readonly (readonly Line[])[] =>
    texts.map((text, index) => {
      const font = style === cell ? (columns[index]?.font ?? style.font) : style.font;
      return flowText(text, (widths[index] ?? 0) - 2 * indent, { ...style, font }, fonts);
    });
  const place = (line: Line, index: number): number => {
    const left = (lefts[index] ?? 0) + indent;
    return columns[index]?.align === 'right' ? left + (widths[index] ?? 0) - 2 * indent - line.width : left;
  };
  const titles = flow(
    columns.map((column) => column.title),
    header,
  );
  const headerHeight = tallest(titles) * header.leading + 2 * padding;
  const head: Slice = {
    height: headerHeight,
    gapBefore: 1,
    keepWithNext: true,
    draw: (canvas, x, top) => {
      canvas.fill(x, top, width, headerHeight, 0.91);
      canvas.horizontal(x, top + headerHeight, width, 0.75, 0);
      titles.forEach((lines, index) =>
        lines.forEach((line, at) =>
          drawLine(canvas, line, x + place(line, index), top + padding + at * header.leading, header),
        ),
      );
    },
  };
  const body = rows.map((row, rowIndex): Slice => {
    const cells = flow(row.cells, cell);
    const details = row.detail === undefined ? [] : flowText(row.detail, width - detailLeft - indent, detail, fonts);
    const cellsHeight = tallest(cells) * cell.leading;
    const height = cellsHeight + details.length * detail.leading + 2 * padding;
    const isLast = rowIndex === rows.length - 1;
    return {
      height,
      gapBefore: 0,
      repeated: head,
      draw: (canvas, x, top) => {
        cells.forEach((lines, index) =>
          lines.forEach((line, at) =>
            drawLine(canvas, line, x + place(line, index), top + padding + at * cell.leading, cell),
          ),
        );
        details.forEach((line, at) =>
          drawLine(canvas, line, x + detailLeft, top + padding + cellsHeight + at * detail.leading, detail),
        );
        canvas.horizontal(x, top + height, width, isLast ? 0.75 : 0.4, isLast ? 0 : 0.7);
      },
    };
  });
  return [head, ...body];
}

function tallest(columns: readonly (readonly Line[])[]): number {
  return Math.max(1, ...columns.map((lines) => lines.length));
}
