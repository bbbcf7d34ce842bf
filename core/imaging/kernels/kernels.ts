import { readFileSync } from 'node:fs';

// Neither ES2024's library nor Node's types declare it.
declare const WebAssembly: {
  Memory: new (limits: { initial: number; maximum: number }) => {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  };
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

type Pointer = number;

/** The functions of kernels.c; what each does is said there. */
export type KernelFunctions = Readonly<{
  gray_from_rgb(source: Pointer, target: Pointer, pixels: number): void;
  darkest_from_rgb(source: Pointer, target: Pointer, pixels: number): void;
  gray_from_bits(source: Pointer, target: Pointer, width: number, height: number): void;
  bits_from_gray(source: Pointer, target: Pointer, width: number, height: number): void;
  shrink(source: Pointer, width: number, height: number, channels: number, factor: number, target: Pointer): void;
  rotate_crop(
    source: Pointer,
    width: number,
    height: number,
    target: Pointer,
    targetWidth: number,
    targetHeight: number,
    cosine: number,
    sine: number,
    centreX: number,
    centreY: number,
    channels: number,
    fill: number,
  ): void;
  background_tiles(
    gray: Pointer,
    width: number,
    height: number,
    tile: number,
    percent: number,
    tiles: Pointer,
    columns: number,
    rows: number,
  ): void;
  normalize_background(
    image: Pointer,
    width: number,
    height: number,
    channels: number,
    tiles: Pointer,
    columns: number,
    rows: number,
    tile: number,
    white: number,
  ): void;
  sauvola(
    gray: Pointer,
    target: Pointer,
    width: number,
    height: number,
    radius: number,
    k: number,
    alwaysBlack: number,
    sums: Pointer,
    squares: Pointer,
  ): void;
  projection_energy(
    xs: Pointer,
    ys: Pointer,
    count: number,
    tangent: number,
    offset: number,
    bins: Pointer,
    binCount: number,
  ): number;
  jbig2_encode(bits: Pointer, width: number, height: number, target: Pointer): number;
  jbig2_decode(data: Pointer, length: number, width: number, height: number, bits: Pointer): void;
}>;

/** The kernels with a stack-like memory: allocate upwards, release down to a mark. */
export type Kernels = Readonly<{
  functions: KernelFunctions;
  allocate(bytes: number): Pointer;
  /** Bytes that the memory has grown to. */
  size(): number;
  mark(): number;
  release(mark: number): void;
  /** Views end at the next `allocate`, which may move the memory: take them late, copy with `slice` to keep. */
  bytes(pointer: Pointer, length: number): Uint8Array<ArrayBuffer>;
  words(pointer: Pointer, length: number): Int32Array<ArrayBuffer>;
}>;

const pageBytes = 65_536;

/** Compiles and starts the kernels with a memory of their own. */
export function openKernels(wasm: Uint8Array<ArrayBuffer> = readKernels()): Kernels {
  const memory = new WebAssembly.Memory({ initial: 256, maximum: 65_536 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { memory } });
  const { __heap_base: heapBase } = instance.exports as { __heap_base: { value: number } };
  let top = heapBase.value;
  return {
    functions: instance.exports as unknown as KernelFunctions,
    allocate(bytes) {
      const pointer = (top + 15) & ~15;
      top = pointer + bytes;
      const missing = top - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
      return pointer;
    },
    size: () => memory.buffer.byteLength,
    mark: () => top,
    release(mark) {
      top = mark;
    },
    bytes: (pointer, length) => new Uint8Array(memory.buffer, pointer, length),
    words: (pointer, length) => new Int32Array(memory.buffer, pointer, length),
  };
}

function readKernels(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL('./kernels.wasm', import.meta.url)));
}
