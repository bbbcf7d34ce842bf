/** How each block is cut into slices that a page break may separate, and how they look. */
import type { Block, LabelledValue, Slice } from './block-types.ts';
import type { FontSet } from './canvas.ts';
import { drawColumn, drawLine, flowText, type FlowStyle, type Line, type RichText } from './text-flow.ts';
import { sliceTable } from './table-block.ts';

export const styles = {
  title: { font: 'sansBold', size: 16, leading: 21, gray: 0 },
  subtitle: { font: 'sans', size: 9.5, leading: 14, gray: 0.3 },
  heading: { font: 'sansBold', size: 9.8, leading: 14, gray: 0 },
  body: { font: 'sans', size: 9, leading: 12.8, gray: 0 },
  small: { font: 'sans', size: 7.6, leading: 10.6, gray: 0.2 },
  label: { font: 'sans', size: 7.8, leading: 12.8, gray: 0.33 },
  caption: { font: 'sans', size: 7.2, leading: 10, gray: 0.33 },
  highlight: { font: 'sansBold', size: 11.5, leading: 16, gray: 0 },
  bold: { font: 'sansBold', size: 9, leading: 12.8, gray: 0 },
} as const satisfies Readonly<Record<string, FlowStyle>>;

const rule = 0.75;

export function sliceBlock(block: Block, width: number, fonts: FontSet): readonly Slice[] {
  switch (block.kind) {
    case 'title':
      return sliceTitle(block.text, block.subtitle, width, fonts);
    case 'heading':
      return sliceHeading(block.text, width, fonts);
    case 'paragraph':
      return sliceLines(flowText(block.text, width, toneStyle(block.tone), fonts), toneStyle(block.tone), { gap: 5 });
    case 'bullets':
      return block.items.flatMap((item, index) => sliceBullet(item, index === 0 ? 4 : 2, width, fonts));
    case 'facts':
      return block.facts.map((fact, index) => sliceFact(fact, index === 0, width, fonts));
    case 'highlight':
      return [sliceHighlight(block.items, width, fonts)];
    case 'notice':
      return sliceNotice(block.title, block.text, width, fonts);
    case 'table':
      return sliceTable(block.columns, block.rows, width, fonts);
    case 'signatures':
      return [sliceSignatures(block.areas, width, fonts)];
    case 'together': {
      const slices = block.blocks.flatMap((inner) => sliceBlock(inner, width, fonts));
      return slices.map((slice, index) => (index === slices.length - 1 ? slice : { ...slice, keepWithNext: true }));
    }
  }
}

function toneStyle(tone: 'normal' | 'small' | undefined): FlowStyle {
  return tone === 'small' ? styles.small : styles.body;
}

type LineOptions = Readonly<{ gap: number; indent?: number; keepWithNext?: boolean }>;

function sliceLines(lines: readonly Line[], style: FlowStyle, options: LineOptions): readonly Slice[] {
  return lines.map((line, index) => ({
    height: style.leading,
    gapBefore: index === 0 ? options.gap : 0,
    // No page begins or ends with a single line of a paragraph.
    keepWithNext: options.keepWithNext === true || (index === 0 && lines.length > 1) || index === lines.length - 2,
    draw: (canvas, x, top) => drawLine(canvas, line, x + (options.indent ?? 0), top, style),
  }));
}

function sliceTitle(text: string, subtitle: string | undefined, width: number, fonts: FontSet): readonly Slice[] {
  const title = sliceLines(flowText(text, width, styles.title, fonts), styles.title, { gap: 2, keepWithNext: true });
  if (subtitle === undefined) return title;
  return [
    ...title,
    ...sliceLines(flowText(subtitle, width, styles.subtitle, fonts), styles.subtitle, { gap: 1, keepWithNext: true }),
  ];
}

function sliceHeading(text: string, width: number, fonts: FontSet): readonly Slice[] {
  const lines = flowText(text, width, styles.heading, fonts);
  return lines.map((line, index) => {
    const isLast = index === lines.length - 1;
    return {
      height: styles.heading.leading + (isLast ? 4 : 0),
      gapBefore: index === 0 ? 13 : 0,
      keepWithNext: true,
      draw: (canvas, x, top) => {
        drawLine(canvas, line, x, top, styles.heading);
        if (isLast) canvas.horizontal(x, top + styles.heading.leading + 1.5, width, rule, 0);
      },
    };
  });
}

function sliceBullet(item: RichText, gap: number, width: number, fonts: FontSet): readonly Slice[] {
  const indent = 12;
  const slices = sliceLines(flowText(item, width - indent, styles.body, fonts), styles.body, { gap, indent });
  return slices.map((slice, index) => ({
    ...slice,
    draw: (canvas, x, top) => {
      if (index === 0) canvas.fill(x + 3, top + styles.body.leading / 2 - 1.5, 3, 3, 0.2);
      slice.draw(canvas, x, top);
    },
  }));
}

function sliceFact({ label, value }: LabelledValue, isFirst: boolean, width: number, fonts: FontSet): Slice {
  const labelWidth = 126;
  const labels = flowText(label, labelWidth - 10, styles.label, fonts);
  const values = flowText(value, width - labelWidth, styles.body, fonts);
  const padding = 2.2;
  return {
    height: Math.max(labels.length, values.length) * styles.body.leading + 2 * padding,
    gapBefore: isFirst ? 2 : 0,
    draw: (canvas, x, top) => {
      if (!isFirst) canvas.horizontal(x, top, width, 0.4, 0.75);
      drawColumn(canvas, labels, x, top + padding, styles.label);
      drawColumn(canvas, values, x + labelWidth, top + padding, styles.body);
    },
  };
}

function sliceHighlight(items: readonly LabelledValue[], width: number, fonts: FontSet): Slice {
  const padding = 9;
  const column = (width - padding) / items.length;
  const columns = items.map(({ label, value }) => ({
    labels: flowText(label, column - padding, styles.caption, fonts),
    values: flowText(value, column - padding, styles.highlight, fonts),
  }));
  const labelHeight = Math.max(...columns.map(({ labels }) => labels.length)) * styles.caption.leading;
  const valueHeight = Math.max(...columns.map(({ values }) => values.length)) * styles.highlight.leading;
  const height = labelHeight + valueHeight + 2 * padding - 2;
  return {
    height,
    gapBefore: 10,
    draw: (canvas, x, top) => {
      canvas.fill(x, top, width, height, 0.95);
      canvas.frame(x, top, width, height, rule, 0);
      columns.forEach(({ labels, values }, index) => {
        const left = x + padding + index * column;
        drawColumn(canvas, labels, left, top + padding - 2, styles.caption);
        drawColumn(canvas, values, left, top + padding - 2 + labelHeight, styles.highlight);
      });
    },
  };
}

function sliceNotice(title: string, text: RichText, width: number, fonts: FontSet): readonly Slice[] {
  const [indent, padding] = [12, 6];
  const inner = width - 2 * indent;
  const lines = [
    ...flowText(title, inner, styles.bold, fonts).map((line) => ({ line, style: styles.bold })),
    ...flowText(text, inner, styles.body, fonts).map((line) => ({ line, style: styles.body })),
  ];
  return lines.map(({ line, style }, index) => {
    const above = index === 0 ? padding : 0;
    const below = index === lines.length - 1 ? padding : 0;
    const height = style.leading + above + below;
    return {
      height,
      gapBefore: index === 0 ? 9 : 0,
      keepWithNext: index < 2 && lines.length > 1 ? index < lines.length - 1 : index === lines.length - 2,
      draw: (canvas, x, top) => {
        canvas.fill(x, top, width, height + (below === 0 ? 0.2 : 0), 0.95);
        canvas.fill(x, top, 3, height + (below === 0 ? 0.2 : 0), 0);
        drawLine(canvas, line, x + indent, top + above, style);
      },
    };
  });
}

type SignatureArea = Readonly<{ title: string; detail: RichText; height: number }>;

function sliceSignatures(areas: readonly SignatureArea[], width: number, fonts: FontSet): Slice {
  const gutter = 14;
  const column = (width - gutter * (areas.length - 1)) / areas.length;
  const padding = 7;
  const drawn = areas.map((area) => ({
    titles: flowText(area.title, column - 2 * padding, styles.bold, fonts),
    details: flowText(area.detail, column - 2 * padding, styles.small, fonts),
    space: area.height,
  }));
  const height = Math.max(
    ...drawn.map(
      ({ titles, details, space }) =>
        titles.length * styles.bold.leading + details.length * styles.small.leading + space + 2 * padding,
    ),
  );
  return {
    height,
    gapBefore: 12,
    draw: (canvas, x, top) => {
      drawn.forEach(({ titles, details }, index) => {
        const left = x + index * (column + gutter);
        canvas.frame(left, top, column, height, 0.6, 0.2);
        drawColumn(canvas, titles, left + padding, top + padding, styles.bold);
        drawColumn(canvas, details, left + padding, top + padding + titles.length * styles.bold.leading, styles.small);
      });
    },
  };
}
