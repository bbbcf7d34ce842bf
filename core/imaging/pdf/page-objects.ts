import type { Pdfium } from './pdfium.ts';

/** An image as a page shows it. `dpi`: the lower of its two directions; `area`: as a part of the page. */
export type ShownImage = Readonly<{ object: number; dpi: number; area: number }>;

export type PageObjects = Readonly<{
  images: readonly ShownImage[];
  /** Nothing is seen but one image, upright and whole: its samples are the page. */
  isOneImage: boolean;
}>;

const kinds = { text: 1, image: 3, form: 5 } as const;
const invisibleText = 3;
const deepestForm = 8;
/** Points by which an image may lie beside its page: what rounding leaves. */
const slack = 1.5;

/** What a page is made of, forms within forms as well. `width`, `height`: in points. */
export function listPageObjects(pdfium: Pdfium, page: number, width: number, height: number): PageObjects {
  const images: ShownImage[] = [];
  let others = 0;
  const scratch = pdfium.allocate(64);
  const floats = (count: number): number[] => {
    const view = new DataView(pdfium.memory().buffer, scratch);
    return Array.from({ length: count }, (_, index) => view.getFloat32(index * 4, true));
  };
  const matrixOf = (object: number): number[] =>
    pdfium.FPDFPageObj_GetMatrix(object, scratch) ? floats(6) : [1, 0, 0, 1, 0, 0];
  const boundsOf = (object: number): number[] => {
    const at = (index: number): number => scratch + index * 4;
    return pdfium.FPDFPageObj_GetBounds(object, at(0), at(1), at(2), at(3)) ? floats(4) : [0, 0, 0, 0];
  };

  const visit = (object: number, enlarged: number, depth: number): void => {
    const kind = pdfium.FPDFPageObj_GetType(object);
    if (kind === kinds.text && pdfium.FPDFTextObj_GetTextRenderMode(object) === invisibleText) return;
    if (kind === kinds.form && depth < deepestForm) {
      const [a = 1, b = 0, c = 0, d = 1] = matrixOf(object);
      const inside = enlarged * Math.sqrt(Math.abs(a * d - b * c));
      const count = pdfium.FPDFFormObj_CountObjects(object);
      for (let index = 0; index < count; index += 1)
        visit(pdfium.FPDFFormObj_GetObject(object, index), inside, depth + 1);
      others += 1;
      return;
    }
    if (kind !== kinds.image) {
      others += 1;
      return;
    }
    const [left = 0, bottom = 0, right = 0, top = 0] = boundsOf(object);
    const area = ((right - left) * (top - bottom) * enlarged ** 2) / (width * height);
    if (!pdfium.FPDFImageObj_GetImageMetadata(object, page, scratch)) return;
    const [, , horizontal = 0, vertical = 0] = floats(4);
    const dpi = Math.min(horizontal, vertical) / enlarged;
    if (Number.isFinite(dpi) && dpi > 0) images.push({ object, dpi, area });
  };

  const isWhole = ({ object }: ShownImage): boolean => {
    const [left = 0, bottom = 0, right = 0, top = 0] = boundsOf(object);
    const fills =
      Math.abs(left) < slack &&
      Math.abs(bottom) < slack &&
      Math.abs(right - width) < slack &&
      Math.abs(top - height) < slack;
    const [a = 0, b = 0, c = 0, d = 0] = matrixOf(object);
    const isUpright = a > 0 && d > 0 && Math.abs(b) < 1e-3 * a && Math.abs(c) < 1e-3 * d;
    return fills && isUpright && !pdfium.FPDFPageObj_HasTransparency(object);
  };

  try {
    const count = pdfium.FPDFPage_CountObjects(page);
    for (let index = 0; index < count; index += 1) visit(pdfium.FPDFPage_GetObject(page, index), 1, 0);
    const [image] = images;
    const isOneImage =
      images.length === 1 &&
      image !== undefined &&
      others === 0 &&
      pdfium.FPDFPage_GetAnnotCount(page) === 0 &&
      pdfium.FPDFPage_GetRotation(page) === 0 &&
      isWhole(image);
    return { images, isOneImage };
  } finally {
    pdfium.free(scratch);
  }
}

/**
 * Dots per inch of what is made of samples in the better half of a page; null where images cover less than that: lines and
 * letters are drawn, at any resolution.
 */
export function samplesDpiOf(images: readonly ShownImage[]): number | null {
  let covered = 0;
  for (const { dpi, area } of images.toSorted((a, b) => b.dpi - a.dpi)) {
    covered += area;
    if (covered >= 0.5) return dpi;
  }
  return null;
}
