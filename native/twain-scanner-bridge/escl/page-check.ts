import type { JobChoice } from './capabilities.ts';
import type { ImageHeader } from './image-header.ts';
import { EsclStop } from './stop.ts';
import { numberOf, parseXml } from './xml.ts';

/** Devices round widths to blocks of 8 or 16 pixels: 2 mm at 200 dots per inch. */
const roundingMm = 2;

/** A device that takes no notice of a preview's resolution has one of its own, such as this. */
const ordinaryDpi = 300;

/** Largest page that the job can give, in pixels with the rounding that a device may add. */
export function largestSize(job: JobChoice): Readonly<{ width: number; height: number }> {
  const { width, height } = job;
  const dpi = job.preview === null ? job.dpi : Math.max(job.dpi, ordinaryDpi);
  const rounding = (roundingMm / 25.4) * dpi;
  return {
    width: Math.floor((width * dpi) / 300 + rounding),
    height: Math.floor((height * dpi) / 300 + rounding),
  };
}

/**
 * Reads the profile back from the page itself: format, colour mode, its stated density and its size. A feeder may give a
 * shorter page than was asked, since paper ends; a narrower one is another resolution. Throws NOT_HONOURED.
 */
export function checkPage(header: ImageHeader, job: JobChoice): void {
  if (header.format !== job.format) throw new EsclStop('NOT_HONOURED', 'format');
  if (header.width === 0 || header.height === 0) throw new EsclStop('EMPTY');
  // With the intent of a preview a device may choose for itself: the picture only has to be one.
  if (job.preview !== null) return;
  if (header.mode !== job.colorMode) throw new EsclStop('NOT_HONOURED', 'mode');
  const { density } = header;
  // 300 dots per inch are 118.11 per centimetre, of which a JPEG states 118.
  const tolerance = density?.isMetric === true ? 1.27 : 0;
  if (density !== null && [density.x, density.y].some((each) => Math.abs(each - job.dpi) > tolerance))
    throw new EsclStop('NOT_HONOURED', 'resolution');
  const rounding = (roundingMm / 25.4) * job.dpi;
  const largest = largestSize(job);
  const [leastWidth, leastHeight] = [largest.width - 2 * rounding, largest.height - 2 * rounding];
  const isTooSmall = header.width < leastWidth || (job.source === 'flatbed' && header.height < leastHeight);
  if (isTooSmall || header.width > largest.width || header.height > largest.height)
    throw new EsclStop('NOT_HONOURED', 'size');
}

/** What the device says of the page that it has just sent (ScanImageInfo), against the page. Throws NOT_HONOURED. */
export function checkImageInfo(body: Buffer, header: ImageHeader): void {
  const info = parseXml(body, 'ScanImageInfo');
  const [width, height] = [numberOf(info, 'ActualWidth'), numberOf(info, 'ActualHeight')];
  if ((width !== null && width !== header.width) || (height !== null && height !== header.height))
    throw new EsclStop('NOT_HONOURED', 'size');
}
