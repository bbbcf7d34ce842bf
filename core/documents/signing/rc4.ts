/** RC4, to read what others encrypted long ago: OpenSSL 3 keeps it in a provider that Node does not load. */
export function rc4(key: Uint8Array, data: Uint8Array): Buffer {
  const state = Uint8Array.from({ length: 256 }, (_, index) => index);
  for (let index = 0, other = 0; index < 256; index += 1) {
    other = (other + at(state, index) + at(key, index % key.length)) & 0xff;
    swap(state, index, other);
  }
  const output = Buffer.allocUnsafe(data.length);
  let index = 0;
  let other = 0;
  for (let position = 0; position < data.length; position += 1) {
    index = (index + 1) & 0xff;
    other = (other + at(state, index)) & 0xff;
    swap(state, index, other);
    output[position] = at(data, position) ^ at(state, (at(state, index) + at(state, other)) & 0xff);
  }
  return output;
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

function swap(bytes: Uint8Array, one: number, other: number): void {
  const kept = at(bytes, one);
  bytes[one] = at(bytes, other);
  bytes[other] = kept;
}
