import { expect, test } from 'vitest';
import { createFrameReader, encodeFrame, FrameError, frameTypes } from './frames.ts';

test('frames are found however the pipe cuts them', () => {
  const stream = Buffer.concat([
    encodeFrame(frameTypes.control, Buffer.from('{"event":"end"}')),
    encodeFrame(frameTypes.nextPage),
    encodeFrame(frameTypes.strip, Buffer.from([1, 2, 3])),
  ]);
  for (let size = 1; size <= stream.length; size += 1) {
    const found: string[] = [];
    const read = createFrameReader((frame) => found.push(`${frame.type}:${frame.payload.toString('latin1')}`));
    for (let at = 0; at < stream.length; at += size) read(stream.subarray(at, at + size));
    expect(found).toEqual(['1:{"event":"end"}', '16:', '2:\x01\x02\x03']);
  }
});

test('a frame longer than a strip is refused before memory is taken for it', () => {
  const header = Buffer.from([0xff, 0xff, 0xff, 0x7f, frameTypes.strip]);
  expect(() => createFrameReader(() => undefined)(header)).toThrow(FrameError);
});
