import { isArray, isDictionary, isName, isStream, type PdfDictionary, type PdfValue } from '../signing/pdf-objects.ts';
import type { PdfFile } from '../signing/pdf-reader.ts';
import { checkColorSpace, type ColorContext } from './pdfa-color-rules.ts';
import { toNumber } from './pdfa-numbers.ts';

/** Whether what is painted under this graphics state lets anything shine through. */
export function isTransparentState(file: PdfFile, state: PdfDictionary): boolean {
  for (const key of ['ca', 'CA']) if (toNumber(file.resolve(state.get(key))) < 1) return true;
  const mode = file.resolve(state.get('BM'));
  const modes = isArray(mode) ? mode.map((one) => file.resolve(one)) : [mode];
  if (modes.some((one) => isName(one) && one.name !== 'Normal' && one.name !== 'Compatible')) return true;
  const mask = file.resolve(state.get('SMask'));
  return mask !== null && !isName(mask, 'None');
}

/** A picture with a soft mask. */
export function isTransparentImage(file: PdfFile, image: PdfDictionary): boolean {
  return isStream(file.resolve(image.get('SMask'))) || toNumber(file.resolve(image.get('SMaskInData'))) > 0;
}

/** The transparency group that a page or form XObject is; null where it is none. */
export function transparencyGroup(file: PdfFile, dictionary: PdfDictionary): PdfDictionary | null {
  const group = file.resolve(dictionary.get('Group'));
  return isDictionary(group) && isName(file.resolve(group.get('S')), 'Transparency') ? group : null;
}

/** 6.2.10: the blending colour space of a group is covered like any other. */
export function checkGroupSpace(context: ColorContext, group: PdfDictionary, resources: PdfValue | undefined): void {
  if (group.has('CS')) checkColorSpace(context, group.get('CS'), resources, '6.2.10');
}

/** 6.2.10: without an output intent a page with transparency says in which colour space it is blended. */
export function checkBlending({ file, intent, report, object }: ColorContext, page: PdfDictionary): void {
  if (intent !== null || transparencyGroup(file, page)?.has('CS') === true) return;
  report('6.2.10', 'transparency on a page without blending colour space', object);
}
