import fc from 'fast-check';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { encodePage } from '../testing/escl-pages.ts';
import { readImageHeader } from './image-header.ts';
import { EsclStop } from './stop.ts';

const page = { width: 61, height: 43, dpi: 300 } as const;

test.each([
  ['image/jpeg', 'RGB24', 'color'],
  ['image/jpeg', 'Grayscale8', 'gray'],
  ['image/png', 'RGB24', 'color'],
  ['image/png', 'Grayscale8', 'gray'],
  ['image/png', 'BlackAndWhite1', 'bitonal'],
] as const)('%s in %s says what it is', async (format, colorMode, mode) => {
  expect(readImageHeader(await encodePage(1, { ...page, format, colorMode }))).toEqual({
    format,
    width: 61,
    height: 43,
    mode,
    density: { x: 300, y: 300, isMetric: false },
  });
});

test('a JPEG that states no density, one in centimetres, one with four colours, one with an application block before', async () => {
  const plain = sharp({ create: { width: 20, height: 10, channels: 3, background: 'red' } });
  const jpeg = await plain.jpeg().toBuffer();
  expect(readImageHeader(jpeg).density).toBeNull();
  const metric = Buffer.from(await encodePage(1, { ...page, format: 'image/jpeg', colorMode: 'RGB24' }));
  metric.set([2, 0, 118, 0, 118], 13);
  expect(readImageHeader(metric).density).toMatchObject({ isMetric: true, x: expect.closeTo(299.7, 1) });
  const four = await plain.toColourspace('cmyk').jpeg().toBuffer();
  expect(readImageHeader(four).mode).toBe('other');
  expect(
    readImageHeader(
      await plain
        .withExif({ IFD0: { Make: 'Ventanilla' } })
        .jpeg()
        .toBuffer(),
    ).width,
  ).toBe(20);
});

test('bytes that are no page, and pages cut anywhere in their header, are told and nothing else happens', async () => {
  const jpeg = await encodePage(1, { ...page, format: 'image/jpeg', colorMode: 'RGB24' });
  const png = await encodePage(1, { ...page, format: 'image/png', colorMode: 'RGB24' });
  fc.assert(
    fc.property(
      fc.constantFrom(jpeg, png),
      fc.nat(200),
      fc.array(fc.tuple(fc.nat(160), fc.nat(255)), { maxLength: 4 }),
      (whole, length, changes) => {
        const bytes = Buffer.from(whole.subarray(0, length));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          expect(readImageHeader(bytes).width).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(EsclStop);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
