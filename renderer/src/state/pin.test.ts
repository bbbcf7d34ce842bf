import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../../core/contract/transport.ts';
import { sendPin, takePin } from './pin.ts';

describe('the PIN', () => {
  it('leaves the input as bytes, and the input is empty', () => {
    const input = { value: '12ñ456' };
    const pin = takePin(input);
    expect([...pin]).toEqual([...new TextEncoder().encode('12ñ456')]);
    expect(input.value).toBe('');
  });

  it('is wiped as soon as its message is made, and the message holds it', () => {
    const pin = takePin({ value: '123456' });
    const frame = sendPin(pin, (bytes) =>
      encodeFrame({ type: 'request', id: 1, method: 'desk.unlockSeal', input: { pin: bytes } }),
    );
    expect([...pin]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(new TextDecoder().decode(frame.subarray(-6))).toBe('123456');
  });

  it('is wiped when sending throws', () => {
    const pin = takePin({ value: '1234' });
    expect(() =>
      sendPin(pin, () => {
        throw new RangeError('closed');
      }),
    ).toThrow(RangeError);
    expect([...pin]).toEqual([0, 0, 0, 0]);
  });
});
