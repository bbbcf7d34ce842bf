/** The part of a password input that is used. */
export type PinInput = { value: string };

/**
 * Takes the PIN out of its input as bytes and empties the input. (The string that the browser held cannot be wiped; the
 * bytes can, and `sendPin` does.)
 */
export function takePin(input: PinInput): Uint8Array {
  const bytes = new TextEncoder().encode(input.value);
  input.value = '';
  return bytes;
}

/** Gives the bytes to `send`, which copies them into its message before it returns, and wipes them at once. */
export function sendPin<Result>(pin: Uint8Array, send: (pin: Uint8Array) => Result): Result {
  try {
    return send(pin);
  } finally {
    pin.fill(0);
  }
}
