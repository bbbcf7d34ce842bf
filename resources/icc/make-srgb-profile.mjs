// Writes the sRGB profile of this folder: ICC.1:2001 (version 2.1), matrix and curve, D50 connection space.
import { writeFileSync } from 'node:fs';

const curvePoints = 1024;

// Columns of the sRGB-to-XYZ matrix, Bradford-adapted from D65 to D50 (figures of IEC 61966-2-1 as ICC recommends them).
const red = [0.43607, 0.22249, 0.01392];
const green = [0.38515, 0.71687, 0.09708];
const blue = [0.14307, 0.06061, 0.7141];
const whiteD50 = [0.9642, 1, 0.8249];

const fixed = (value) => Math.round(value * 65536);

function xyzTag(values) {
  const tag = Buffer.alloc(20);
  tag.write('XYZ ', 0, 'latin1');
  values.forEach((value, index) => tag.writeInt32BE(fixed(value), 8 + 4 * index));
  return tag;
}

function textTag(text) {
  const tag = Buffer.alloc(8 + text.length + 1);
  tag.write('text', 0, 'latin1');
  tag.write(text, 8, 'latin1');
  return tag;
}

function descriptionTag(text) {
  const tag = Buffer.alloc(12 + text.length + 1 + 8 + 3 + 67);
  tag.write('desc', 0, 'latin1');
  tag.writeUInt32BE(text.length + 1, 8);
  tag.write(text, 12, 'latin1');
  return tag;
}

function curveTag() {
  const tag = Buffer.alloc(12 + 2 * curvePoints);
  tag.write('curv', 0, 'latin1');
  tag.writeUInt32BE(curvePoints, 8);
  for (let index = 0; index < curvePoints; index += 1) {
    const encoded = index / (curvePoints - 1);
    const linear = encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
    tag.writeUInt16BE(Math.round(linear * 65535), 12 + 2 * index);
  }
  return tag;
}

const curve = curveTag();
const tags = [
  ['desc', descriptionTag('sRGB IEC61966-2.1')],
  ['cprt', textTag('Ventanilla project, EUPL-1.2')],
  ['wtpt', xyzTag(whiteD50)],
  ['rXYZ', xyzTag(red)],
  ['gXYZ', xyzTag(green)],
  ['bXYZ', xyzTag(blue)],
  ['rTRC', curve],
  ['gTRC', curve],
  ['bTRC', curve],
];

const align = (length) => (length + 3) & ~3;
const directory = Buffer.alloc(4 + 12 * tags.length);
directory.writeUInt32BE(tags.length, 0);
const bodies = [];
const offsets = new Map();
let offset = 128 + directory.length;
tags.forEach(([signature, body], index) => {
  if (!offsets.has(body)) {
    offsets.set(body, offset);
    bodies.push(Buffer.concat([body], align(body.length)));
    offset += align(body.length);
  }
  directory.write(signature, 4 + 12 * index, 'latin1');
  directory.writeUInt32BE(offsets.get(body), 8 + 12 * index);
  directory.writeUInt32BE(body.length, 12 + 12 * index);
});

const header = Buffer.alloc(128);
header.writeUInt32BE(offset, 0);
header.writeUInt32BE(0x02100000, 8);
header.write('mntrRGB XYZ ', 12, 'latin1');
[2026, 1, 1, 0, 0, 0].forEach((part, index) => header.writeUInt16BE(part, 24 + 2 * index));
header.write('acsp', 36, 'latin1');
whiteD50.forEach((value, index) => header.writeInt32BE(fixed(value), 68 + 4 * index));

writeFileSync(process.argv[2], Buffer.concat([header, directory, ...bodies]));
