/** What our own documents are made of. */
import type { FontName } from '../assets.ts';
import type { Canvas } from './canvas.ts';
import type { RichText } from './text-flow.ts';

export type TableColumn = Readonly<{
  title: string;
  /** Share of the width; the shares add up to 1. */
  share: number;
  align?: 'left' | 'right';
  font?: FontName;
}>;

export type TableRow = Readonly<{
  cells: readonly RichText[];
  /** A line under the cells across the whole width: digests and codes. */
  detail?: RichText;
}>;

export type LabelledValue = Readonly<{ label: string; value: RichText }>;

export type Block =
  | Readonly<{ kind: 'title'; text: string; subtitle?: string }>
  | Readonly<{ kind: 'heading'; text: string }>
  | Readonly<{ kind: 'paragraph'; text: RichText; tone?: 'normal' | 'small' }>
  | Readonly<{ kind: 'bullets'; items: readonly RichText[] }>
  | Readonly<{ kind: 'facts'; facts: readonly LabelledValue[] }>
  | Readonly<{ kind: 'highlight'; items: readonly LabelledValue[] }>
  | Readonly<{ kind: 'notice'; title: string; text: RichText }>
  | Readonly<{ kind: 'table'; columns: readonly TableColumn[]; rows: readonly TableRow[] }>
  /** Not to be separated by a page break, as far as one page holds it. */
  | Readonly<{ kind: 'together'; blocks: readonly Block[] }>
  | Readonly<{ kind: 'signatures'; areas: readonly Readonly<{ title: string; detail: RichText; height: number }>[] }>;

/** A piece that stays whole. Heights in points. */
export type Slice = Readonly<{
  height: number;
  gapBefore: number;
  /** A page break may not follow. */
  keepWithNext?: boolean;
  /** Drawn again above this slice when a page begins with it. */
  repeated?: Slice;
  draw(canvas: Canvas, x: number, top: number): void;
}>;
